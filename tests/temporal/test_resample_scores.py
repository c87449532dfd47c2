"""Medians over neuroids and intervals of time courses, against NumPy."""

import numpy as np
import pytest

from cornetkit.predictivity.summary import median_over_neuroids
from cornetkit.temporal.resample import Draws, Scores, interval_of


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_neuroids", [1, 4, 7])
def test_medians_are_those_of_numpy(dtype, n_neuroids):
    r = np.random.default_rng(0).standard_normal((5, 6, n_neuroids)).astype(dtype)
    np.testing.assert_array_equal(median_over_neuroids(r), np.median(r, axis=-1))
    assert median_over_neuroids(r).dtype == dtype


def test_medians_are_over_what_is_defined():
    r = np.random.default_rng(1).standard_normal((40, 6))
    r[np.random.default_rng(2).random(r.shape) < 0.4] = np.nan
    r[3], r[4, 1:] = np.nan, np.nan
    found = median_over_neuroids(r)
    defined = ~np.isnan(r).all(axis=-1)
    np.testing.assert_array_equal(found[defined], np.nanmedian(r[defined], axis=-1))
    assert np.isnan(found[~defined]).all()
    assert not defined[3]


def test_medians_of_infinities_and_of_nothing():
    assert median_over_neuroids(np.array([-np.inf, -np.inf, 1.0])) == -np.inf
    assert np.isnan(median_over_neuroids(np.empty((2, 0)))).all()


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(3)
    draws = Draws.make(30, np.zeros(7, int), "neuroid", 25, 0)
    r = rng.standard_normal((4, 3, 7))
    return r, r + 0.1 * rng.standard_normal((25, 4, 3, 7)), draws


def test_scores_are_medians_over_neuroids_then_means_over_splits(drawn):
    r, resampled, draws = drawn
    scores = Scores.of(r, resampled, draws)
    np.testing.assert_allclose(scores.estimate, np.median(r, axis=-1).mean(axis=0))
    for k in (0, 24):
        expected = np.median(resampled[k][..., draws.neuroids[k]], axis=-1).mean(axis=0)
        np.testing.assert_allclose(scores.over_both[k], expected)
        expected = np.median(r[..., draws.neuroids[k]], axis=-1).mean(axis=0)
        np.testing.assert_allclose(scores.over_second[k], expected)


def test_an_interval_of_a_sum_is_not_the_sum_of_intervals(drawn):
    r, resampled, draws = drawn
    scores = Scores.of(r, resampled, draws)
    value, low, high = scores.interval(draws, lambda x: x.sum(axis=-1))
    assert value == pytest.approx(scores.estimate.sum())
    width = np.subtract(*scores.interval(draws)[:0:-1]).sum()
    assert 0 < high - low < width
    np.testing.assert_array_equal(interval_of(*drawn), scores.interval(draws))
