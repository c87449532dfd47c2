"""Pearson correlation column by column."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from cornetkit.errors import InputError
from cornetkit.kernels.correlation import pearson_columns


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(25, 6))
    return A, A * [1, -1, 0.5, 2, 0, 3] + rng.normal(size=(25, 6))


def test_it_equals_scipy(pair):
    A, B = pair
    expected = [pearsonr(a, b).statistic for a, b in zip(A.T, B.T, strict=True)]
    np.testing.assert_allclose(pearson_columns(A, B), expected, atol=1e-14)


def test_missing_rows_are_left_out_of_their_column_only(pair):
    A, B = pair
    A[3, 1] = B[5, 1] = np.nan
    rest = np.setdiff1d(np.arange(25), [3, 5])
    r = pearson_columns(A, B)
    np.testing.assert_allclose(r[1], pearsonr(A[rest, 1], B[rest, 1]).statistic, atol=1e-14)
    np.testing.assert_allclose(r[0], pearsonr(A[:, 0], B[:, 0]).statistic, atol=1e-14)


def test_a_column_constant_by_range_is_undefined(pair):
    A, B = pair
    A[:, 2] = 0.1
    B[:, 4] = 0.0
    B[1:, 5] = 3.0
    B[0, 5] = np.nan
    assert np.isnan(pearson_columns(A, B)).tolist() == [False, False, True, False, True, True]


def test_fewer_than_three_stimuli_are_undefined(pair):
    A, B = pair
    assert np.isnan(pearson_columns(A[:2], B[:2])).all()
    B[2:, 0] = np.nan
    assert np.isnan(pearson_columns(A, B)[0])


def test_infinite_values_are_undefined(pair):
    A, B = pair
    A[0, 0] = np.inf
    B[0, 1] = -np.inf
    assert np.isnan(pearson_columns(A, B)).tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize("scale", [1e-200, 1e-5, 1e150])
def test_scale_and_offset_change_nothing(pair, scale):
    A, B = pair
    expected = pearson_columns(A, B)
    np.testing.assert_allclose(pearson_columns(A * scale, B * 3 + 1e4), expected, atol=1e-11)


def test_permuting_stimuli_changes_nothing(pair):
    A, B = pair
    order = np.random.default_rng(1).permutation(25)
    np.testing.assert_allclose(
        pearson_columns(A[order], B[order]), pearson_columns(A, B), atol=1e-14
    )


def test_no_columns_give_no_correlations():
    assert pearson_columns(np.empty((5, 0)), np.empty((5, 0))).shape == (0,)


def test_inputs_are_not_modified(pair):
    A, B = pair
    A[0, 0] = np.nan
    before = A.copy(), B.copy()
    pearson_columns(A, B)
    np.testing.assert_array_equal(A, before[0])
    np.testing.assert_array_equal(B, before[1])


def test_different_shapes_are_refused(pair):
    A, B = pair
    with pytest.raises(InputError, match=r"\(25, 6\) and \(25, 5\)"):
        pearson_columns(A, B[:, :5])
