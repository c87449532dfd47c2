"""Distances between the response patterns of stimuli, from their Gram matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from cornetkit.errors import unknown_name
from cornetkit.kernels.gram import GramResult, gram

GRAM_METRICS = ("correlation", "euclidean", "cosine")
_FEW_UNITS = 64


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
    if result.n_units == result.n_constant:
        return np.full((n, n), np.nan)
    # One matrix is worked on in place: with few units its copies would be most of the cost.
    if metric == "euclidean":
        square = result.gram.diagonal().copy()
        rdm = result.gram * -2.0
        rdm += square[:, None]
        rdm += square[None, :]
        np.maximum(rdm, 0, out=rdm)
        rdm /= result.n_units
    else:
        rdm = _patterns_centred(result) if metric == "correlation" else result.uncentred()
        square = np.where(undefined, np.nan, rdm.diagonal())
        scale = 1 / np.sqrt(np.where(square > 0, square, np.nan))
        rdm *= scale[:, None]
        rdm *= scale[None, :]
        np.clip(rdm, -1, 1, out=rdm)
        np.subtract(1, rdm, out=rdm)
    np.fill_diagonal(rdm, np.where(undefined, np.nan, 0.0))
    return rdm


def _patterns_centred(result: GramResult) -> np.ndarray:
    """Return the Gram matrix of features less each stimulus's mean over units.

    Written with the sums of the features that are centred over stimuli, so that a pattern which
    all stimuli share costs no digits of their differences.
    """
    p = result.n_units
    total = result.row_sums.mean()  # the sum over units of their means
    sums = result.row_sums - total
    shared = result.mean_products - sums * total / p
    half = shared + 0.5 * (result.mean_square - total**2 / p)
    centred = np.multiply.outer(sums, sums / -p)
    centred += result.gram
    centred += half[:, None]
    centred += half[None, :]
    return centred
