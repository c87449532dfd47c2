"""What every kernel asks of the arrays it is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, as_float64, namespace


def check_kernel(K: Array) -> Array:
    """Return `K` as a float64 array of shape (n, n), or raise InputError."""
    K = as_float64(K)
    xp = namespace(K)
    if K.ndim != 2 or K.shape[0] != K.shape[1]:
        raise InputError(
            f"a Gram matrix of shape {tuple(K.shape)} was given; expected (n, n), stimulus by "
            "stimulus"
        )
    if K.shape[0] < 2:
        raise InputError(f"{K.shape[0]} stimuli cannot be fitted; give at least 2")
    if not xp.all(xp.isfinite(K)):
        bad = int(xp.sum(xp.any(~xp.isfinite(K), axis=1)))
        raise InputError(
            f"the Gram matrix is not finite in {bad} of {K.shape[0]} rows; "
            "leave out those stimuli, or mend the features"
        )
    return K


def check_targets(Y: Array, n: int, like: Array | None = None) -> Array:
    """Return `Y` as a float64 array of shape (n, q) where `like` is, or raise InputError."""
    Y = as_float64(Y, like)
    xp = namespace(Y)
    if Y.ndim != 2 or Y.shape[0] != n:
        raise InputError(
            f"targets of shape {tuple(Y.shape)} were given; expected ({n}, q), one row each"
        )
    if not xp.all(xp.isfinite(Y)):
        bad = int(xp.sum(xp.any(~xp.isfinite(Y), axis=0)))
        raise InputError(
            f"{bad} of {Y.shape[1]} targets have missing or infinite responses; "
            "fit those on the stimuli they have"
        )
    return Y


def check_rows(rows: np.ndarray | Sequence[int], n: int, least: int = 1) -> np.ndarray:
    """Return `rows` (indices, or a mask of length n) as unique indices below `n`."""
    rows = np.asarray(rows)
    if rows.dtype == bool:
        if rows.shape != (n,):
            raise InputError(f"a mask of shape {rows.shape} was given for {n} stimuli")
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise InputError(
            f"rows of dtype {rows.dtype}, shape {rows.shape} were given; "
            "expected one-dimensional indices of stimuli, or a mask"
        )
    if rows.size < least:
        raise InputError(f"{rows.size} stimuli in a part of a split; expected at least {least}")
    rows = rows.astype(np.intp)
    if rows.size and (rows.min() < 0 or rows.max() >= n):
        raise InputError(f"rows {rows.min()} to {rows.max()} were given for {n} stimuli")
    if np.unique(rows).size != rows.size:
        raise InputError("a stimulus stands twice in one part of a split; give each row once")
    return rows


def centre_targets(Y: Array) -> tuple[Array, Array]:
    """Return `Y` (n, q) less its column means, and the means (q,).

    Columns that are constant by range become exactly 0: a mean that rounds would leave a
    response of about 1e-16, which a scale-free method can take for signal.
    """
    xp = namespace(Y)
    mean = xp.mean(Y, axis=0)
    centred = Y - mean
    constant = xp.min(Y, axis=0) == xp.max(Y, axis=0)
    if xp.any(constant):
        centred[:, constant] = 0.0
        mean[constant] = Y[0, constant]
    return centred, mean


def check_folds(
    folds: Sequence[tuple[np.ndarray, np.ndarray]], n: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return pairs (train, test) as indices, or raise InputError where the two share a row."""
    checked = []
    for number, (train, test) in enumerate(folds):
        train, test = check_rows(train, n, least=2), check_rows(test, n)
        shared = int(np.isin(test, train).sum())
        if shared:
            raise InputError(
                f"{shared} of {test.size} test stimuli of fold {number} are training stimuli too; "
                "split by stimulus"
            )
        checked.append((train, test))
    return checked
