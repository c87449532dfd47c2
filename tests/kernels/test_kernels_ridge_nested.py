"""Ridge with the errors inside of training: against the other engine and a naive loop."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from cornetkit.errors import InputError
from cornetkit.kernels import ridge_nested as module
from cornetkit.kernels.alphas import alpha_grid
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.kernels.ridge_nested import ridge_nested


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((60, 12)) * np.arange(1, 13) ** -0.5
    X = latent @ rng.standard_normal((12, 80)) + 0.3 * rng.standard_normal((60, 80))
    Y = latent @ rng.standard_normal((12, 9)) + 0.8 * rng.standard_normal((60, 9)) + 4
    order = rng.permutation(60)
    folds = [(np.setdiff1d(order, part), np.sort(part)) for part in np.array_split(order, 4)]
    return X, Y, folds


def test_predictions_and_penalties_are_those_of_ridge_folds(data):
    X, Y, folds = data
    K = X @ X.T
    found, expected = (f(K, Y, folds, alpha_grid(K)) for f in (ridge_nested, ridge_folds))
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    np.testing.assert_array_equal(found.at_edge, expected.at_edge)
    for ours, theirs in zip(found.predictions, expected.predictions, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.parametrize("few", [0, np.inf], ids=["coarse to fine", "every penalty"])
def test_every_fold_is_that_of_scikit_learn(data, monkeypatch, few):
    X, Y, folds = data
    alphas = alpha_grid(X @ X.T)
    monkeypatch.setattr(module, "_FEW", few)
    found = ridge_nested(X @ X.T, Y, folds, alphas)
    for k, (train, test) in enumerate(folds):
        model = RidgeCV(alphas, alpha_per_target=True).fit(X[train], Y[train])
        np.testing.assert_allclose(found.alpha[k], model.alpha_, rtol=1e-12)
        np.testing.assert_allclose(found.predictions[k], model.predict(X[test]), atol=1e-10)


def test_coarse_to_fine_finds_the_same_where_the_error_falls_and_rises_once(data, monkeypatch):
    X, Y, folds = data
    K = X @ X.T
    every = ridge_nested(K, Y, folds, alpha_grid(K))
    monkeypatch.setattr(module, "_FEW", 0)
    coarse = ridge_nested(K, Y, folds, alpha_grid(K))
    np.testing.assert_array_equal(coarse.alpha, every.alpha)
    np.testing.assert_allclose(coarse.loo_mse, every.loo_mse, rtol=1e-5)  # single precision
    for ours, theirs in zip(coarse.predictions, every.predictions, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)  # double precision


def test_left_out_predictions_in_single_precision_are_as_good(data, monkeypatch):
    X, Y, folds = data
    K = X @ X.T
    every = ridge_nested(K, Y, folds, [0.1, 3.0, 40.0], keep=[2, 7])
    monkeypatch.setattr(module, "_FEW", 0)
    coarse = ridge_nested(K, Y, folds, [0.1, 3.0, 40.0], keep=[2, 7])
    for ours, theirs in zip(coarse.left_out, every.left_out, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("few", [0, np.inf])
def test_errors_that_cancel_keep_their_digits(data, monkeypatch, few):
    """Half of the stimuli held out, and targets that are predicted all but exactly."""
    X, _, _ = data
    Y = X[:, :3] @ np.ones((3, 2)) + 1e-4 * X[:, 3:5]
    folds = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    monkeypatch.setattr(module, "_FEW", few)
    found = ridge_nested(X @ X.T, Y, folds, [1e-3])
    for (train, _), mse in zip(folds, found.loo_mse, strict=True):
        left = [
            Ridge(alpha=1e-3).fit(X[rest], Y[rest]).predict(X[[row]])[0] - Y[row]
            for row in train for rest in [train[train != row]]
        ]  # fmt: skip
        np.testing.assert_allclose(mse, np.mean(np.square(left), axis=0), rtol=1e-4)


def test_chunks_of_targets_change_nothing(data, monkeypatch):
    X, Y, folds = data
    Y = np.tile(Y, (1, 20))
    whole = ridge_nested(X @ X.T, Y, folds, [0.1, 3.0, 40.0])
    monkeypatch.setattr(module, "_CHUNK_ELEMENTS", 1)
    parts = ridge_nested(X @ X.T, Y, folds, [0.1, 3.0, 40.0])
    np.testing.assert_array_equal(parts.alpha, whole.alpha)
    np.testing.assert_allclose(parts.loo_mse, whole.loo_mse, rtol=1e-12)


def test_left_out_predictions_are_those_of_refitting(data):
    X, Y, folds = data
    found = ridge_nested(X @ X.T, Y, folds, [3.0], keep=[1, 5])
    train = folds[2][0]
    for position in (0, 7, 20):
        others = np.delete(train, position)
        model = Ridge(alpha=3.0).fit(X[others], Y[others][:, [1, 5]])
        expected = model.predict(X[train[[position]]])[0]
        np.testing.assert_allclose(found.left_out[2][position], expected, rtol=1e-8)
    errors = (found.left_out[2] - Y[train][:, [1, 5]]) ** 2
    np.testing.assert_allclose(found.loo_mse[2, [1, 5]], errors.mean(axis=0), rtol=1e-10)


def test_inputs_are_not_modified(data):
    X, Y, folds = data
    K = X @ X.T
    before = K.copy(), Y.copy()
    ridge_nested(K, Y, folds, alpha_grid(K), keep=[0])
    np.testing.assert_array_equal(K, before[0])
    np.testing.assert_array_equal(Y, before[1])


def test_a_missing_response_is_refused(data):
    X, Y, folds = data
    with pytest.raises(InputError, match="1 of 9 targets have missing"):
        ridge_nested(X @ X.T, np.where(np.arange(9) == 3, np.nan, Y), folds, [1.0])
