"""Ridge through the Gram matrix against scikit-learn and refits."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from cornetkit.errors import InputError
from cornetkit.kernels.alphas import BRAINSCORE_ALPHAS, alpha_grid
from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.ridge_folds import ridge_folds

ALPHAS = np.geomspace(1e-2, 1e4, 13)


@pytest.mark.parametrize("per_target", [True, False])
def test_it_equals_scikit_learn_tuned_by_leave_one_out(linear, per_target):
    oracle = RidgeCV(ALPHAS, alpha_per_target=per_target).fit(linear.X, linear.Y)
    fit = ridge_dual(linear.K, linear.Y, ALPHAS, per_target=per_target)
    np.testing.assert_array_equal(fit.alpha, np.broadcast_to(oracle.alpha_, fit.alpha.shape))
    np.testing.assert_allclose(fit.predict(linear.K_test), oracle.predict(linear.X_test), atol=1e-9)


def test_one_penalty_is_plain_ridge(linear):
    fit = ridge_dual(linear.K, linear.Y, [3.0])
    expected = Ridge(alpha=3.0).fit(linear.X, linear.Y).predict(linear.X_test)
    np.testing.assert_allclose(fit.predict(linear.K_test), expected, atol=1e-10)
    assert not fit.at_edge.any()


def test_the_leave_one_out_error_is_that_of_refits(linear):
    n = linear.X.shape[0]
    alphas = [0.1, 30.0]
    expected = np.zeros((2, linear.Y.shape[1]))
    for a, alpha in enumerate(alphas):
        for i in range(n):
            rest = np.arange(n) != i
            model = Ridge(alpha=alpha).fit(linear.X[rest], linear.Y[rest])
            expected[a] += (model.predict(linear.X[[i]])[0] - linear.Y[i]) ** 2 / n
    fit = ridge_dual(linear.K, linear.Y, alphas)
    np.testing.assert_allclose(fit.loo_mse, expected, rtol=1e-9)


@pytest.mark.parametrize("per_target", [True, False])
def test_all_folds_from_one_decomposition_equal_a_fit_each(linear, per_target):
    n = linear.K.shape[0]
    order = np.random.default_rng(0).permutation(n)
    folds = [(np.setdiff1d(order, test), test) for test in np.array_split(order, 5)]
    folds.append((order[: n // 2], order[-4:]))  # some stimuli in neither
    result = ridge_folds(linear.K, linear.Y, folds, ALPHAS, per_target=per_target)
    for f, (train, test) in enumerate(folds):
        one = ridge_dual(
            linear.K[np.ix_(train, train)], linear.Y[train], ALPHAS, per_target=per_target
        )
        np.testing.assert_array_equal(result.alpha[f], one.alpha)
        np.testing.assert_array_equal(result.at_edge[f], one.at_edge)
        expected = one.predict(linear.K[np.ix_(test, train)])
        np.testing.assert_allclose(result.predictions[f], expected, atol=1e-8)


def test_folds_are_exact_where_the_fit_interpolates():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 400)), rng.normal(size=(40, 3))
    train, test = np.arange(32), np.arange(32, 40)
    result = ridge_folds(X @ X.T, Y, [(train, test)], [1e-8])
    expected = ridge_dual(X[train] @ X[train].T, Y[train], [1e-8]).predict(X[test] @ X[train].T)
    np.testing.assert_allclose(result.predictions[0], expected, atol=1e-10)


def test_a_stimulus_in_training_and_test_is_refused(linear):
    with pytest.raises(InputError, match="1 of 2 test stimuli of fold 0 are training stimuli too"):
        ridge_folds(linear.K, linear.Y, [(np.arange(10), np.array([9, 10]))], [1.0])


def test_a_penalty_at_the_edge_is_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 20))
    Y = np.column_stack([X[:, 0], rng.normal(size=50), X[:, 1] + rng.normal(size=50)])
    fit = ridge_dual(X @ X.T, Y, np.geomspace(1e-6, 1e6, 13))
    assert fit.alpha[0] == 1e-6  # without noise the least is best
    assert fit.at_edge[0]
    assert not fit.at_edge[2]


def test_scaling_features_changes_nothing_on_the_relative_grid(linear):
    plain = ridge_dual(linear.K, linear.Y, alpha_grid(linear.K)).predict(linear.K_test)
    scaled = ridge_dual(linear.K * 1e12, linear.Y, alpha_grid(linear.K * 1e12))
    np.testing.assert_allclose(scaled.predict(linear.K_test * 1e12), plain, atol=1e-9)


def test_scaling_targets_scales_predictions(linear):
    alphas = alpha_grid(linear.K)
    plain = ridge_dual(linear.K, linear.Y, alphas).predict(linear.K_test)
    scaled = ridge_dual(linear.K, linear.Y * 1e-9, alphas).predict(linear.K_test)
    np.testing.assert_allclose(scaled * 1e9, plain, atol=1e-9)


def test_the_mean_costs_nothing_where_features_are_few():
    """Null directions of a rank-deficient matrix do not mix with that of the mean."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    Y = rng.normal(size=(40, 2)) + 1e4
    predicted = ridge_dual(X @ X.T, Y, [1e-3]).predict(X @ X.T)
    expected = Ridge(alpha=1e-3, solver="svd").fit(X, Y).predict(X)
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)


def test_constant_features_predict_the_mean():
    Y = np.random.default_rng(0).normal(size=(10, 2))
    fit = ridge_dual(np.full((10, 10), 7.0), Y, [1.0])
    np.testing.assert_allclose(fit.predict(np.full((1, 10), 7.0)), Y.mean(axis=0)[None], atol=1e-12)


def test_permuting_stimuli_changes_no_prediction(linear):
    order = np.random.default_rng(5).permutation(linear.K.shape[0])
    permuted = ridge_dual(linear.K[np.ix_(order, order)], linear.Y[order], ALPHAS)
    expected = ridge_dual(linear.K, linear.Y, ALPHAS).predict(linear.K_test)
    np.testing.assert_allclose(permuted.predict(linear.K_test[:, order]), expected, atol=1e-9)


def test_inputs_are_not_modified(linear):
    K, Y = linear.K.copy(), linear.Y.copy()
    ridge_dual(K, Y, ALPHAS)
    ridge_folds(K, Y, [(np.arange(30), np.arange(30, 35))], ALPHAS)
    np.testing.assert_array_equal(K, linear.K)
    np.testing.assert_array_equal(Y, linear.Y)


def test_penalties_must_be_above_zero(linear):
    with pytest.raises(InputError, match=r"penalties from 0.0 to 1.0 .* above 0"):
        ridge_dual(linear.K, linear.Y, [0.0, 1.0])


def test_there_are_99_brainscore_penalties_in_ascending_order():
    assert len(BRAINSCORE_ALPHAS) == 99
    assert (np.diff(BRAINSCORE_ALPHAS) > 0).all()
    assert BRAINSCORE_ALPHAS[:9] == (0.01, 0.1, 0.5, 1.0, 10.0, 32.5, 55.0, 77.5, 100.0)
    assert BRAINSCORE_ALPHAS[9] == 150.0
    assert BRAINSCORE_ALPHAS[-1] == 1e7


def test_the_unit_of_the_grid_is_the_mean_eigenvalue(linear):
    centred = linear.X - linear.X.mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(centred @ centred.T)[1:]
    grid = alpha_grid(linear.K, 5, low=0.1, high=10)
    np.testing.assert_allclose(grid, eigenvalues.mean() * np.geomspace(0.1, 10, 5), rtol=1e-10)
    np.testing.assert_allclose(alpha_grid(linear.K, 1, low=0.1, high=10), grid[2:3], rtol=1e-10)


def test_a_grid_of_constant_features_is_refused():
    with pytest.raises(InputError, match="nothing to fit"):
        alpha_grid(np.zeros((5, 5)))


def test_a_grid_upside_down_is_refused(linear):
    with pytest.raises(InputError, match="ascending order"):
        alpha_grid(linear.K, low=10, high=1)
