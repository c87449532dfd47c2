"""Least squares through the Gram matrix against the primal."""

import numpy as np

from cornetkit.kernels.ols import ols_dual


def test_it_equals_least_norm_least_squares_on_the_features(linear):
    mean = linear.X.mean(axis=0)
    weights = np.linalg.lstsq(linear.X - mean, linear.Y - linear.Y.mean(axis=0), rcond=None)[0]
    expected = (linear.X_test - mean) @ weights + linear.Y.mean(axis=0)
    predicted = ols_dual(linear.K, linear.Y).predict(linear.K_test)
    np.testing.assert_allclose(predicted, expected, atol=1e-8)


def test_scale_changes_nothing(linear):
    predicted = ols_dual(linear.K * 1e-12, linear.Y).predict(linear.K_test * 1e-12)
    np.testing.assert_allclose(
        predicted, ols_dual(linear.K, linear.Y).predict(linear.K_test), atol=1e-8
    )


def test_directions_below_the_cutoff_are_left_out():
    X = np.diag([1.0, 1e-3, 1.0, 0.0])
    Y = np.array([[1.0], [2.0], [3.0], [4.0]])
    centred = X - X.mean(axis=0)
    fit = ols_dual(X @ X.T, Y, rcond=1e-4)
    weights = np.linalg.lstsq(centred, Y - Y.mean(), rcond=1e-2)[0]
    np.testing.assert_allclose(fit.predict(X @ X.T), centred @ weights + Y.mean(), atol=1e-12)


def test_inputs_are_not_modified(linear):
    K, Y = linear.K.copy(), linear.Y.copy()
    ols_dual(K, Y)
    np.testing.assert_array_equal(K, linear.K)
    np.testing.assert_array_equal(Y, linear.Y)
