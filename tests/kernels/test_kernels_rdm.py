"""RDMs from Gram matrices equal those of scipy and rsatoolbox."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.pairs import condense, expand, pair_weights, stimuli_of
from cornetkit.kernels.rdm import GRAM_METRICS, rdm_from_blocks

ORACLE = {"correlation": "correlation", "cosine": "cosine", "euclidean": "sqeuclidean"}


@pytest.fixture
def patterns():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 50)) + 3 * rng.normal(size=50) + 20


@pytest.mark.parametrize("metric", GRAM_METRICS)
def test_distances_equal_scipy(patterns, metric):
    found, _ = rdm_from_blocks([patterns[:, :20], patterns[:, 20:]], 12, metric)
    expected = pdist(patterns, ORACLE[metric]) / (50 if metric == "euclidean" else 1)
    np.testing.assert_allclose(condense(found), expected, rtol=1e-10)


def test_correlation_and_euclidean_equal_rsatoolbox(patterns):
    rsatoolbox = pytest.importorskip("rsatoolbox")
    data = rsatoolbox.data.Dataset(patterns.copy())
    for metric in ("correlation", "euclidean"):
        found, _ = rdm_from_blocks([patterns], 12, metric)
        expected = rsatoolbox.rdm.calc_rdm(data, method=metric).dissimilarities[0]
        np.testing.assert_allclose(condense(found), expected, rtol=1e-9)


@pytest.mark.parametrize("metric", GRAM_METRICS)
def test_how_units_are_cut_into_blocks_changes_nothing(patterns, metric):
    whole, _ = rdm_from_blocks([patterns], 12, metric)
    cut, _ = rdm_from_blocks(np.split(patterns, 10, axis=1), 12, metric)
    np.testing.assert_allclose(cut, whole, atol=1e-13)


@pytest.mark.parametrize("metric", GRAM_METRICS)
def test_a_pair_does_not_depend_on_the_other_stimuli(patterns, metric):
    patterns[:, :5] = 7.0  # constant units are part of the patterns
    whole, _ = rdm_from_blocks([patterns], 12, metric)
    few, _ = rdm_from_blocks([patterns[:4]], 4, metric)
    np.testing.assert_allclose(few, whole[:4, :4], atol=1e-12)


def test_a_large_common_pattern_costs_no_digits_of_the_euclidean_distance():
    rng = np.random.default_rng(1)
    small = rng.normal(size=(8, 30))
    found, _ = rdm_from_blocks([small + 1e6 * rng.normal(size=30)], 8, "euclidean")
    np.testing.assert_allclose(condense(found), pdist(small, "sqeuclidean") / 30, rtol=1e-7)


def test_the_diagonal_is_zero_and_the_matrix_symmetric(patterns):
    found, _ = rdm_from_blocks([patterns], 12)
    assert (found.diagonal() == 0).all()
    np.testing.assert_allclose(found, found.T, atol=1e-15)


def test_a_flat_pattern_has_no_correlation_distance(patterns):
    patterns[3] = 0.1  # its mean over units rounds
    found, _ = rdm_from_blocks([patterns], 12)
    assert np.isnan(found[3]).all()
    assert np.isnan(found[:, 3]).all()
    assert np.isnan(found).sum() == 23


def test_a_silent_pattern_has_no_cosine_distance_but_a_euclidean_one(patterns):
    patterns[3] = 0
    assert np.isnan(rdm_from_blocks([patterns], 12, "cosine")[0][3]).all()
    assert not np.isnan(rdm_from_blocks([patterns], 12, "euclidean")[0]).any()


@pytest.mark.parametrize("metric", GRAM_METRICS)
def test_without_a_unit_that_varies_there_is_no_rdm(metric):
    same = np.tile(np.random.default_rng(0).normal(size=9), (5, 1))
    assert np.isnan(rdm_from_blocks([same], 5, metric)[0]).all()


def test_float32_products_agree_within_rounding(patterns):
    single, _ = rdm_from_blocks([patterns], 12, dtype="float32")
    double, _ = rdm_from_blocks([patterns], 12)
    np.testing.assert_allclose(single, double, atol=1e-5)


def test_the_input_is_not_modified(patterns):
    before = patterns.copy()
    rdm_from_blocks([patterns], 12, "cosine")
    np.testing.assert_array_equal(patterns, before)


def test_an_unknown_metric_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 'correlation'"):
        rdm_from_blocks([np.ones((2, 2))], 2, "corelation")


def test_pairs_are_the_upper_triangle_without_the_diagonal():
    square = np.arange(16.0).reshape(4, 4)
    assert condense(square).tolist() == [1, 2, 3, 6, 7, 11]
    assert stimuli_of(6) == 4
    np.testing.assert_array_equal(condense(expand(condense(square))), condense(square))


def test_numbers_of_pairs_that_no_stimuli_have_are_refused():
    with pytest.raises(InputError, match="5 pairs are not those of any number of stimuli"):
        stimuli_of(5)


def test_weights_of_pairs_are_products_and_never_negative():
    assert pair_weights(np.array([2, 0, 3])).tolist() == [0, 6, 0]
    with pytest.raises(InputError, match="at least 0"):
        pair_weights(np.array([1, -1]))
