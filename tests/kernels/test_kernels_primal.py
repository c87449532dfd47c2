"""Fits through the features equal those through their Gram matrix, and scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, RidgeCV

from cornetkit.errors import InputError
from cornetkit.kernels.ols import ols_dual
from cornetkit.kernels.pls import pls_dual
from cornetkit.kernels.pls_primal import pls_primal, pls_separate_primal
from cornetkit.kernels.pls_separate import pls_separate_dual
from cornetkit.kernels.primal import ols_primal, ridge_primal
from cornetkit.kernels.ridge import ridge_dual

ALPHAS = [1e-3, 0.1, 3.0, 40.0, 1e5]


@pytest.mark.parametrize("per_target", [True, False])
def test_ridge_equals_its_dual_form(linear, per_target):
    primal = ridge_primal(linear.X, linear.Y, ALPHAS, per_target=per_target)
    dual = ridge_dual(linear.K, linear.Y, ALPHAS, per_target=per_target)
    np.testing.assert_array_equal(primal.alpha, dual.alpha)
    np.testing.assert_array_equal(primal.at_edge, dual.at_edge)
    np.testing.assert_allclose(primal.loo_mse, dual.loo_mse, rtol=1e-8)
    np.testing.assert_allclose(
        primal.predict(linear.X_test), dual.predict(linear.K_test), atol=1e-8
    )


def test_ridge_equals_scikit_learn(linear):
    fit = ridge_primal(linear.X, linear.Y, ALPHAS)
    oracle = RidgeCV(ALPHAS, alpha_per_target=True).fit(linear.X, linear.Y)
    np.testing.assert_array_equal(fit.alpha, oracle.alpha_)
    np.testing.assert_allclose(fit.coef, oracle.coef_.T, atol=1e-9)
    np.testing.assert_allclose(fit.intercept, oracle.intercept_, atol=1e-8)


def test_least_squares_equals_its_dual_form(linear):
    primal, dual = ols_primal(linear.X, linear.Y), ols_dual(linear.K, linear.Y)
    np.testing.assert_allclose(
        primal.predict(linear.X_test), dual.predict(linear.K_test), atol=1e-8
    )


def test_least_squares_equals_scikit_learn(linear):
    oracle = LinearRegression().fit(linear.X, linear.Y)
    np.testing.assert_allclose(
        ols_primal(linear.X, linear.Y).predict(linear.X_test),
        oracle.predict(linear.X_test),
        atol=1e-8,
    )


def test_least_squares_with_units_that_repeat_others_equals_its_dual_form(linear):
    X = np.hstack([linear.X, linear.X[:, ::-1], np.full((len(linear.X), 1), 0.1)])
    X_test = np.hstack([linear.X_test, linear.X_test[:, ::-1], np.full((9, 1), 0.1)])
    np.testing.assert_allclose(
        ols_primal(X, linear.Y).predict(X_test),
        ols_dual(X @ X.T, linear.Y).predict(X_test @ X.T),
        atol=1e-8,
    )


@pytest.mark.parametrize("n_components", [1, 3, 12, 30])
def test_joint_pls_equals_its_dual_form(linear, n_components):
    primal = pls_primal(linear.X, linear.Y, n_components)
    dual = pls_dual(linear.K, linear.Y, n_components)
    assert primal.n_components == dual.n_components
    np.testing.assert_allclose(
        primal.predict(linear.X_test), dual.predict(linear.K_test), atol=1e-8
    )


def test_joint_pls_of_more_targets_than_units_equals_its_dual_form(linear):
    Y = linear.Y @ np.random.default_rng(0).normal(size=(linear.Y.shape[1], 150))
    Y += np.random.default_rng(1).normal(size=Y.shape)
    primal, dual = pls_primal(linear.X, Y, 8), pls_dual(linear.K, Y, 8)
    np.testing.assert_allclose(
        primal.predict(linear.X_test), dual.predict(linear.K_test), atol=1e-8
    )


@pytest.mark.parametrize("n_components", [1, 5, 12, 30])
def test_separate_pls_equals_its_dual_form(linear, n_components):
    primal = pls_separate_primal(linear.X, linear.Y, n_components)
    dual = pls_separate_dual(linear.K, linear.Y, n_components)
    np.testing.assert_array_equal(primal.n_components, dual.n_components)
    np.testing.assert_allclose(
        primal.predict(linear.X_test), dual.predict(linear.K_test), atol=1e-8
    )


@pytest.mark.parametrize("fit", [pls_primal, pls_separate_primal])
def test_pls_components_stop_where_those_of_the_dual_form_do(fit):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 6)) @ rng.normal(size=(6, 20))  # six dimensions
    Y = np.column_stack([rng.normal(size=(50, 2)), np.full(50, 0.1)])
    dual = pls_dual if fit is pls_primal else pls_separate_dual
    primal, expected = fit(X, Y, 25), dual(X @ X.T, Y, 25)
    np.testing.assert_array_equal(primal.n_components, expected.n_components)
    np.testing.assert_allclose(primal.predict(X), expected.predict(X @ X.T), atol=1e-8)


def ridge_of_three(X, Y):
    return ridge_primal(X, Y, ALPHAS)


def pls_of_three(X, Y):
    return pls_primal(X, Y, 3)


def separate_pls_of_three(X, Y):
    return pls_separate_primal(X, Y, 3)


FITS = [ridge_of_three, ols_primal, pls_of_three, separate_pls_of_three]


@pytest.mark.parametrize("fit", FITS)
def test_constant_features_and_targets_predict_the_mean(fit, linear):
    constant = np.full((len(linear.X), 3), 0.1)
    predicted = fit(constant, linear.Y).predict(constant)
    np.testing.assert_allclose(predicted, np.tile(linear.Y.mean(axis=0), (len(predicted), 1)))
    np.testing.assert_allclose(fit(linear.X, constant).predict(linear.X_test), 0.1, atol=1e-15)


@pytest.mark.parametrize("fit", FITS)
def test_inputs_are_not_modified(fit, linear):
    X, Y = linear.X.copy(), linear.Y.copy()
    fit(X, Y).predict(linear.X_test)
    np.testing.assert_array_equal(X, linear.X)
    np.testing.assert_array_equal(Y, linear.Y)


@pytest.mark.parametrize("fit", FITS)
def test_wrong_features_are_refused(fit, linear):
    X = linear.X.copy()
    X[2, 3] = np.nan
    with pytest.raises(InputError, match=r"features are not finite for 1 of \d+ stimuli"):
        fit(X, linear.Y)
    with pytest.raises(InputError, match="at least 2 stimuli and 1 unit"):
        fit(X[:, 0], linear.Y)
    with pytest.raises(InputError, match=r"expected \(n_test, \d+\), stimulus by unit"):
        fit(linear.X, linear.Y).predict(linear.X_test[:, :3])


def test_no_components_are_refused(linear):
    for fit in (pls_primal, pls_separate_primal):
        with pytest.raises(InputError, match="0 components were asked for"):
            fit(linear.X, linear.Y, 0)
