"""Bootstrap counts, permutations, p values and intervals."""

import numpy as np
import pytest
from scipy import stats

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.resampling import (
    interval,
    multiplicities,
    p_value,
    permutations,
    permutations_needed,
    two_factor_variance,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_every_resample_draws_as_many_items_as_there_are():
    counts = multiplicities(7, 50, rng())
    assert counts.shape == (50, 7)
    assert (counts.sum(axis=1) == 7).all()


def test_the_means_of_resamples_spread_as_the_bootstrap_says():
    x = rng(1).normal(size=30)
    means = multiplicities(30, 20_000, rng(2)) @ x / 30
    assert means.var() == pytest.approx(x.var() / 30, rel=0.03)


def test_permutations_hold_every_item_once():
    orders = permutations(9, 20, rng())
    assert (np.sort(orders, axis=1) == np.arange(9)).all()
    assert len(np.unique(orders, axis=0)) == 20


def test_permutations_stay_in_their_block():
    blocks = np.array(["b", "a", "b", "a", "c", "b"])
    orders = permutations(6, 200, rng(), blocks)
    assert (blocks[orders] == blocks).all()
    assert len(np.unique(orders, axis=0)) == 12  # 3! orders of b, 2! of a


def test_blocks_of_one_item_are_refused():
    with pytest.raises(InputError, match=r"every block holds one item .*no item can change places"):
        permutations(3, 5, rng(), ["a", "b", "c"])


def test_blocks_of_another_length_are_refused():
    with pytest.raises(InputError, match=r"blocks of shape \(2,\) were given for 3 items"):
        permutations(3, 5, rng(), ["a", "b"])


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_p_is_that_of_scipy(alternative):
    x, y = rng(3).normal(size=(2, 12))
    x = x + 0.5 * y

    def statistic(x):
        return np.corrcoef(x, y)[0, 1]

    found = stats.permutation_test(
        (x,), statistic, permutation_type="pairings", n_resamples=199, alternative=alternative,
        random_state=rng(4), vectorized=False,
    )  # fmt: skip
    expected = found.pvalue
    assert float(p_value(statistic(x), found.null_distribution, alternative)) == pytest.approx(
        expected
    )


def test_p_is_never_zero_and_counts_ties():
    assert float(p_value(5.0, np.zeros(99))) == 0.01
    assert float(p_value(0.0, np.zeros(99))) == 1.0


def test_equal_values_that_differ_by_rounding_are_as_extreme():
    assert float(p_value(0.3, np.array([0.1 + 0.2, 0.3 - 1e-16]))) == 1.0


def test_p_of_something_undefined_is_undefined():
    null = np.array([[0.0, np.nan], [1.0, np.nan], [np.nan, np.nan]])
    found = p_value(np.array([0.5, 0.5]), null)
    assert float(found[0]) == pytest.approx(2 / 3)
    assert np.isnan(found[1])
    assert np.isnan(p_value(np.nan, np.zeros(3)))


def test_an_unknown_alternative_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 'greater'"):
        p_value(1.0, np.zeros(3), "grater")


@pytest.mark.parametrize(
    ("alpha", "alternative", "needed"),
    [
        (0.05, "greater", 19),
        (0.001, "greater", 999),
        (0.05, "two-sided", 39),
        (0.03, "greater", 33),
    ],
)
def test_so_many_permutations_reach_alpha_and_one_fewer_does_not(alpha, alternative, needed):
    assert permutations_needed(alpha, alternative) == needed
    best = float(p_value(1.0, np.zeros(needed), alternative))
    assert best <= alpha < float(p_value(1.0, np.zeros(needed - 1), alternative))


def test_two_factors_are_those_of_rsatoolbox():
    inference_util = pytest.importorskip("rsatoolbox.util.inference_util")
    v = rng(5).uniform(0.5, 2, size=(3, 40))
    for sizes in ((None, None), (12, 92)):
        expected = inference_util._dual_bootstrap(v, *sizes)
        np.testing.assert_allclose(two_factor_variance(v[1], v[2], v[0], *sizes), expected)


def test_two_factors_recover_the_variance_of_a_crossed_design():
    # Grand means of a table of row, column and cell effects.
    draws = rng(6)
    n_a, n_b = 12, 9

    def table():
        rows, columns = 1.0 * draws.normal(size=(n_a, 1)), 0.7 * draws.normal(size=(1, n_b))
        return rows + columns + 2.0 * draws.normal(size=(n_a, n_b))

    true = 1.0 / n_a + 0.49 / n_b + 4.0 / (n_a * n_b)
    found, naive = [], []
    for _ in range(60):
        x = table()
        a = multiplicities(n_a, 300, draws) / n_a
        b = multiplicities(n_b, 300, draws) / n_b
        parts = (a @ x.mean(axis=1)).var(), (b @ x.mean(axis=0)).var()
        both = np.einsum("ra,rb,ab->r", a, b, x).var()
        found.append(float(two_factor_variance(*parts, both, n_a, n_b)))
        naive.append(both)
    assert np.mean(found) == pytest.approx(true, rel=0.15)
    assert np.mean(naive) > 1.15 * true


def test_an_excess_is_taken_off_down_to_the_least():
    assert float(two_factor_variance(1.0, 2.0, 4.0)) == 2.0
    assert float(two_factor_variance(2.0, 2.0, 5.0, excess=0.5)) == 2.5
    assert float(two_factor_variance(2.0, 0.5, 3.0, excess=1.5, least_a=0.7)) == 0.7


def test_percentiles_are_those_of_numpy_without_nan():
    values = rng(7).normal(size=(200, 3))
    values[::7, 1] = np.nan
    values[:, 2] = np.nan
    low, high = interval(values, confidence=0.9)
    np.testing.assert_allclose(low[:2], np.nanpercentile(values[:, :2], 5, axis=0))
    np.testing.assert_allclose(high[:2], np.nanpercentile(values[:, :2], 95, axis=0))
    assert np.isnan([low[2], high[2]]).all()


@pytest.mark.parametrize("dof", [3, None])
def test_t_intervals_are_those_of_scipy(dof):
    expected = (stats.norm if dof is None else stats.t(dof)).interval(0.95)
    low, high = interval(estimate=2.0, variance=9.0, dof=dof)
    assert (float(low), float(high)) == pytest.approx((2 + 3 * expected[0], 2 + 3 * expected[1]))


def test_an_interval_needs_something_to_come_from():
    with pytest.raises(InputError, match="give resamples, or an estimate with its variance"):
        interval()
    with pytest.raises(InputError, match=r"confidence=95 was given; expected a share, as 0\.95"):
        interval(np.zeros(3), confidence=95)
