"""The inverse of a centred Gram matrix and a penalty, against eigenvectors."""

import numpy as np
import pytest

from cornetkit.kernels.leading import Leading
from cornetkit.kernels.shifted_inverse import ShiftedInverse


def gram_of(n, units, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, units)) + 2
    return X @ X.T


def by_eigenvectors(K, alpha):
    n = len(K)
    H = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(H @ K @ H + 1e9 * (np.eye(n) - H))
    values, vectors = values[:-1], vectors[:, :-1]  # without the mean
    return vectors @ np.diag(1 / (np.clip(values, 0, None) + alpha)) @ vectors.T


@pytest.mark.parametrize("units", [200, 20])
@pytest.mark.parametrize("alpha", [0.1, 30.0])
def test_it_is_the_inverse_on_what_is_orthogonal_to_the_mean(units, alpha):
    K = gram_of(40, units)
    np.testing.assert_allclose(
        ShiftedInverse(K).at(alpha), by_eigenvectors(K, alpha), atol=1e-8 / alpha
    )


def test_a_penalty_in_the_rounding_goes_by_the_eigenvalues():
    K = gram_of(40, 20)
    alpha = 1e-13 * K.trace()
    found, expected = ShiftedInverse(K).at(alpha), by_eigenvectors(K, alpha)
    np.testing.assert_allclose(alpha * found, alpha * expected, atol=1e-2)


def test_penalties_follow_one_another():
    K = gram_of(40, 100)
    inverse = ShiftedInverse(K)
    for alpha in (3.0, 0.5, 3.0):
        np.testing.assert_allclose(inverse.at(alpha), ShiftedInverse(K).at(alpha), atol=1e-15)


def test_more_stimuli_than_a_tile_are_mirrored_whole():
    K = gram_of(600, 300)
    found = ShiftedInverse(K).at(5.0)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found.sum(axis=0), 0, atol=1e-10)


def test_the_matrix_is_not_modified():
    K = gram_of(30, 50)
    before = K.copy()
    ShiftedInverse(K).at(1.0)
    np.testing.assert_array_equal(K, before)


@pytest.mark.parametrize("q", [8, 60, 300])
def test_a_leading_vector_is_that_of_all_eigenvectors(q):
    X = np.random.default_rng(0).normal(size=(3, q, 2 * q))
    S = X @ X.transpose(0, 2, 1)
    found = Leading().of(S, np.ones(3, bool))
    expected = np.linalg.eigh(S)[1][..., -1]
    np.testing.assert_allclose(np.abs(np.sum(found * expected, axis=1)), 1, atol=1e-12)
