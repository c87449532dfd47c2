"""Distances between the response patterns of stimuli, from their Gram matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from cornetkit.errors import unknown_name
from cornetkit.kernels.gram import GramResult, gram

GRAM_METRICS = ("correlation", "euclidean", "cosine")
_FEW_UNITS = 64
# Rows that are worked on at once: they stay in a cache.
_TILE = 64


class PatternRange:
    """Watches features pass by, and notes the stimuli whose pattern is flat.

    A pattern without range has no correlation distance. Its variance cannot say so: after
    rounding it lies above 0.

    Parameters
    ----------
    n : int
        Number of stimuli.

    Attributes
    ----------
    flat : array of shape (n,)
        Whether all units that have passed by are equal.
    first : array of shape (n,)
        The first unit of each stimulus.
    """

    def __init__(self, n: int) -> None:
        self.flat = np.ones(n, dtype=bool)
        self.first: np.ndarray | None = None

    def watch(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Pass blocks (stimulus, unit) on."""
        for block in blocks:
            if block.shape[1]:
                if self.first is None:
                    self.first = block[:, 0].astype(np.float64)
                # A few units settle it for almost all stimuli; only the others are read again.
                for part in (block[:, :_FEW_UNITS], block):
                    rows = np.flatnonzero(self.flat)
                    if rows.size:
                        self.flat[rows] = (part[rows] == self.first[rows, None]).all(axis=1)
            yield block

    def undefined(self, metric: str) -> np.ndarray:
        """Return which stimuli have no distance to any other, shape (n,)."""
        if metric == "correlation" or self.first is None:
            return self.flat
        if metric == "cosine":
            return self.flat & (self.first == 0)
        return np.zeros(len(self.flat), dtype=bool)


def rdm_from_blocks(
    blocks: Iterable[np.ndarray], n: int, metric: str = "correlation", *, dtype: str = "float64"
) -> tuple[np.ndarray, GramResult]:
    """Return the RDM of features that come in blocks of units, read once.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n, b)
        Features, stimulus by unit.
    n : int
        Number of stimuli.
    metric : {"correlation", "euclidean", "cosine"}
        ``correlation``: 1 - Pearson r over units. ``euclidean``: the squared distance divided by
        the number of units. ``cosine``: 1 - cosine of the angle.
    dtype : {"float64", "float32"}
        Of the products within a block.

    Returns
    -------
    rdm : array of shape (n, n)
        Symmetric up to rounding, 0 on the diagonal. NaN for stimuli without a distance: the same
        value in every unit (correlation), 0 in every unit (cosine), and all where no unit varies
        over stimuli.
    gram : GramResult
        What it was computed from.

    Examples
    --------
    >>> rdm, _ = rdm_from_blocks([np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])], 2)
    >>> rdm
    array([[0., 2.],
           [2., 0.]])
    """
    if metric not in GRAM_METRICS:
        raise unknown_name("metric", metric, GRAM_METRICS)
    seen = PatternRange(n)
    result = gram(seen.watch(blocks), n, dtype=dtype)
    return rdm_from_gram(result, metric, seen.undefined(metric)), result


def rdm_from_gram(result: GramResult, metric: str, undefined: np.ndarray) -> np.ndarray:
    """Return the RDM (n, n) that a Gram matrix and the row sums hold.

    Parameters
    ----------
    result : GramResult
        Of the features.
    metric : {"correlation", "euclidean", "cosine"}
        See `rdm_from_blocks`.
    undefined : array of shape (n,)
        Stimuli whose distances are NaN.
    """
    n = len(result.gram)
    rdm = np.full((n, n), np.nan)
    if result.n_units == result.n_constant:
        return rdm
    distances = _Distances(result, metric, undefined)
    for begin in range(0, n, _TILE):
        distances.into(rdm[begin : begin + _TILE], begin, 0)
    np.fill_diagonal(rdm, np.where(undefined, np.nan, 0.0))
    return rdm


def pairs_from_gram(result: GramResult, metric: str, undefined: np.ndarray) -> np.ndarray:
    """Return the upper triangle of `rdm_from_gram`, shape (n (n - 1) / 2,), without the square."""
    n = len(result.gram)
    pairs = np.full(n * (n - 1) // 2, np.nan)
    if result.n_units == result.n_constant:
        return pairs
    distances = _Distances(result, metric, undefined)
    held = np.empty((min(_TILE, n), n))
    end = 0
    for begin in range(0, n, _TILE):
        tile = held[: min(_TILE, n - begin), begin:]
        distances.into(tile, begin, begin)
        for row, of_row in enumerate(tile):
            start, end = end, end + n - 1 - begin - row
            pairs[start:end] = of_row[row + 1 :]
    return pairs


class _Distances:
    """Distances of some rows at a time: in a cache, and without a second matrix.

    Parameters
    ----------
    result, metric, undefined
        See `rdm_from_gram`.
    """

    def __init__(self, result: GramResult, metric: str, undefined: np.ndarray) -> None:
        self._gram, self._metric, self._n_units = result.gram, metric, result.n_units
        square = result.gram.diagonal()
        if metric == "euclidean":
            self._added = square
            return
        self._sums = np.zeros(len(square))
        if metric == "correlation":
            self._sums, self._added = _of_pattern_means(result)
        else:
            self._added = result.mean_products + 0.5 * result.mean_square
        square = self._sums * (self._sums / -self._n_units) + square + self._added + self._added
        square = np.where(undefined | ~(square > 0), np.nan, square)
        self._scale = 1 / np.sqrt(square)

    def into(self, out: np.ndarray, row: int, column: int) -> None:
        """Put those of the rows from `row` on with the columns from `column` on into `out`."""
        rows, columns = slice(row, row + len(out)), slice(column, None)
        if self._metric == "euclidean":
            np.multiply(self._gram[rows, columns], -2.0, out=out)
            out += self._added[rows, None]
            out += self._added[None, columns]
            np.maximum(out, 0, out=out)
            out /= self._n_units
            return
        if self._metric == "correlation":
            np.multiply.outer(self._sums[rows], self._sums[columns] / -self._n_units, out=out)
            out += self._gram[rows, columns]
        else:
            out[:] = self._gram[rows, columns]
        out += self._added[rows, None]
        out += self._added[None, columns]
        out *= self._scale[rows, None]
        out *= self._scale[None, columns]
        np.clip(out, -1, 1, out=out)
        np.subtract(1, out, out=out)


def _of_pattern_means(result: GramResult) -> tuple[np.ndarray, np.ndarray]:
    """Return what turns a Gram matrix into that of features less each stimulus's mean over units.

    Sums s and numbers h, both (n,): the matrix is gram - s s' / units + h 1' + 1 h'. They are
    written with the sums of the features that are centred over stimuli, so that a pattern which
    all stimuli share costs no digits of their differences.
    """
    p = result.n_units
    total = result.row_sums.mean()  # the sum over units of their means
    sums = result.row_sums - total
    shared = result.mean_products - sums * total / p
    return sums, shared + 0.5 * (result.mean_square - total**2 / p)
