"""Object solution times of two sides compared, with what the comparison leaves out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from ..kernels.resampling import interval
from .first_passage import FIRST, SOLVED, UNDEFINED

# A rank correlation over fewer images is not one.
_MIN_IMAGES = 3


class Summary(NamedTuple):
    """What is said of solution times; shares are of the images that have a threshold."""

    solved: float
    at_first: float
    tied: float
    n_distinct: float


class Agreement(NamedTuple):
    """Rank correlation with another side, over the images that both solve, and over all."""

    spearman: float
    low: float
    high: float
    n_compared: int
    spearman_all: float


def summarise(time: np.ndarray, status: np.ndarray) -> Summary:
    """Return shares of images solved, of solved ones at the first time, and of tied ones.

    Parameters
    ----------
    time, status
        From `first_passage`, any shape.
    """
    known = status != UNDEFINED
    solved = (status == SOLVED) | (status == FIRST)
    if not known.any():
        return Summary(np.nan, np.nan, np.nan, np.nan)
    _, counts = np.unique(time[solved], return_counts=True)
    n = int(solved.sum())
    tied = float(counts[counts > 1].sum() / n) if n else np.nan
    first = float((status == FIRST).sum() / n) if n else np.nan
    return Summary(n / int(known.sum()), first, tied, float(len(counts)))


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Spearman's rho over the last axis; NaN where a side does not vary."""
    one, other = (rankdata(side, axis=-1) for side in (first, second))
    one -= one.mean(axis=-1, keepdims=True)
    other -= other.mean(axis=-1, keepdims=True)
    length = np.sqrt((one**2).sum(axis=-1) * (other**2).sum(axis=-1))
    product = (one * other).sum(axis=-1)
    return np.divide(product, length, out=np.full(np.shape(product), np.nan), where=length > 1e-9)


def agree(
    time: np.ndarray,
    status: np.ndarray,
    reference: np.ndarray,
    n_bootstraps: int,
    rng: np.random.Generator,
) -> Agreement:
    """Compare with reference times, NaN where the other side never solves an image.

    Which images both sides solve depends on the model; so the correlation over all images goes
    along, with those that a side never solves last of all on that side.
    """
    known = status != UNDEFINED
    both = known & ~np.isnan(time) & ~np.isnan(reference)
    n = int(both.sum())
    late = [np.where(np.isnan(side), np.inf, side)[known] for side in (time, reference)]
    over_all = float(spearman(*late)) if known.sum() >= _MIN_IMAGES else np.nan
    if n < _MIN_IMAGES:
        return Agreement(np.nan, np.nan, np.nan, n, over_all)
    a, b = time[both], reference[both]
    rho = float(spearman(a, b))
    if not n_bootstraps or np.isnan(rho):
        return Agreement(rho, np.nan, np.nan, n, over_all)
    drawn = rng.integers(n, size=(n_bootstraps, n))
    low, high = interval(spearman(a[drawn], b[drawn]))
    return Agreement(rho, float(low), float(high), n, over_all)
