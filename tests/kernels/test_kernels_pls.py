"""PLS through the Gram matrix against converged NIPALS and improved-kernel PLS."""

import numpy as np
import pytest
from ikpls.numpy import PLS as IKPLS
from sklearn.cross_decomposition import PLSRegression

from cornetkit.errors import InputError
from cornetkit.kernels.pls import pls_dual, pls_folds, pls_sets
from cornetkit.kernels.pls_separate import pls_separate_dual


def sklearn_predictions(data, n_components):
    model = PLSRegression(n_components=n_components, scale=False, tol=1e-28, max_iter=100_000)
    return model.fit(data.X, data.Y).predict(data.X_test)


@pytest.mark.parametrize("n_components", [1, 3, 12])
def test_predictions_equal_converged_scikit_learn(linear, n_components):
    fit = pls_dual(linear.K, linear.Y, n_components)
    expected = sklearn_predictions(linear, n_components)
    np.testing.assert_allclose(fit.predict(linear.K_test), expected, atol=1e-9)


@pytest.mark.parametrize("n_components", [1, 3, 12])
def test_predictions_equal_improved_kernel_pls(linear, n_components):
    oracle = IKPLS(center_X=True, center_Y=True, scale_X=False, scale_Y=False)
    oracle.fit(linear.X, linear.Y, n_components)
    expected = oracle.predict(linear.X_test, n_components=n_components)
    fit = pls_dual(linear.K, linear.Y, n_components)
    np.testing.assert_allclose(fit.predict(linear.K_test), expected, atol=1e-9)


def test_more_targets_than_stimuli_equal_improved_kernel_pls(linear):
    Y = linear.Y @ np.random.default_rng(0).normal(size=(linear.Y.shape[1], 150))
    Y += np.random.default_rng(1).normal(size=Y.shape)
    oracle = IKPLS(center_X=True, center_Y=True, scale_X=False, scale_Y=False)
    oracle.fit(linear.X, Y, 8)
    fit = pls_dual(linear.K, Y, 8)
    assert fit.loadings.shape == (150, 8)
    expected = oracle.predict(linear.X_test, n_components=8)
    np.testing.assert_allclose(fit.predict(linear.K_test), expected, atol=1e-9)


def test_the_first_components_are_the_fit_with_fewer(linear):
    fit, fewer = pls_dual(linear.K, linear.Y, 9), pls_dual(linear.K, linear.Y, 4)
    np.testing.assert_allclose(fit.weights[:, :4] @ fit.loadings[:, :4].T, fewer.coef, atol=1e-12)


@pytest.mark.parametrize("n_targets", [7, 150])
def test_all_folds_at_once_equal_one_fit_each(linear, n_targets):
    n = linear.K.shape[0]
    Y = np.random.default_rng(2).normal(size=(n, n_targets)) + linear.Y[:, :1]
    trains = [np.setdiff1d(np.arange(n), np.arange(k, n, 5)) for k in range(5)]
    trains.append(np.arange(0, n, 3))  # fewer in than out
    for train, fit in zip(trains, pls_folds(linear.K, Y, trains, 6), strict=True):
        one = pls_dual(linear.K[np.ix_(train, train)], Y[train], 6)
        np.testing.assert_allclose(
            fit.predict(linear.K_test[:, train]), one.predict(linear.K_test[:, train]), atol=1e-9
        )


def test_centring_of_the_matrix_does_not_matter(linear):
    centred = linear.X - linear.X.mean(axis=0)
    centred_test = linear.X_test - linear.X.mean(axis=0)
    fit = pls_dual(centred @ centred.T, linear.Y, 5)
    expected = pls_dual(linear.K, linear.Y, 5).predict(linear.K_test)
    np.testing.assert_allclose(fit.intercept, linear.Y.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(fit.predict(centred_test @ centred.T), expected, atol=1e-9)


@pytest.mark.parametrize(("scale_x", "scale_y"), [(1e-8, 1e6), (1e7, 1e-9)])
def test_scale_changes_neither_components_nor_predictions(linear, scale_x, scale_y):
    plain = pls_dual(linear.K, linear.Y, 10)
    scaled = pls_dual(linear.K * scale_x**2, linear.Y * scale_y, 10)
    assert scaled.n_components == plain.n_components == 10
    np.testing.assert_allclose(
        scaled.predict(linear.K_test * scale_x**2) / scale_y,
        plain.predict(linear.K_test),
        atol=1e-9,
    )


def test_components_stop_at_the_rank_of_the_features():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 6))
    Y = rng.normal(size=(50, 3))
    fit = pls_dual(X @ X.T, Y, 25)
    design = np.column_stack([X, np.ones(50)])
    expected = design @ np.linalg.lstsq(design, Y, rcond=None)[0]
    assert fit.n_components == 6
    np.testing.assert_allclose(fit.predict(X @ X.T), expected, atol=1e-9)


def test_components_stop_when_nothing_is_left_to_explain():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 200))
    Y = np.outer(X @ rng.normal(size=200), [1.0, 2.0])
    K = X @ X.T
    fit = pls_dual(K, Y, 49)
    assert fit.n_components < 49
    np.testing.assert_allclose(fit.predict(K), Y, atol=1e-6)


def test_components_are_fewer_than_stimuli():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 100))
    assert pls_dual(X @ X.T, rng.normal(size=(10, 30)), 25).n_components == 9


def test_constant_targets_and_features_predict_the_mean():
    X = np.random.default_rng(0).normal(size=(10, 20))
    constant = np.full((10, 2), 0.1)
    fit = pls_dual(X @ X.T, constant, 3)
    assert fit.n_components == 0
    np.testing.assert_array_equal(fit.predict(X @ X.T), constant)
    fit = pls_dual(np.zeros((10, 10)), X, 3)
    assert fit.n_components == 0
    np.testing.assert_allclose(fit.predict(np.zeros((1, 10))), X.mean(axis=0)[None], atol=1e-15)


def test_a_constant_target_leaves_the_others_alone(linear):
    with_constant = np.column_stack([linear.Y, np.full(linear.Y.shape[0], 0.1)])
    predicted = pls_dual(linear.K, with_constant, 5).predict(linear.K_test)
    expected = pls_dual(linear.K, linear.Y, 5).predict(linear.K_test)
    np.testing.assert_allclose(predicted[:, :-1], expected, atol=1e-10)
    np.testing.assert_allclose(predicted[:, -1], 0.1, atol=1e-15)


def test_permuting_stimuli_changes_no_prediction(linear):
    order = np.random.default_rng(5).permutation(linear.K.shape[0])
    permuted = pls_dual(linear.K[np.ix_(order, order)], linear.Y[order], 6)
    expected = pls_dual(linear.K, linear.Y, 6).predict(linear.K_test)
    np.testing.assert_allclose(permuted.predict(linear.K_test[:, order]), expected, atol=1e-9)


def test_inputs_are_not_modified(linear):
    K, Y = linear.K.copy(), linear.Y.copy()
    pls_dual(K, Y, 6)
    pls_separate_dual(K, Y, 6)
    np.testing.assert_array_equal(K, linear.K)
    np.testing.assert_array_equal(Y, linear.Y)


@pytest.mark.parametrize("n_components", [1, 5, 12])
def test_separate_fits_equal_a_joint_fit_of_each_target_alone(linear, n_components):
    predicted = pls_separate_dual(linear.K, linear.Y, n_components).predict(linear.K_test)
    for target in range(linear.Y.shape[1]):
        alone = pls_dual(linear.K, linear.Y[:, [target]], n_components).predict(linear.K_test)
        np.testing.assert_allclose(predicted[:, [target]], alone, atol=1e-9)


def test_separate_fits_equal_scikit_learn_on_each_target(linear):
    predicted = pls_separate_dual(linear.K, linear.Y, 5).predict(linear.K_test)
    for target in range(linear.Y.shape[1]):
        alone = linear._replace(Y=linear.Y[:, [target]])
        expected = sklearn_predictions(alone, 5).reshape(-1)
        np.testing.assert_allclose(predicted[:, target], expected, atol=1e-9)


def test_separate_fits_stop_target_by_target():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 4))
    Y = np.column_stack([rng.normal(size=30), np.full(30, 0.1)])
    assert pls_separate_dual(X @ X.T, Y, 10).n_components.tolist() == [4, 0]


def test_missing_targets_are_refused(linear):
    Y = linear.Y.copy()
    Y[0, 1] = np.nan
    with pytest.raises(InputError, match=r"1 of \d targets have missing or infinite responses"):
        pls_dual(linear.K, Y, 3)


def test_a_matrix_that_is_not_square_is_refused(linear):
    with pytest.raises(InputError, match=r"expected \(n, n\), stimulus by stimulus"):
        pls_dual(linear.K[:, :5], linear.Y, 3)


def test_no_components_are_refused(linear):
    with pytest.raises(InputError, match="0 components were asked for"):
        pls_dual(linear.K, linear.Y, 0)
    with pytest.raises(InputError, match="0 components were asked for"):
        pls_separate_dual(linear.K, linear.Y, 0)


def test_sets_of_targets_side_by_side_equal_each_by_itself(monkeypatch):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 70))
    K = X @ X.T
    sets = [rng.normal(size=(40, q)) + X[:, :q] for q in (6, 3, 6, 50, 6)]
    trains = [np.delete(np.arange(40), np.arange(k, 40, 4)) for k in range(4)]
    # Two sets go side by side at most.
    monkeypatch.setattr("cornetkit.kernels.pls._FIT_BYTES", 8 * 8 * 1500)
    found = pls_sets(K, sets, trains, 7)
    for Y, fits in zip(sets, found, strict=True):
        for fit, alone in zip(fits, pls_folds(K, Y, trains, 7), strict=True):
            np.testing.assert_allclose(fit.coef, alone.coef, atol=1e-10)
            np.testing.assert_allclose(fit.intercept, alone.intercept, atol=1e-10)
            assert fit.n_components == alone.n_components


def test_a_set_with_nothing_to_explain_does_not_disturb_another():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(30, 50))
    K, Y = X @ X.T, rng.normal(size=(30, 3))
    trains = [np.arange(20), np.arange(5, 30)]
    nothing, found = pls_sets(K, [np.ones((30, 3)), Y], trains, 4)
    assert [fit.n_components for fit in nothing] == [0, 0]
    for fit, alone in zip(found, pls_folds(K, Y, trains, 4), strict=True):
        np.testing.assert_allclose(fit.coef, alone.coef, atol=1e-12)
