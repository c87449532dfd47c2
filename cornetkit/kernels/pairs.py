"""Pairs of stimuli: the upper triangle of a square matrix, without its diagonal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cornetkit.errors import InputError


def pair_rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the two stimuli of every pair, row by row of the upper triangle."""
    return np.triu_indices(n, 1)


def condense(square: np.ndarray) -> np.ndarray:
    """Return the upper triangle (..., n (n - 1) / 2) of square matrices (..., n, n).

    The diagonal is no measurement, and the lower triangle is the upper one again: with them,
    unrelated RDMs correlate at .55.
    """
    square = np.asarray(square)
    if square.ndim < 2 or square.shape[-1] != square.shape[-2]:
        raise InputError(f"an array of shape {square.shape} was given; expected (..., n, n)")
    n = square.shape[-1]
    pairs = np.empty((*square.shape[:-2], n * (n - 1) // 2), dtype=square.dtype)
    # Row by row: indices of all pairs would cost more than copying them.
    for row, where in _rows(n):
        pairs[..., where] = square[..., row, row + 1 :]
    return pairs


def expand(pairs: np.ndarray) -> np.ndarray:
    """Return symmetric matrices (..., n, n) with 0 on the diagonal from pairs (..., N)."""
    pairs = np.asarray(pairs)
    n = stimuli_of(pairs.shape[-1])
    square = np.zeros((*pairs.shape[:-1], n, n), dtype=pairs.dtype)
    for row, where in _rows(n):
        square[..., row, row + 1 :] = square[..., row + 1 :, row] = pairs[..., where]
    return square


def _rows(n: int) -> Iterator[tuple[int, slice]]:
    """Yield each row of the upper triangle and the place of its pairs."""
    end = 0
    for row in range(n - 1):
        begin, end = end, end + n - 1 - row
        yield row, slice(begin, end)


def stimuli_of(n_pairs: int) -> int:
    """Return the number of stimuli that have so many pairs."""
    n = round((1 + np.sqrt(1 + 8 * n_pairs)) / 2)
    if n * (n - 1) // 2 != n_pairs or n_pairs < 1:
        raise InputError(
            f"{n_pairs} pairs are not those of any number of stimuli: expected n(n-1)/2"
        )
    return n


def pair_weights(weights: np.ndarray) -> np.ndarray:
    """Return the weight of each pair of stimuli, the product of theirs.

    Parameters
    ----------
    weights : array of shape (n,)
        How often each stimulus was drawn in a bootstrap, or any weights that are not negative. A
        pair of two copies of one stimulus is left out: its distance of 0 is no measurement.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.ndim != 1 or not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError(
            f"weights of shape {weights.shape} were given; expected one finite number of at least "
            "0 for each stimulus"
        )
    rows, columns = pair_rows(len(weights))
    return weights[rows] * weights[columns]
