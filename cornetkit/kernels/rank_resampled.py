"""Spearman's correlation of RDMs in every bootstrap resample, from one sort of each RDM."""

from __future__ import annotations

import numpy as np

from cornetkit.kernels.pairs import pair_rows

_MIN_PAIRS = 3


def compare_ranks(
    A: np.ndarray, B: np.ndarray, metric: str, counts: np.ndarray, valid: np.ndarray
) -> np.ndarray:
    """Return Spearman's correlation of RDMs in every resample, shape (R, m_a, m_b).

    Parameters
    ----------
    A, B : arrays of shape (m_a, N), (m_b, N)
        Condensed RDMs.
    metric : {"spearman"}
        Taken to be called like `compare_moments`.
    counts : int array of shape (R, n)
        How often each stimulus stands in a resample.
    valid : bool array of shape (N,)
        Pairs that all of these RDMs have.

    Notes
    -----
    The order of the pairs is the same in every resample; only how often each counts changes. The
    rank of a pair is the sum of the counts before it in the order, so that a resample costs a
    running sum and no sort.
    """
    rows, columns = (index[valid] for index in pair_rows(counts.shape[1]))
    both = np.concatenate([A, B])[:, valid]
    order, low, high = _sorted(both)
    m, n_pairs = both.shape
    found = np.full((len(counts), len(A), len(B)), np.nan)
    before = np.zeros((m, n_pairs + 1))
    ranks, lower = np.empty((m, n_pairs)), np.empty((m, n_pairs))
    for weights_of_stimuli, out in zip(counts, found, strict=True):
        weights = (weights_of_stimuli[rows] * weights_of_stimuli[columns]).astype(np.float64)
        if np.count_nonzero(weights) < _MIN_PAIRS:
            continue
        total = weights.sum()
        for i in range(m):
            np.cumsum(weights[order[i]], out=before[i, 1:])
            np.take(before[i], high[i], out=ranks[i], mode="clip")
            np.take(before[i], low[i], out=lower[i], mode="clip")
        ranks += lower
        ranks -= total  # twice the rank less twice the mean rank
        weighted = np.multiply(ranks, weights, out=lower)
        square = np.einsum("mn,mn->m", weighted, ranks)
        # Tied throughout: ranks are sums of whole numbers, so that this is exact.
        length = np.sqrt(np.where(square > 0, square, np.nan))
        first, second = length[: len(A), None], length[None, len(A) :]
        out[:] = weighted[: len(A)] @ ranks[len(A) :].T / first / second
    return np.clip(found, -1, 1)


def _sorted(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the order of each row, and where its group of equal values begins and ends."""
    m, n_pairs = X.shape
    order = np.argsort(X, axis=1)
    low, high = np.empty((2, m, n_pairs), dtype=np.intp)
    for i in range(m):
        ordered = X[i, order[i]]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        ends = np.append(starts[1:], n_pairs)
        low[i, order[i]] = np.repeat(starts, ends - starts)
        high[i, order[i]] = np.repeat(ends, ends - starts)
    return order, low, high
