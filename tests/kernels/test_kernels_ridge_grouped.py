"""Ridge over folds whose rows belong to groups: equal to refitting with weights and groups."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneGroupOut

from cornetkit.errors import InputError
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.kernels.ridge_grouped import ridge_folds_grouped

ALPHAS = np.geomspace(0.01, 100, 7)


def made(n=24, n_units=40, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, n_units)) + 1.0
    Y = X @ rng.standard_normal((n_units, 3)) / 6 + 2 * rng.standard_normal((n, 3)) + 4
    groups = np.repeat(np.arange(10), [1, 2, 3, 2, 2, 4, 1, 3, 3, 3])
    parts = [np.isin(groups, test) for test in ([0, 5], [1, 2, 3], [4, 9])]
    return X, Y, groups, [(np.flatnonzero(~t), np.flatnonzero(t)) for t in parts]


def test_single_rows_are_the_folds_of_single_rows():
    X, Y, _, folds = made()
    expected = ridge_folds(X @ X.T, Y, folds, ALPHAS)
    found = ridge_folds_grouped(X @ X.T, Y, folds, np.arange(24), ALPHAS)
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    for a, b in zip(found.predictions, expected.predictions, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)


@pytest.mark.parametrize("per_target", [True, False])
def test_penalty_is_the_one_that_leaving_out_groups_and_refitting_chooses(per_target):
    X, Y, groups, folds = made()
    found = ridge_folds_grouped(X @ X.T, Y, folds, groups, ALPHAS, per_target=per_target)
    for k, (train, test) in enumerate(folds):
        error = np.zeros((len(ALPHAS), 3))
        for fit, left in LeaveOneGroupOut().split(X[train], groups=groups[train]):
            for i, alpha in enumerate(ALPHAS):
                model = Ridge(alpha=alpha).fit(X[train[fit]], Y[train[fit]])
                error[i] += ((Y[train[left]] - model.predict(X[train[left]])) ** 2).sum(axis=0)
        best = error.argmin(0) if per_target else np.full(3, error.mean(1).argmin())
        np.testing.assert_allclose(found.alpha[k], ALPHAS[best])
        for q in range(3):
            model = Ridge(alpha=ALPHAS[best[q]]).fit(X[train], Y[train, q])
            np.testing.assert_allclose(
                found.predictions[k][:, q], model.predict(X[test]), atol=1e-9
            )


def test_factors_of_the_intercept_are_square_roots_of_weights():
    X, Y, groups, folds = made()
    weights = np.random.default_rng(1).integers(1, 5, 24).astype(float)
    root = np.sqrt(weights)
    rows, targets = X * root[:, None], Y * root[:, None]
    found = ridge_folds_grouped(rows @ rows.T, targets, folds, groups, [3.0], factors=root)
    for k, (train, test) in enumerate(folds):
        model = Ridge(alpha=3.0).fit(X[train], Y[train], sample_weight=weights[train])
        expected = model.predict(X[test]) * root[test, None]
        np.testing.assert_allclose(found.predictions[k], expected, atol=1e-9)


def test_a_group_on_both_sides_is_refused():
    X, Y, groups, _ = made()
    with pytest.raises(InputError, match="fold 0 has rows of one group on both sides"):
        ridge_folds_grouped(X @ X.T, Y, [(np.arange(20), np.arange(20, 24))], groups, ALPHAS)
    with pytest.raises(InputError, match=r"groups of shape \(3,\)"):
        ridge_folds_grouped(X @ X.T, Y, [(np.arange(20), np.arange(20, 24))], groups[:3], ALPHAS)
