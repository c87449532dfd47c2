"""Kendall's tau-a between rows."""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau, weightedtau


def kendall_tau_a(A: np.ndarray, B: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return tau-a of every row of `A` with every row of `B`.

    Concordant less discordant pairs of entries, over all pairs of entries: ties count as neither,
    but are not taken out of the denominator as tau-b does.

    Parameters
    ----------
    A, B : arrays of shape (m_a, N), (m_b, N)
        Without NaN.
    weights : array of shape (N,), optional
        How often each entry counts. Copies of an entry are tied with one another.

    Returns
    -------
    array of shape (m_a, m_b)
        NaN where a row is constant.
    """
    if weights is not None:  # an entry that does not count must not enter a sum of ties
        A, B, weights = A[:, weights > 0], B[:, weights > 0], weights[weights > 0]
    codes_a, codes_b = _codes(A), _codes(B)
    total = _pairs_between(weights, A.shape[1])
    tied_a = [_tied(codes, weights) for codes in codes_a]
    tied_b = [_tied(codes, weights) for codes in codes_b]
    # Copies of one entry are pairs too, though none that could be in order.
    size = float(A.shape[1]) if weights is None else float(weights.sum())
    everything = size * (size - 1) / 2
    result = np.full((len(A), len(B)), np.nan)
    for i, x in enumerate(codes_a):
        for j, y in enumerate(codes_b):
            left_a, left_b = total - tied_a[i], total - tied_b[j]
            if not x.any() or not y.any() or everything <= 0:
                continue
            result[i, j] = _tau_b(x, y, weights) * np.sqrt(left_a) * np.sqrt(left_b) / everything
    return np.clip(result, -1, 1)


def _codes(A: np.ndarray) -> list[np.ndarray]:
    return [np.unique(row, return_inverse=True)[1].reshape(-1) for row in A]


def _tau_b(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> float:
    if weights is None:
        # The p value is not used; the asymptotic one is the cheapest.
        return float(kendalltau(x, y, method="asymptotic").statistic)
    listed = weights.tolist()
    found = weightedtau(x, y, rank=np.arange(x.size), weigher=listed.__getitem__, additive=False)
    return float(found.statistic)


def _tied(codes: np.ndarray, weights: np.ndarray | None) -> float:
    """Return the weight of the pairs of different entries with equal values."""
    sums = np.bincount(codes, weights)
    squares = sums if weights is None else np.bincount(codes, weights**2)
    return float(((sums**2 - squares) / 2).sum())


def _pairs_between(weights: np.ndarray | None, n: int) -> float:
    """Return the weight of all pairs of different entries."""
    if weights is None:
        return n * (n - 1) / 2
    return float((weights.sum() ** 2 - (weights**2).sum()) / 2)
