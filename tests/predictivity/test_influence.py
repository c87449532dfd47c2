"""What each stimulus does to a correlation, against derivatives of weighted ones."""

import numpy as np
import pytest

from cornetkit.predictivity.influence import correlation_influence


def held_out(n=30, q=3, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.standard_normal((n, q))
    return p, p + rng.standard_normal((n, q))


def weighted_r(p, y, w):
    p, y = p - np.average(p, weights=w), y - np.average(y, weights=w)
    return np.sum(w * p * y) / np.sqrt(np.sum(w * p**2) * np.sum(w * y**2))


def test_influence_is_the_derivative_of_a_weighted_correlation():
    p, y = held_out()
    found = correlation_influence(p, y).of_stimuli
    z = (p - p.mean(axis=0)) / p.std(axis=0)
    found = found * np.sqrt(1 - (1 + z**2) / len(p))  # without the correction for few rows
    step = 1e-5
    for i in range(len(p)):
        w = np.ones(len(p))
        w[i] += step
        for k in range(p.shape[1]):
            up, down = weighted_r(p[:, k], y[:, k], w), weighted_r(p[:, k], y[:, k], 2 - w)
            assert found[i, k] == pytest.approx((up - down) / (2 * step), abs=1e-8)


def test_influence_of_responses_is_a_derivative_too():
    p, y = held_out()
    found = correlation_influence(p, y).of_responses
    step = 1e-6
    for i in range(len(p)):
        moved = y.copy()
        moved[i] += step
        rise = [np.corrcoef(p[:, k], moved[:, k])[0, 1] for k in range(3)]
        before = [np.corrcoef(p[:, k], y[:, k])[0, 1] for k in range(3)]
        np.testing.assert_allclose(found[i], np.subtract(rise, before) / step, atol=1e-5)


def test_rows_without_a_value_do_not_count():
    p, y = held_out()
    y[:4, 1] = np.nan
    found = correlation_influence(p, y).of_stimuli
    assert (found[:4, 1] == 0).all()
    np.testing.assert_allclose(
        found[4:, 1:2], correlation_influence(p[4:, 1:2], y[4:, 1:2]).of_stimuli
    )


def test_spread_of_one_correlation_is_that_of_new_samples():
    """Linearised resamples of 8 rows spread as correlations of new samples of 8 do."""
    rng = np.random.default_rng(0)
    p, y = rng.standard_normal((2, 8, 4000))
    spread = np.mean((correlation_influence(p, y).of_stimuli ** 2).sum(axis=0))
    assert spread == pytest.approx(1 / 7, rel=0.1)  # the variance of r under independence


def test_residuals_of_groups_are_those_of_a_matrix_root():
    p, y = held_out(n=14)
    y[:2, 1] = np.nan
    groups = np.repeat([0, 1, 2, 3, 4], [4, 1, 3, 4, 2])
    found = correlation_influence(p, y, groups).of_stimuli
    for k in range(3):
        there = ~np.isnan(y[:, k])
        m = there.sum()
        a, b = (((x - x.mean()) / x.std()) for x in (p[there, k], y[there, k]))
        r = a @ b / m
        design = np.stack([np.ones(m), a], axis=1)
        hat = design @ np.linalg.inv(design.T @ design) @ design.T
        expected = np.empty(m)
        for code in np.unique(groups[there]):
            rows = np.flatnonzero(groups[there] == code)
            left, axes = np.linalg.eigh(np.eye(len(rows)) - hat[np.ix_(rows, rows)])
            root = axes @ np.diag(np.maximum(left, 0.1) ** -0.5) @ axes.T
            expected[rows] = a[rows] * (root @ (b - r * a)[rows])
        expected = (expected + r / 2 * (a**2 - b**2)) / m
        np.testing.assert_allclose(found[there, k], expected, atol=1e-12)
        assert (found[~there, k] == 0).all()


def test_groups_of_one_spread_as_stimuli_do():
    p, y = held_out(n=12, q=2000)
    apart = (correlation_influence(p, y).of_stimuli ** 2).sum(axis=0).mean()
    alone = (correlation_influence(p, y, np.arange(12)).of_stimuli ** 2).sum(axis=0).mean()
    assert alone == pytest.approx(apart, rel=0.06)


def test_spread_of_few_groups_is_that_of_new_ones():
    """Three movies of four alike frames held out: without CR2 it is .40 of it, with it .76."""
    rng = np.random.default_rng(0)
    movie = np.repeat(np.arange(3), 4)
    p, y = (rng.standard_normal((12, 4000)) + rng.standard_normal((3, 4000))[movie] for _ in "py")
    r = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(p.T, y.T, strict=True)])
    moves = correlation_influence(p, y, movie).of_stimuli
    together = np.stack([moves[movie == k].sum(axis=0) for k in range(3)])
    assert (together**2).sum(axis=0).mean() == pytest.approx(r.var(), rel=0.3)
