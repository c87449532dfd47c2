"""Centring by algebra equals centring features."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.centring import centre, centre_by_rows, double_centre


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(20, 30)) + 2


def test_double_centring_is_centring_by_all(features):
    centred = features - features.mean(axis=0)
    np.testing.assert_allclose(
        double_centre(features @ features.T), centred @ centred.T, atol=1e-12
    )


def test_centring_by_rows_is_centring_features_by_those_rows(features):
    train = np.array([3, 1, 15, 7, 9])
    centred = features - features[train].mean(axis=0)
    K = centre_by_rows(features @ features.T, train)
    np.testing.assert_allclose(K, centred @ centred.T, atol=1e-12)


def test_the_blocks_of_a_split_are_centred_by_its_training_rows(features):
    train, test = np.arange(15)[::-1], np.arange(15, 20)
    centred = features - features[train].mean(axis=0)
    K_train, K_test = centre(features @ features.T, train, test)
    np.testing.assert_allclose(K_train, centred[train] @ centred[train].T, atol=1e-12)
    np.testing.assert_allclose(K_test, centred[test] @ centred[train].T, atol=1e-12)


def test_a_mask_is_the_same_as_its_indices(features):
    K = features @ features.T
    mask = np.arange(20) < 15
    for by_mask, by_index in zip(
        centre(K, mask, ~mask), centre(K, np.arange(15), np.arange(15, 20)), strict=True
    ):
        np.testing.assert_array_equal(by_mask, by_index)


def test_the_matrix_is_not_modified(features):
    K = features @ features.T
    before = K.copy()
    centre(K, np.arange(15), np.arange(15, 20))
    centre_by_rows(K, np.arange(15))
    double_centre(K)
    np.testing.assert_array_equal(K, before)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([0, 0, 1], "stands twice"),
        ([0, 20], "rows 0 to 20 were given for 20 stimuli"),
        ([-1, 2], "rows -1 to 2"),
        ([0.5, 1.0], "expected one-dimensional indices"),
        ([True, False], r"a mask of shape \(2,\)"),
        ([], "0 stimuli in a part of a split"),
    ],
)
def test_rows_that_are_no_rows_are_refused(features, rows, message):
    with pytest.raises(InputError, match=message):
        centre_by_rows(features @ features.T, rows)
