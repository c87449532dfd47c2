"""Ridge of few features and very many targets against ridge through the features."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.primal import ridge_primal
from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.ridge_large import ComponentRidge
from cornetkit.kernels.sketch import sketch

N, K, Q = 80, 12, 9
FOLD = np.arange(10, N), np.arange(10)
ALPHAS = np.geomspace(1e-2, 1e3, 9)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, K)) * np.arange(1, K + 1) ** -1.0 + 3
    Y = X @ rng.normal(size=(K, Q)) + rng.normal(size=(N, Q)) * np.arange(1, Q + 1) + 5
    return X, Y


@pytest.mark.parametrize("per_target", [True, False])
def test_it_equals_ridge_through_the_features(data, per_target):
    X, Y = data
    train, test = FOLD
    found = ComponentRidge(X, FOLD).predict(Y, ALPHAS, per_target=per_target)
    expected = ridge_primal(X[train], Y[train], ALPHAS, per_target=per_target)
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    np.testing.assert_array_equal(found.at_edge, expected.at_edge)
    np.testing.assert_allclose(found.loo_mse, expected.loo_mse, rtol=1e-10)
    np.testing.assert_allclose(found.predictions, expected.predict(X[test]), atol=1e-10)


def test_some_left_out_stimuli_estimate_the_error_over_all(data):
    X, Y = data
    train, _ = FOLD
    some = ComponentRidge(X, FOLD, n_left_out=30, rng=1).predict(Y, ALPHAS)
    drawn = np.sort(np.random.default_rng(1).choice(len(train), 30, replace=False))
    for i in (0, 5):
        residual = [
            Y[train[row]]
            - ridge_primal(
                np.delete(X[train], row, axis=0), np.delete(Y[train], row, axis=0), [ALPHAS[i]]
            ).predict(X[train[row], None])[0]
            for row in drawn
        ]
        np.testing.assert_allclose(some.loo_mse[i], np.mean(np.square(residual), axis=0))


def test_targets_worked_in_parts_give_the_same(data, monkeypatch):
    X, Y = data
    whole = ComponentRidge(X, FOLD).predict(Y, ALPHAS)
    monkeypatch.setattr("cornetkit.kernels.ridge_large._TARGETS", 4)
    parts = ComponentRidge(X, FOLD).predict(Y, ALPHAS)
    np.testing.assert_allclose(parts.predictions, whole.predictions, atol=1e-12)


def test_on_all_components_of_a_sketch_it_equals_the_dual_form():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(N, 200))
    Y = X @ rng.normal(size=(200, Q)) + rng.normal(size=(N, Q))
    train, test = FOLD
    features = sketch(lambda: iter([X]), N, train, N).features
    found = ComponentRidge(features, FOLD).predict(Y, ALPHAS)
    K = X @ X.T
    expected = ridge_dual(K[np.ix_(train, train)], Y[train], ALPHAS)
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    np.testing.assert_allclose(
        found.predictions, expected.predict(K[np.ix_(test, train)]), atol=1e-8
    )


def test_features_without_extent_predict_the_mean(data):
    _, Y = data
    found = ComponentRidge(np.zeros((N, 3)), FOLD).predict(Y, ALPHAS)
    np.testing.assert_allclose(found.predictions, np.tile(Y[FOLD[0]].mean(axis=0), (10, 1)))


def test_single_precision_targets_are_taken_and_not_modified(data):
    X, Y = data
    single = Y.astype(np.float32)
    before = single.copy()
    found = ComponentRidge(X, FOLD).predict(single, ALPHAS).predictions
    np.testing.assert_allclose(found, ComponentRidge(X, FOLD).predict(Y, ALPHAS).predictions, 1e-4)
    np.testing.assert_array_equal(single, before)


def test_wrong_arguments_are_refused(data):
    X, Y = data
    with pytest.raises(InputError, match=r"features of shape \(80,\) were given"):
        ComponentRidge(X[:, 0], FOLD)
    with pytest.raises(InputError, match="0 stimuli were to be left out; expected at least 1"):
        ComponentRidge(X, FOLD, n_left_out=0)
    with pytest.raises(InputError, match=r"targets of shape \(79, 9\) were given; expected \(80"):
        ComponentRidge(X, FOLD).predict(Y[:-1], ALPHAS)
    with pytest.raises(InputError, match="1 of 9 targets have missing or infinite responses"):
        ComponentRidge(X, FOLD).predict(np.where(np.arange(Q) == 2, np.nan, Y), ALPHAS)
