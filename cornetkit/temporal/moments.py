"""Products of population states at all pairs of times, free of noise where they were repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.half_means import half_means
from ..neural import repetitions_array
from .given import Course, Given, whole_neuroids


@dataclass(frozen=True)
class Moments:
    """What the course of a population follows from; per unit, so that sizes do not matter.

    Parameters
    ----------
    products
        Mean over stimuli and units of the states at t times those at t', shape (time, time).
    covariances
        The same of states less their mean over stimuli at each time.
    dimensions
        Participation ratio over stimuli, shape (time,).
    n_units
        Units that went in.
    corrected
        Whether noise was taken out by halves of the repetitions.
    """

    products: np.ndarray
    covariances: np.ndarray
    dimensions: np.ndarray
    n_units: int
    corrected: bool

    def distance(self, of: np.ndarray, to: np.ndarray) -> np.ndarray:
        """Return root mean squared distances between states, one pair each.

        NaN where the estimate is below 0: it cannot be told from no distance.
        """
        P, i, j = self.products, of, to
        squared = P[i, i] + P[j, j] - P[i, j] - P[j, i]
        # What rounding leaves of two equal states is none.
        squared = np.where(np.abs(squared) < 1e-12 * (P[i, i] + P[j, j]), 0.0, squared)
        return np.sqrt(np.where(squared >= 0, squared, np.nan))

    def state_correlation(self) -> np.ndarray:
        """Return the correlation of states at t and t' over stimuli, pooled over units.

        1 where nothing but the strength changes. NaN where a time has no variance beyond noise.
        """
        own = np.diagonal(self.covariances)
        own = np.where(own > 0, own, np.nan)
        return self.covariances / np.sqrt(np.outer(own, own))


def moments_of(
    given: Given, course: Course, products: np.ndarray | None, n_halves: int, seed: int
) -> Moments:
    """Return the moments of an area, from its `products`, or of a population (None)."""
    if products is not None:
        return _of_products(products, course.features[0].n_units)
    halves = list(_halves(given, n_halves, seed))
    if halves:
        return _of_halves(halves)
    assert course.responses is not None
    whole = course.responses[:, :, whole_neuroids(course.responses)]
    return _of_halves([(whole, whole)], corrected=False)


def _of_products(K: np.ndarray, n_units: int) -> Moments:
    """Moments from products (time, n, time, n) of features less one mean for all times."""
    n_times, n = K.shape[:2]
    products = np.einsum("tisi->ts", K) / (n * n_units)
    sums = K.sum(axis=(1, 3)) / (n * n * n_units)
    ratio = np.empty(n_times)
    for t in range(n_times):
        block = K[t, :, t]
        means = block.mean(axis=0)
        centred = block - means - means[:, None] + means.mean()
        square = (centred**2).sum()
        ratio[t] = centred.trace() ** 2 / square if square > 0 else np.nan
    return Moments(products, products - sums, ratio, n_units, False)


def _halves(given: Given, n_halves: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield means of random halves of the repetitions, each (time, stimulus, neuroid)."""
    assert given.windows is not None
    trials = given.windows.trials
    if np.unique(trials["stimulus"].values, return_counts=True)[1].max() < 2:
        return
    dense = repetitions_array(trials).astype(np.float64, copy=False)
    repeated = (~np.isnan(dense)).sum(axis=0) >= 2
    kept = repeated.all(axis=(0, 1))
    if not kept.any():
        return
    for k in range(n_halves):
        pair = half_means(dense[:, :, :, kept], np.random.default_rng([seed, 6, k]))
        yield tuple(half.transpose(1, 0, 2) for half in pair)  # type: ignore[misc]


def _of_halves(halves: list[tuple[np.ndarray, np.ndarray]], corrected: bool = True) -> Moments:
    n_times, n, n_units = halves[0][0].shape
    total: dict[str, Any] = {
        "products": np.zeros((n_times, n_times)), "covariances": np.zeros((n_times, n_times)),
        "trace": np.zeros(n_times), "square": np.zeros(n_times),
    }  # fmt: skip
    for first, second in halves:
        # One mean for all times, which no distance depends on but digits would be lost to.
        level = (first.mean(axis=(0, 1)) + second.mean(axis=(0, 1))) / 2
        a, b = first - level, second - level
        for name, (left, right) in {
            "products": (a, b),
            "covariances": (a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)),
        }.items():
            flat = left.reshape(n_times, -1) @ right.reshape(n_times, -1).T / (n * n_units)
            total[name] += (flat + flat.T) / 2
            if name == "covariances":
                for t in range(n_times):
                    trace, square = _spread(left[t], right[t])
                    total["trace"][t] += trace
                    total["square"][t] += square
    k = len(halves)
    trace, square = total["trace"] / k, total["square"] / k
    # A covariance has 1 dimension or more; an estimate below that is noise.
    good = (square > 0) & (trace > 0) & (trace**2 >= square)
    ratio = np.divide(trace**2, square, out=np.full(n_times, np.nan), where=good)
    return Moments(total["products"] / k, total["covariances"] / k, ratio, n_units, corrected)


def _spread(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Return trace(C) and trace(C C) of the cross-covariance C = a'b of two halves (n, unit).

    The noise of the halves is independent: off the diagonal C_ij C_ji has no noise times itself,
    as the sum of the squares of C would have.
    """
    trace = float((a * b).sum())
    if len(a) < a.shape[1]:
        small = b @ a.T
    else:
        small = a.T @ b
    return trace, float((small * small.T).sum())
