"""The inverse that ridge over folds is made from, by factors and by eigenvectors."""

import numpy as np
import pytest
from scipy.linalg import null_space

from cornetkit.kernels import ridge_folds as folds_module
from cornetkit.kernels import ridge_inverse as module
from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.kernels.ridge_inverse import RidgeInverse


def away_from_the_mean(K, alpha):
    """Return the inverse by numpy, in a basis of what is orthogonal to the mean."""
    Q = null_space(np.ones((1, len(K))))
    return Q @ np.linalg.inv(Q.T @ K @ Q + alpha * np.eye(len(K) - 1)) @ Q.T


@pytest.fixture(params=["factor", "eigenvectors"])
def route(request, monkeypatch):
    if request.param == "eigenvectors":
        monkeypatch.setattr(module, "_LEAST_SHARE", np.inf)
    return request.param


@pytest.mark.parametrize("share", [1e-5, 1e-2, 1.0, 100.0])
def test_it_is_the_inverse_on_what_is_orthogonal_to_the_mean(linear, route, share):
    alpha = share * np.trace(linear.K) / len(linear.K)
    expected = away_from_the_mean(linear.K, alpha)
    found = RidgeInverse(linear.K).at(alpha)
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found.sum(axis=0), 0, atol=1e-9 * np.abs(expected).max())


def test_small_penalties_go_by_eigenvectors(linear, monkeypatch):
    asked = []
    original = module.centred_spectrum
    monkeypatch.setattr(module, "centred_spectrum", lambda K: asked.append(1) or original(K))
    inverse = RidgeInverse(linear.K)
    scale = np.linalg.norm(linear.K)
    inverse.at(1e-3 * scale)
    assert not asked
    for share in (1e-9, 1e-12):
        inverse.at(share * scale)
    assert len(asked) == 1


def test_constant_features_leave_the_penalty_alone():
    found = RidgeInverse(np.full((6, 6), 3.0)).at(0.5)
    np.testing.assert_allclose(found, 2 * (np.eye(6) - 1 / 6), atol=1e-14)


def test_the_matrix_is_not_modified_and_results_are_kept_apart(linear):
    before = linear.K.copy()
    inverse = RidgeInverse(linear.K)
    first = inverse.at(3.0)
    again = first.copy()
    inverse.at(30.0)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(linear.K, before)


@pytest.mark.parametrize("alphas", [[1e-9, 1e-6, 1e-3], np.geomspace(1e-10, 1e4, 15)], ids=len)
def test_an_error_of_rounding_size_is_summed_up_without_cancelling(alphas, route):
    """Noise-free training stimuli beside left-out ones that are far off."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 5))
    Y = X @ rng.standard_normal((5, 3))
    Y[20:] += 1e3 * rng.standard_normal((10, 3))
    train, test = np.arange(20), np.arange(20, 30)
    K = X @ X.T
    found = ridge_folds(K, Y, [(train, test)], alphas)
    one = ridge_dual(K[np.ix_(train, train)], Y[train], alphas)
    np.testing.assert_array_equal(found.alpha[0], one.alpha)
    np.testing.assert_allclose(
        found.predictions[0], one.predict(K[np.ix_(test, train)]), rtol=1e-8, atol=1e-8
    )


def test_errors_are_the_same_multiplied_out_or_from_residuals(linear, monkeypatch):
    n = len(linear.K)
    folds = [(np.setdiff1d(np.arange(n), part), part) for part in np.array_split(np.arange(n), 4)]
    alphas = np.geomspace(1e-2, 1e3, 9)
    out = ridge_folds(linear.K, linear.Y, folds, alphas)
    monkeypatch.setattr(folds_module, "_CANCELLED", np.inf)
    direct = ridge_folds(linear.K, linear.Y, folds, alphas)
    np.testing.assert_array_equal(out.alpha, direct.alpha)
    for one, other in zip(out.predictions, direct.predictions, strict=True):
        np.testing.assert_array_equal(one, other)
