"""Spearman's correlation of RDMs in every bootstrap resample, from one sort of each RDM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.kernels.pairs import pair_rows
from cornetkit.kernels.threads import each_side_by_side

_MIN_PAIRS = 3
# Sums of counts up to which twice a rank is a whole number of 32 bits.
_MOST = 2**29


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
    both = [_Sorted.of(row[valid]) for row in (*A, *B)]

    def compare(draw: np.ndarray) -> np.ndarray:
        weights = draw[rows].astype(np.float64) * draw[columns]
        if np.count_nonzero(weights) < _MIN_PAIRS:
            return np.full((len(A), len(B)), np.nan)
        small = draw.dtype.kind in "iub" and weights.sum() < _MOST
        whole = weights.astype(np.int32) if small else weights
        ranks = np.empty((len(both), len(weights)))
        weighted = np.empty((len(A), len(weights)))
        square = np.empty(len(both))
        for k, (order, out) in enumerate(zip(both, ranks, strict=True)):
            order.twice_ranks(whole, out)
            product = np.multiply(out, weights, out=weighted[k] if k < len(A) else None)
            square[k] = product @ out
        # Tied throughout: ranks are sums of whole numbers, so that this is exact.
        length = np.sqrt(np.where(square > 0, square, np.nan))
        first, second = length[: len(A), None], length[None, len(A) :]
        return np.asarray(weighted @ ranks[len(A) :].T / first / second)

    found = each_side_by_side(compare, list(counts))
    return np.clip(np.reshape(found, (len(counts), len(A), len(B))), -1, 1)


@dataclass(frozen=True)
class _Sorted:
    """The order of the pairs in one RDM, and where groups of equal distances begin and end."""

    order: np.ndarray
    low: np.ndarray | None
    high: np.ndarray | None

    @classmethod
    def of(cls, row: np.ndarray) -> _Sorted:
        order = np.argsort(row)
        ordered = row[order]
        first = np.append(True, ordered[1:] != ordered[:-1])
        if first.all():
            return cls(order, None, None)
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], len(row))
        low, high = np.empty((2, len(row)), dtype=np.intp)
        low[order] = np.repeat(starts, ends - starts)
        high[order] = np.repeat(ends, ends - starts)
        return cls(order, low, high)

    def twice_ranks(self, weights: np.ndarray, out: np.ndarray) -> None:
        """Put twice the rank of every pair, less twice the mean rank, into `out`."""
        ordered = np.take(weights, self.order)
        upto = np.cumsum(ordered, dtype=weights.dtype)
        total = upto[-1]
        if self.low is None or self.high is None:  # no ties: a rank ends where its pair does
            upto *= 2
            upto -= ordered
            out[self.order] = upto
        else:
            before = np.append(0, upto)
            out[:] = before[self.high] + before[self.low]
        out -= total
