"""Resampling: bootstrap counts, permutations, and the p values and intervals that come of them.

Nothing here knows what is scored. A bootstrap is told as *how often each item counts*, so that a
statistic which takes weights needs no copies of the data, and copies of one item can be told apart
from two items.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

import numpy as np
from scipy.special import stdtrit

from cornetkit.errors import InputError, listing, unknown_name

ALTERNATIVES = ("greater", "less", "two-sided")
# Two sums over the same values in another order differ by rounding, and are as extreme.
_ROUNDING = 1e-12


def multiplicities(n_items: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each item is drawn in each bootstrap resample.

    Parameters
    ----------
    n_items : int
        Items: stimuli, subjects, neuroids ...
    n_resamples : int
        Resamples; each draws `n_items` items with replacement.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    int array of shape (n_resamples, n_items)
        Every row sums to `n_items`.

    Raises
    ------
    InputError
        There are no items.

    Examples
    --------
    >>> multiplicities(4, 2, np.random.default_rng(0)).sum(axis=1)
    array([4, 4])
    """
    if n_items < 1:
        raise InputError(f"{n_items} items were given to resample; expected at least 1")
    drawn = rng.integers(n_items, size=(n_resamples, n_items))
    # Each resample counts into a row of its own.
    flat = drawn + np.arange(n_resamples)[:, None] * n_items
    counts = np.bincount(flat.reshape(-1), minlength=n_resamples * n_items)
    return counts.reshape(n_resamples, n_items)


def permutations(
    n_items: int,
    n_permutations: int,
    rng: np.random.Generator,
    blocks: Sequence[object] | np.ndarray | None = None,
) -> np.ndarray:
    """Return random orders of the items, within blocks where these are given.

    Items of one object, movie or session resemble one another; a permutation that mixes them has
    too little spread, and its test is too liberal. Within blocks, only what is exchangeable moves.

    Parameters
    ----------
    n_items : int
        Items, say stimuli.
    n_permutations : int
        How many orders; the given order is not among them except by chance.
    rng : numpy.random.Generator
        Source of the draws.
    blocks : sequence of length n_items, optional
        The block of each item; items change places inside their block only.

    Returns
    -------
    int array of shape (n_permutations, n_items)
        ``permuted = values[order]`` for each row.

    Raises
    ------
    InputError
        The blocks are of another length, or none has two items, so that nothing can move.

    Examples
    --------
    >>> order = permutations(4, 100, np.random.default_rng(0), blocks=["a", "a", "b", "b"])
    >>> bool((order[:, :2] < 2).all())
    True
    """
    if blocks is None:
        return rng.permuted(np.tile(np.arange(n_items), (n_permutations, 1)), axis=1)
    labels = np.asarray(blocks)
    if labels.shape != (n_items,):
        raise InputError(
            f"blocks of shape {labels.shape} were given for {n_items} items; expected one an item"
        )
    order = np.tile(np.arange(n_items), (n_permutations, 1))
    _, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if sizes.max() < 2:
        raise InputError(
            f"every block holds one item ({listing(labels, 3)}): no item can change places; give "
            "blocks of at least two"
        )
    for code in np.flatnonzero(sizes > 1):
        members = np.flatnonzero(codes == code)
        order[:, members] = rng.permuted(order[:, members], axis=1)
    return order


def p_value(
    observed: np.ndarray | float, null: np.ndarray, alternative: str = "greater"
) -> np.ndarray:
    """Return the p value of an observed statistic under a permutation null.

    (1 + number of permutations at least as extreme) / (1 + number of permutations): the observed
    order is one of those that could have been, so that p is never 0 (Phipson and Smyth 2010).

    Parameters
    ----------
    observed : array of shape (...)
        The statistic.
    null : array of shape (n_permutations, ...)
        The statistic of every permutation; NaN is left out of both counts.
    alternative : {"greater", "less", "two-sided"}
        What counts as extreme; two-sided is twice the smaller of both, at most 1.

    Returns
    -------
    array of shape (...)
        NaN where `observed` is NaN, or no permutation has a value.

    Raises
    ------
    UnknownNameError
        There is no such alternative.

    Examples
    --------
    >>> float(p_value(2.0, np.array([0.0, 1.0, 2.0])))
    0.5
    """
    if alternative not in ALTERNATIVES:
        raise unknown_name("alternative", alternative, ALTERNATIVES)
    observed = np.asarray(observed, dtype=np.float64)
    null = np.asarray(null, dtype=np.float64)
    if alternative == "two-sided":
        one, other = (p_value(observed, null, which) for which in ("greater", "less"))
        return np.minimum(2 * np.minimum(one, other), 1.0)
    if alternative == "less":
        observed, null = -observed, -null
    with np.errstate(invalid="ignore"):
        slack = _ROUNDING * np.maximum(np.abs(observed), _ROUNDING)
        extreme = (null >= observed - slack).sum(axis=0)
    n = (~np.isnan(null)).sum(axis=0)
    p = (1.0 + extreme) / (1.0 + n)
    return np.where(np.isnan(observed) | (n == 0), np.nan, p)


def permutations_needed(alpha: float, alternative: str = "greater") -> int:
    """Return the fewest permutations with which p can reach `alpha`.

    The smallest p of N permutations is 1 / (N + 1), and twice that for a two-sided test.

    Examples
    --------
    >>> permutations_needed(0.001)
    999
    """
    tails = 2 if alternative == "two-sided" else 1
    return math.ceil(round(tails / alpha, 9)) - 1


def two_factor_variance(
    v_a: np.ndarray | float,
    v_b: np.ndarray | float,
    v_both: np.ndarray | float,
    n_a: int | None = None,
    n_b: int | None = None,
    *,
    excess: np.ndarray | float = 0.0,
    least_a: np.ndarray | float | None = None,
) -> np.ndarray:
    """Return the variance of a statistic over two factors, from three bootstraps.

    A bootstrap over both factors at once counts the noise of their crossing three times; one over
    either factor alone counts it once. 2 (v_a + v_b) - v_both counts everything once (Schütt,
    Kipnis, Diedrichsen, Kriegeskorte 2023). With few items of a factor, its bootstrap variance is
    (n - 1) / n of what it should be; with `n_a` and `n_b` that is mended too.

    Parameters
    ----------
    v_a, v_b : arrays of shape (...)
        Bootstrap variances over the one and the other factor alone.
    v_both : array of shape (...)
        Over both together.
    n_a, n_b : int, optional
        How many items the factors have; both or neither.
    excess : array of shape (...)
        What `v_a` is known to count too much and is taken off.
    least_a : array of shape (...), optional
        The variance over the first factor without that, which bounds the result instead of `v_a`.

    Returns
    -------
    array of shape (...)
        At least that of each factor alone, and at most `v_both`: outside of these only the noise
        of the resampling can bring it.

    Examples
    --------
    >>> float(two_factor_variance(1.0, 2.0, 4.0))
    2.0
    """
    v_a, v_b, v_both = (np.asarray(v, dtype=np.float64) for v in (v_a, v_b, v_both))
    if n_a is None or n_b is None:
        variance = 2 * (v_a + v_b) - v_both
    else:
        up_a, up_b = n_a / (n_a - 1), n_b / (n_b - 1)
        variance = up_a * v_a + up_b * v_b - up_a * up_b * (v_both - v_a - v_b)
        v_a, v_b = up_a * v_a, up_b * v_b
    least = np.maximum(v_a if least_a is None else least_a, v_b)
    return np.minimum(np.maximum(variance - excess, least), v_both)


def interval(
    resamples: np.ndarray | None = None,
    *,
    confidence: float = 0.95,
    estimate: np.ndarray | float | None = None,
    variance: np.ndarray | float | None = None,
    dof: np.ndarray | float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two ends of an interval: percentiles, or a t interval from a variance.

    Parameters
    ----------
    resamples : array of shape (n_resamples, ...), optional
        The statistic of every bootstrap resample; NaN is left out. Their percentiles are taken
        where no `variance` is given.
    confidence : float
        Between 0 and 1.
    estimate, variance : arrays of shape (...), optional
        The statistic and its variance, say from `two_factor_variance`: gives
        estimate -+ t * sqrt(variance).
    dof : float or array of shape (...), optional
        Degrees of freedom of t, such as one less than the items of the smaller factor. Without,
        or infinite, the normal distribution.

    Returns
    -------
    low, high : arrays of shape (...)
        NaN where there is nothing to take them from.

    Raises
    ------
    InputError
        The confidence is no share, or neither resamples nor estimate and variance are given.

    Examples
    --------
    >>> low, high = interval(np.arange(101.0), confidence=0.9)
    >>> round(float(low), 6), round(float(high), 6)
    (5.0, 95.0)
    """
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise InputError(f"confidence={confidence!r} was given; expected a share, as 0.95")
    tail = (1 - confidence) / 2
    if variance is not None and estimate is not None:
        t = -stdtrit(np.inf if dof is None else dof, tail)
        half = t * np.sqrt(np.asarray(variance, dtype=np.float64))
        return np.asarray(estimate - half), np.asarray(estimate + half)
    if resamples is None:
        raise InputError("give resamples, or an estimate with its variance")
    values = np.asarray(resamples, dtype=np.float64)
    ends = np.full((2, *values.shape[1:]), np.nan)
    there = ~np.isnan(values).all(axis=0)
    if there.any():
        ends[:, there] = np.nanpercentile(values[:, there], [100 * tail, 100 * (1 - tail)], axis=0)
    return ends[0], ends[1]
