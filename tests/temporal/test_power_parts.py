"""The parts of power, each against a loop or a refit."""

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.temporal import separating_stimuli
from cornetkit.temporal.identifiability import limit, recover_lag, step_of_bins, told_apart
from cornetkit.temporal.power_smoothers import Smoothers, fold_scores, leading, random_folds


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 8))
    return X - X.mean(axis=0), X @ rng.standard_normal((8, 5)) + rng.standard_normal((30, 5))


@pytest.mark.parametrize("alpha", [0.01, 1.0, 100.0])
def test_a_smoother_holds_the_held_out_predictions_of_ridge(data, alpha):
    X, Y = data
    folds = random_folds(30, 5, np.random.default_rng(1))
    H = Smoothers(X @ X.T, folds).of(alpha)
    fits = ridge_folds(X @ X.T, Y, folds, [alpha])
    for (train, test), predicted in zip(folds, fits.predictions, strict=True):
        expected = Ridge(alpha=alpha).fit(X[train], Y[train]).predict(X[test])
        np.testing.assert_allclose((H @ Y)[test], expected, atol=1e-9)
        np.testing.assert_allclose(predicted, expected, atol=1e-9)
        assert (H[np.ix_(test, test)] == 0).all()


def test_fold_scores_are_correlations_within_folds(data):
    _, Y = data
    P = np.random.default_rng(2).standard_normal(Y.shape)
    folds = random_folds(30, 4, np.random.default_rng(1))
    expected = np.mean(
        [[np.corrcoef(Y[t, k], P[t, k])[0, 1] for k in range(5)] for _, t in folds], axis=0
    )
    np.testing.assert_allclose(fold_scores(Y, P, folds), expected)


def test_every_stimulus_is_held_out_once():
    folds = random_folds(23, 4, np.random.default_rng(0))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(23))
    assert all(np.intersect1d(train, test).size == 0 for train, test in folds)


def test_leading_dimensions_are_the_principal_components(data):
    X, _ = data
    U = np.linalg.svd(X, full_matrices=False)[0][:, :3]
    np.testing.assert_allclose(np.abs(U.T @ leading(X @ X.T, 3)), np.eye(3), atol=1e-9)
    assert leading(X @ X.T, 20).shape == (30, 8)  # no more than there are


def test_told_apart_counts_what_exceeds_the_other_s_distribution():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((2000, 2, 2)) * 0.5
    scores[:, 0, 0] += 1.0  # a difference of mean 1 and sd .71 under 0, of mean 0 under 1
    told = told_apart(scores, 0.05)
    from scipy.stats import norm

    sd = 0.5 * 2**0.5
    assert told[0, 1] == pytest.approx(norm.sf((norm.isf(0.05) * sd - 1) / sd), abs=0.03)
    null = told_apart(rng.standard_normal((4000, 2, 2)), 0.05)
    assert null[0, 1] == pytest.approx(0.05, abs=0.02)


def test_bins_before_the_onset_have_no_step():
    centres = np.array([60.0, 80, 100, 120, 140])
    assert step_of_bins(centres, 70, 40, 2).tolist() == [-1, 0, 0, 1, 1]
    assert step_of_bins(centres, 70, 20, 3).tolist() == [-1, 0, 1, 2, 2]


def test_a_lag_is_recovered_where_scores_say_the_step():
    scores = np.full((5, 5, 4), 0.3)
    scores[:, :4][:, np.arange(4), np.arange(4)] = 0.8
    scores[:, 4] = np.random.default_rng(0).normal(0, 0.01, (5, 4))
    centres = np.arange(60.0, 260, 20)
    onset, length = recover_lag(scores, centres, 90, 40, np.random.default_rng(0), 5)
    assert np.abs(onset - 90).max() <= 20
    assert np.abs(length - 40).max() <= 20


@pytest.fixture
def acts():
    rng = np.random.default_rng(3)
    one = rng.standard_normal((40, 10))
    two = one.copy()
    two[[7, 21]] = 4 * rng.standard_normal((2, 10))  # only these two are seen otherwise
    return xr.DataArray(
        np.stack([one, two], axis=1),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": [f"s{k:02d}" for k in range(40)], "time": [0, 1], "area": "IT"},
    )


def test_the_images_that_differ_separate_two_steps_most(acts):
    ranked = separating_stimuli(acts, "IT@0", "IT@1", n_dimensions=10)
    assert set(ranked["stimulus"].values[:2]) == {"s07", "s21"}
    assert (np.diff(ranked.values) <= 0).all()
    assert ranked.attrs["mean"] == pytest.approx(float(ranked.mean()))


def test_separation_is_what_refitted_predictions_miss(acts):
    ranked = separating_stimuli(acts, ("IT", 0), ("IT", 1), n_dimensions=4, alpha=0.1, n_splits=4)
    X = acts.values - acts.values.mean(axis=0)
    X = [x * np.sqrt(39 / (x**2).sum()) for x in (X[:, 0], X[:, 1])]  # mean eigenvalue 1
    folds = random_folds(40, 4, np.random.default_rng(0))
    total = np.zeros(40)
    for own, other in ((0, 1), (1, 0)):
        U = np.linalg.svd(X[own], full_matrices=False)[0][:, :4]
        for side, sign in ((other, 1), (own, -1)):
            for train, test in folds:
                P = Ridge(alpha=0.1).fit(X[side][train], U[train]).predict(X[side][test])
                total[test] += sign * ((U[test] - P) ** 2).sum(axis=1) * 40 / 4 / 2
    found = ranked.sortby("stimulus")
    np.testing.assert_allclose(found, total, atol=1e-8)


def test_a_linear_change_separates_nothing(acts):
    turned = acts.copy()
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((10, 10)))[0]
    turned[:, 1] = acts[:, 0].values @ rotation
    ranked = separating_stimuli(turned, "IT@0", "IT@1", n_dimensions=10)
    np.testing.assert_allclose(ranked, 0, atol=1e-8)


def test_what_cannot_be_separated_is_refused(acts):
    with pytest.raises(UnknownNameError, match=r"unknown step 'IT@3' \(did you mean 'IT@1'\?\)"):
        separating_stimuli(acts, "IT@0", "IT@3")
    with pytest.raises(InputError, match="IT@1 was given twice"):
        separating_stimuli(acts, "IT@1", ("IT", 1))
    with pytest.raises(InputError, match="8 stimuli are too few for 5 folds"):
        separating_stimuli(acts[:8], "IT@0", "IT@1")


@pytest.mark.parametrize("n", [20, 50, 100])
def test_new_null_values_exceed_the_limit_in_at_most_the_level(n):
    """The k-th smallest of n is exceeded by a new value with a chance of (n + 1 - k) / (n + 1)."""
    null = np.random.default_rng(n).permutation(n).astype(float)
    k = int(limit(null, 0.05)) + 1
    assert (n + 1 - k) / (n + 1) <= 0.05
    assert (n + 2 - k) / (n + 1) > 0.05
