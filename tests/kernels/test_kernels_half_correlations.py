"""Correlations between half means by sums against means that are formed one by one."""

import numpy as np
import pytest

from cornetkit.kernels.half_correlations import mean_half_correlation
from cornetkit.kernels.reliability import split_half


def trials_of(n_repetitions, n=25, q=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, n, q)) + rng.normal(size=(n_repetitions, n, q))


def by_hand(trials, has, order):
    """Average numpy.corrcoef of half means, target by target and split by split."""
    n, q = trials.shape[1:]
    found = np.full((len(order), q), np.nan)
    for h, orders in enumerate(order):
        halves = np.empty((2, n, q))
        for i in range(n):
            drawn = [rep for rep in orders[i] if has[i, rep]]
            m = len(drawn) // 2
            halves[0, i] = trials[drawn[:m], i].mean(axis=0)
            halves[1, i] = trials[drawn[m : 2 * m], i].mean(axis=0)
        for t in range(q):
            if np.ptp(halves[:, :, t], axis=1).min() > 0:
                found[h, t] = np.corrcoef(*halves[:, :, t])[0, 1]
    return np.nanmean(found, axis=0)


def orders(n_splits, n, n_repetitions, seed=1):
    return np.random.default_rng(seed).random((n_splits, n, n_repetitions)).argsort(axis=2)


@pytest.mark.parametrize("n_repetitions", [2, 3, 6, 7])
def test_it_is_the_mean_correlation_of_half_means(n_repetitions):
    trials, order = trials_of(n_repetitions), orders(6, 25, n_repetitions)
    has = np.ones((25, n_repetitions), bool)
    np.testing.assert_allclose(
        mean_half_correlation(trials, has, order), by_hand(trials, has, order), atol=1e-13
    )


def test_even_and_odd_numbers_of_repetitions_go_together():
    trials, order = trials_of(7), orders(6, 25, 7)
    has = np.random.default_rng(2).random((25, 7)) < 0.7
    has[:, :2] = True
    np.testing.assert_allclose(
        mean_half_correlation(trials, has, order), by_hand(trials, has, order), atol=1e-13
    )


def test_what_is_missing_may_hold_anything():
    trials, order = trials_of(5), orders(4, 25, 5)
    has = np.ones((25, 5), bool)
    has[::2, 3] = False
    expected = mean_half_correlation(trials, has, order)
    trials[3, ::2] = np.nan
    np.testing.assert_array_equal(mean_half_correlation(trials, has, order), expected)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_very_small_and_very_large_responses_are_correlated_as_others(scale):
    trials, order, has = trials_of(4), orders(4, 25, 4), np.ones((25, 4), bool)
    np.testing.assert_allclose(
        mean_half_correlation(scale * trials, has, order),
        mean_half_correlation(trials, has, order),
        atol=1e-13,
    )


def test_an_offset_costs_no_more_digits_than_the_trials_have():
    trials, order, has = trials_of(4), orders(4, 25, 4), np.ones((25, 4), bool)
    np.testing.assert_allclose(
        mean_half_correlation(1e6 + trials, has, order),
        mean_half_correlation(trials, has, order),
        atol=1e-9,
    )


def test_splits_with_a_silent_half_do_not_count():
    # Three spikes at one stimulus: in some splits all of them fall in one half.
    trials = np.zeros((6, 25, 1))
    trials[[0, 3, 4], 7] = 1.0
    has, order = np.ones((25, 6), bool), orders(40, 25, 6)
    one_sided = [len({0, 3, 4} & set(o[7, :3].tolist())) in (0, 3) for o in order]
    assert 0 < sum(one_sided) < 40
    np.testing.assert_allclose(
        mean_half_correlation(trials, has, order), by_hand(trials, has, order), atol=1e-13
    )


def test_half_means_that_hardly_differ_keep_their_digits():
    trials, order, has = trials_of(4, q=1), orders(4, 25, 4), np.ones((25, 4), bool)
    trials[:] = 1e-7 * trials
    trials[0, 0] = 1.0  # the range of the trials is that of a single one
    trials[1, 0] = -1.0
    np.testing.assert_allclose(
        mean_half_correlation(trials, has, order), by_hand(trials, has, order), atol=1e-9
    )


def test_constant_trials_have_none():
    trials = trials_of(4)
    trials[:, :, 1] = 0.1
    found = mean_half_correlation(trials, np.ones((25, 4), bool), orders(3, 25, 4))
    assert np.isnan(found).tolist() == [False, True, False, False]


def test_targets_worked_in_parts_give_the_same(monkeypatch):
    trials, order, has = trials_of(5, q=9), orders(4, 25, 5), np.ones((25, 5), bool)
    expected = mean_half_correlation(trials, has, order)
    monkeypatch.setattr("cornetkit.kernels.half_correlations._TRIAL_ELEMENTS", 25 * 5 * 2)
    monkeypatch.setattr("cornetkit.kernels.half_correlations._MEAN_ELEMENTS", 4)
    np.testing.assert_allclose(mean_half_correlation(trials, has, order), expected, atol=1e-13)


def test_targets_of_other_repetitions_are_found_whatever_their_order():
    trials = trials_of(6, q=5)
    trials[4:, ::2, [1, 3]] = np.nan
    order = [3, 0, 4, 1, 2]
    np.testing.assert_allclose(
        split_half(trials[:, :, order]).r_half, split_half(trials).r_half[order], atol=1e-14
    )


def test_trials_are_not_modified():
    trials = trials_of(4)
    before = trials.copy()
    mean_half_correlation(trials, np.ones((25, 4), bool), orders(3, 25, 4))
    np.testing.assert_array_equal(trials, before)
