"""Ranks with ties at their average, row by row."""

from __future__ import annotations

import numpy as np


def average_ranks(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Rank each row; equal values share the average of their ranks.

    Parameters
    ----------
    values : array of shape (m, N)
        Without NaN.
    weights : array of shape (N,), optional
        How often each entry counts. The ranks are those that the entry would have in a row in
        which it stood so many times.

    Returns
    -------
    array of shape (m, N), float64
        From 1 to N, or to the sum of the weights.

    Examples
    --------
    >>> average_ranks(np.array([[30.0, 10.0, 30.0]]))
    array([[2.5, 1. , 2.5]])
    """
    values = np.asarray(values)
    ranks = np.empty(values.shape, dtype=np.float64)
    for row, ranked in zip(values, ranks, strict=True):
        order = np.argsort(row)
        ordered = row[order]
        first = np.empty(row.size, dtype=bool)
        first[:1] = True
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        if weights is None and first.all():
            ranked[order] = np.arange(1.0, row.size + 1)
            continue
        starts = np.flatnonzero(first)
        # The weight of all entries up to and with each group of equal ones.
        if weights is None:
            ends = np.append(starts[1:], row.size).astype(np.float64)
        else:
            ends = np.cumsum(np.add.reduceat(weights[order], starts))
        begins = np.concatenate([[0.0], ends[:-1]])
        ranked[order] = np.repeat((begins + ends + 1) / 2, np.diff(np.append(starts, row.size)))
    return ranks
