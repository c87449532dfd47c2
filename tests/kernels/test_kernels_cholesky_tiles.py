"""The factor in tiles is that of LAPACK, and leaves the lower triangle alone."""

import numpy as np
import pytest
from scipy.linalg import cho_solve, cholesky

from cornetkit.kernels.cholesky_tiles import factor_upper, solve_factored


@pytest.fixture
def K():
    X = np.random.default_rng(0).standard_normal((50, 60))
    return X @ X.T


@pytest.mark.parametrize("tile", [7, 16, 50, 64])
def test_factor_and_solution_are_lapacks(K, tile):
    inside = K.copy()
    assert factor_upper(inside, tile)
    expected = cholesky(K)
    np.testing.assert_allclose(np.triu(inside), expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(np.tril(inside, -1), np.tril(K, -1))
    B = np.random.default_rng(1).standard_normal((50, 3))
    found = solve_factored(inside, B, tile)
    np.testing.assert_allclose(found, cho_solve((expected, False), B), rtol=1e-8, atol=1e-10)


def test_what_is_not_positive_definite_is_said(K):
    K[30, 30] = -1.0
    assert not factor_upper(K, 16)
