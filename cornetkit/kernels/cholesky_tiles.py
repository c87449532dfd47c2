"""A Cholesky factor of a large matrix inside of it, tile by tile.

OpenBLAS's own factor (potrf), as its product of one triangle (syrk), ends the process with a
segmentation fault beyond some 13,000 rows on two threads. Products of rectangular tiles do not, and
nearly all of the work is in them.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

_TILE = 1024


def factor_upper(K: np.ndarray, tile: int = _TILE) -> bool:
    """Write U into the upper triangle of `K` (n, n), with ``K = U' U``; the lower one stays.

    Parameters
    ----------
    K : array of shape (n, n)
        Its upper triangle and diagonal are read, and written over.
    tile : int
        Rows that are eliminated at once.

    Returns
    -------
    bool
        Whether `K` is positive definite up to rounding; if not, what is there is no factor.
    """
    n = len(K)
    for begin in range(0, n, tile):
        end = min(begin + tile, n)
        corner = np.triu(K[begin:end, begin:end])
        try:
            L = np.linalg.cholesky(corner + np.triu(corner, 1).T)
        except np.linalg.LinAlgError:
            return False
        _write_upper(K[begin:end, begin:end], L.T)
        for left in range(end, n, 4 * tile):
            here = K[begin:end, left : left + 4 * tile]
            here[:] = solve_triangular(L, here, lower=True, check_finite=False)
        for left in range(end, n, tile):
            right = min(left + tile, n)
            rows = K[begin:end, left:right].T
            diagonal = K[left:right, left:right]
            _write_upper(diagonal, diagonal - rows @ K[begin:end, left:right])
            if right < n:
                K[left:right, right:] -= rows @ K[begin:end, right:]
    return True


def solve_factored(U: np.ndarray, B: np.ndarray, tile: int = _TILE) -> np.ndarray:
    """Return ``(U' U)^-1 B`` of shape (n, m) for a factor in the upper triangle of `U` (n, n)."""
    n = len(U)
    X = np.array(B, dtype=np.float64)
    starts = range(0, n, tile)
    for begin in starts:
        end = min(begin + tile, n)
        corner = np.triu(U[begin:end, begin:end])
        if begin:
            X[begin:end] -= U[:begin, begin:end].T @ X[:begin]
        X[begin:end] = solve_triangular(corner, X[begin:end], trans="T", check_finite=False)
    for begin in reversed(starts):
        end = min(begin + tile, n)
        corner = np.triu(U[begin:end, begin:end])
        if end < n:
            X[begin:end] -= U[begin:end, end:] @ X[end:]
        X[begin:end] = solve_triangular(corner, X[begin:end], check_finite=False)
    return X


def _write_upper(target: np.ndarray, values: np.ndarray) -> None:
    """Copy the upper triangle and the diagonal of `values`; the rest of `target` stays."""
    target[:] = np.tril(target, -1) + np.triu(values)
