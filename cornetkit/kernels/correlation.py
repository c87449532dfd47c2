"""Pearson correlation, column by column."""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError


def pearson_columns(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Correlate each column of `A` with the same column of `B`.

    Parameters
    ----------
    A, B : arrays of shape (n, q)
        Stimulus by target, say predictions and responses. Rows where either is NaN are left
        out of that column.

    Returns
    -------
    array of shape (q,)
        Signed r; NaN where fewer than 3 rows remain or either column is constant. Constant is
        decided by range: rounding leaves many constant columns a standard deviation above 0.

    Raises
    ------
    InputError
        If the shapes differ.
    """
    A, B = np.asarray(A, dtype=np.float64), np.asarray(B, dtype=np.float64)
    if A.ndim != 2 or A.shape != B.shape:
        raise InputError(
            f"arrays of shapes {A.shape} and {B.shape} were given; expected twice the same (n, q)"
        )
    if A.shape[0] < 3:
        return np.full(A.shape[1], np.nan)
    r = _pearson(A, B)
    for column in np.flatnonzero(np.isnan(r)):
        valid = ~(np.isnan(A[:, column]) | np.isnan(B[:, column]))
        if not valid.all() and valid.sum() >= 3:
            r[column] = _pearson(A[valid, column, None], B[valid, column, None])[0]
    return r


def _pearson(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Correlate columns; NaN where a column has a NaN, an infinity or no range."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        A, B = _unit_columns(A), _unit_columns(B)
        return np.einsum("nq,nq->q", A, B)


def _unit_columns(A: np.ndarray) -> np.ndarray:
    span = A.max(axis=0) - A.min(axis=0)
    # Dividing by the range first keeps squares of very small or large responses representable.
    A = (A - A.mean(axis=0)) / np.where(span > 0, span, np.nan)
    return A / np.sqrt(np.einsum("nq,nq->q", A, A))
