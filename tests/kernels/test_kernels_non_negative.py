"""The non-negative mapping against scipy.optimize.nnls and scikit-learn."""

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from cornetkit.errors import InputError
from cornetkit.kernels.non_negative import non_negative


def oracle(X, y, alpha):
    """Penalised non-negative least squares as plain one: the penalty is so many more rows."""
    centred, target = X - X.mean(axis=0), y - y.mean()
    rows = np.vstack([centred, np.sqrt(alpha) * np.eye(X.shape[1])])
    return nnls(rows, np.concatenate([target, np.zeros(X.shape[1])]), maxiter=100_000)[0]


@pytest.mark.parametrize("alpha", [1e-6, 1.0, 300.0, 1e5])
def test_weights_equal_those_of_scipy(linear, alpha):
    fit = non_negative(linear.X, linear.Y, [alpha])
    for j, y in enumerate(linear.Y.T):
        np.testing.assert_allclose(fit.coef[:, j], oracle(linear.X, y, alpha), atol=1e-6)
    predicted = fit.predict(linear.X)
    np.testing.assert_allclose(predicted.mean(axis=0), linear.Y.mean(axis=0), atol=1e-10)


def test_a_small_penalty_is_non_negative_least_squares():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 15)), rng.normal(size=60)
    expected = nnls(X - X.mean(axis=0), y - y.mean())[0]
    assert 0 < (expected > 0).sum() < 15
    np.testing.assert_allclose(non_negative(X, y[:, None], [1e-9]).coef[:, 0], expected, atol=1e-6)


def test_the_conditions_of_the_optimum_hold_for_many_correlated_units():
    rng = np.random.default_rng(1)
    X = np.maximum(rng.normal(size=(80, 6)) @ rng.normal(size=(6, 500)), 0)
    X += 0.01 * rng.normal(size=X.shape)
    Y = rng.normal(size=(80, 3))
    fit = non_negative(X, Y, [2.0])
    gradient = X.T @ (fit.predict(X) - Y) + 2.0 * fit.coef
    gradient -= X.mean(axis=0)[:, None] * (fit.predict(X) - Y).sum(axis=0)
    scale = np.abs(X.T @ Y).max()
    assert (fit.coef >= 0).all()
    assert gradient.min() > -1e-9 * scale
    assert np.abs(gradient[fit.coef > 0]).max() < 1e-9 * scale
    assert (fit.coef > 0).sum(axis=0).min() > 0
    assert (fit.coef > 0).sum(axis=0).max() < 250


def test_units_that_are_much_alike_are_told_apart():
    # Exchanging many at once does not settle here; one at a time does.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(43, 80))
    Y = X @ (rng.exponential(size=(80, 4)) * (rng.random((80, 4)) < 0.1))
    Y += 0.3 * rng.normal(size=Y.shape)
    for alpha in (0.008, 1e-4):
        fit = non_negative(X, Y, [alpha])
        for j, y in enumerate(Y.T):
            np.testing.assert_allclose(fit.coef[:, j], oracle(X, y, alpha), atol=1e-6)


def test_where_no_weight_would_be_negative_it_is_ridge():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6))
    y = X @ np.arange(1.0, 7.0) + 0.1 * rng.normal(size=200)
    np.testing.assert_allclose(
        non_negative(X, y[:, None], [3.0]).coef[:, 0], Ridge(3.0).fit(X, y).coef_, atol=1e-10
    )


def test_units_that_repeat_each_other_share_their_weight(linear):
    twice = np.hstack([linear.X, linear.X])
    fit, once = non_negative(twice, linear.Y, [2.0]), non_negative(linear.X, linear.Y, [1.0])
    units = linear.X.shape[1]
    np.testing.assert_allclose(fit.coef[:units], once.coef / 2, atol=1e-9)
    np.testing.assert_allclose(fit.coef[units:], once.coef / 2, atol=1e-9)


def test_the_penalty_is_chosen_by_five_fold_cross_validation():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(50, 12))
    Y = X @ np.abs(rng.normal(size=(12, 4))) + 6 * rng.normal(size=(50, 4))
    alphas = [0.1, 30.0, 1e4]
    fit = non_negative(X, Y, alphas, rng=5)
    order = np.random.default_rng(5).permutation(50)
    expected = np.zeros((3, 4))
    for inner, held in KFold(5).split(order):
        learn, test = order[inner], order[held]
        for i, alpha in enumerate(alphas):
            for j, y in enumerate(Y.T):
                w = oracle(X[learn], y[learn], alpha)
                predicted = y[learn].mean() + (X[test] - X[learn].mean(axis=0)) @ w
                expected[i, j] += ((y[test] - predicted) ** 2).sum() / 50
    np.testing.assert_allclose(fit.cv_mse, expected, rtol=1e-6)
    np.testing.assert_array_equal(fit.alpha, np.array(alphas)[expected.argmin(axis=0)])
    np.testing.assert_array_equal(fit.at_edge, fit.alpha != 30.0)
    together = non_negative(X, Y, alphas, per_target=False, rng=5)
    assert (together.alpha == alphas[expected.mean(axis=1).argmin()]).all()


def test_groups_are_held_out_together():
    rng = np.random.default_rng(3)
    X = np.repeat(rng.normal(size=(15, 30)), 3, axis=0) + 0.01 * rng.normal(size=(45, 30))
    Y = np.repeat(rng.normal(size=(15, 2)), 3, axis=0)
    alphas = [1e-3, 1.0]
    groups = np.repeat(np.arange(15), 3)
    fit = non_negative(X, Y, alphas, groups=groups, rng=1)
    order = np.random.default_rng(1).permutation(15)
    expected = np.zeros((2, 2))
    for part in np.array_split(order, 5):
        test = np.isin(groups, part)
        for i, alpha in enumerate(alphas):
            for j, y in enumerate(Y.T):
                w = oracle(X[~test], y[~test], alpha)
                predicted = y[~test].mean() + (X[test] - X[~test].mean(axis=0)) @ w
                expected[i, j] += ((y[test] - predicted) ** 2).sum() / 45
    np.testing.assert_allclose(fit.cv_mse, expected, rtol=1e-5)
    # Copies on both sides would make the least penalty look best.
    assert (non_negative(X, Y, alphas, rng=1).cv_mse[0] < fit.cv_mse[0] / 3).all()


def test_scale_of_features_and_targets_does_not_matter(linear):
    plain = non_negative(linear.X, linear.Y, [5.0]).predict(linear.X_test)
    scaled = non_negative(linear.X * 1e-6, linear.Y * 1e4, [5e-12]).predict(linear.X_test * 1e-6)
    np.testing.assert_allclose(scaled / 1e4, plain, atol=1e-8)


def test_constant_units_get_no_weight_and_constant_targets_none_at_all(linear):
    X, Y = linear.X.copy(), linear.Y.copy()
    X[:, 2] = 0.1
    Y[:, 1] = 0.1
    fit = non_negative(X, Y, [1.0, 10.0])
    assert (fit.coef[2] == 0).all()
    assert (fit.coef[:, 1] == 0).all()
    np.testing.assert_array_equal(fit.predict(linear.X_test)[:, 1], 0.1)


def test_inputs_are_not_modified(linear):
    X, Y = linear.X.copy(), linear.Y.copy()
    non_negative(X, Y, [1.0, 10.0])
    np.testing.assert_array_equal(X, linear.X)
    np.testing.assert_array_equal(Y, linear.Y)


def test_a_penalty_lost_in_rounding_is_refused(linear):
    X = np.hstack([linear.X, linear.X])
    with pytest.raises(InputError, match="a penalty of 1e-30 is lost in the rounding"):
        non_negative(X, linear.Y, [1e-30])
    with pytest.raises(InputError, match="expected finite ones above 0"):
        non_negative(X, linear.Y, [0.0])
