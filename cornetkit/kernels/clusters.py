"""Many tests at once: the largest statistic, and clusters of neighbouring ones.

Both compare an observed map of statistics, say scores over area, step and time bin, with the same
map under permutations. They hold the chance of one false claim anywhere in the map, however the
entries are correlated (Nichols and Holmes 2002, Human Brain Mapping 15:1; Maris and Oostenveld
2007, Journal of Neuroscience Methods 164:177).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cornetkit.errors import InputError


@dataclass(frozen=True)
class Clusters:
    """Clusters of neighbouring entries, and how likely one as heavy is by chance.

    Attributes
    ----------
    labels : array of ints, shape of the observed map
        0: in no cluster; otherwise the number of the entry's cluster, from 1.
    mass : array of shape (n_clusters,)
        Sum of the standardised statistic over each cluster; below 0 where it is negative.
    p : array of shape (n_clusters,)
        Share of the maps, the observed one among them, whose heaviest cluster weighs as much.
    p_map : array of floats, shape of the observed map
        `p` of the entry's cluster, 1 outside of clusters, NaN where the statistic is.
    """

    labels: np.ndarray
    mass: np.ndarray
    p: np.ndarray
    p_map: np.ndarray


def max_statistic(
    observed: np.ndarray,
    null: np.ndarray,
    *,
    two_sided: bool = False,
    standardize: bool = False,
) -> np.ndarray:
    """Return p of each entry, corrected for all of them by the largest statistic of each map.

    Parameters
    ----------
    observed : array of any shape
        Statistics; large ones speak against the null hypothesis. NaN where there is none.
    null : array of shape (n_permutations, *observed.shape)
        The same under permutations; an entry that is NaN in `observed` does not count.
    two_sided : bool
        Compare absolute values.
    standardize : bool
        Bring every entry to mean 0 and standard deviation 1 over all maps first, the observed
        one among them: without it, entries whose null varies more get most of the power.

    Returns
    -------
    array of the shape of `observed`
        (1 + number of permutations whose largest entry reaches it) / (1 + n_permutations); NaN
        where `observed` is.

    Raises
    ------
    InputError
        Shapes do not fit, or there is no permutation.

    Examples
    --------
    >>> import numpy as np
    >>> null = np.array([[0.1, 0.3], [0.2, -0.4], [0.0, 0.1]])
    >>> max_statistic(np.array([0.25, 0.9]), null)
    array([0.5 , 0.25])
    """
    maps = _maps(observed, null)
    if standardize:
        maps = _standardized(maps)
    if two_sided:
        maps = np.abs(maps)
    known = ~np.isnan(maps[0])
    p = np.full(maps.shape[1:], np.nan)
    if known.any():
        flat = maps[:, known]
        largest = np.sort(np.fmax.reduce(flat[1:], axis=1, initial=-np.inf))
        reach = len(largest) - np.searchsorted(largest, flat[0], side="left")
        p[known] = (1 + reach) / len(maps)
    return p


def cluster_correction(
    observed: np.ndarray,
    null: np.ndarray,
    *,
    axes: Sequence[int] = (-1,),
    alpha: float = 0.05,
    threshold: float | None = None,
    two_sided: bool = False,
) -> Clusters:
    """Find clusters of large neighbouring statistics and correct them for the whole map.

    Parameters
    ----------
    observed : array of any shape
        Statistics, NaN where there is none (such an entry is in no cluster).
    null : array of shape (n_permutations, *observed.shape)
        The same under permutations.
    axes : sequence of ints
        Axes of `observed` along which entries are neighbours: ``(-1,)`` for a time course,
        ``(-2, -1)`` for a grid such as step by bin. Along the others every index is by itself,
        but the heaviest cluster is sought over all of them.
    alpha : float
        An entry can be in a cluster where it lies beyond this share of the values that it has in
        all maps (half of it on each side, if two-sided). It does not move the rate of false
        claims, but what is found: a small one favours narrow, strong effects.
    threshold : float
        Instead of `alpha`: a limit in standard deviations, the same for all entries.
    two_sided : bool
        Look for negative clusters too; they are never joined with positive ones.

    Returns
    -------
    Clusters

    Raises
    ------
    InputError
        Shapes do not fit, there is no permutation, or an argument is outside its range.

    Notes
    -----
    Statistics are standardised entry by entry over all maps, the observed one among them, so that
    all maps are treated alike and the test is exact. The mass of a cluster is the sum of these.
    What is tested is that a cluster is there, not where it begins or ends: its first bin is no
    estimate of an onset (Sassenhagen and Draschkow 2019, Psychophysiology 56:e13335).

    Examples
    --------
    >>> import numpy as np
    >>> null = np.random.default_rng(0).standard_normal((199, 20))
    >>> course = np.r_[np.zeros(10), np.full(5, 3.0), np.zeros(5)]
    >>> found = cluster_correction(course, null)
    >>> np.flatnonzero(found.labels), float(found.p[0])
    (array([10, 11, 12, 13, 14]), 0.005)
    """
    maps = _maps(observed, null)
    if not 0 < alpha < 1:
        raise InputError(f"alpha={alpha} was given; expected a number between 0 and 1, as 0.05")
    if threshold is not None and not threshold > 0:
        raise InputError(f"threshold={threshold} was given; expected a number above 0")
    structure = _neighbours(maps.ndim, axes)
    z = _standardized(maps)
    known = ~np.isnan(z[0])
    z = np.where(known & ~np.isnan(z), z, 0.0)
    labels = np.zeros(z.shape[1:], int)
    masses: list[np.ndarray] = []
    heaviest = np.zeros(len(z))
    for sign in (1, -1) if two_sided else (1,):
        signed = sign * z
        tail = alpha / 2 if two_sided else alpha
        limit = np.quantile(signed, 1 - tail, axis=0) if threshold is None else threshold
        # Above 0 as well: entries that are constant over all maps reach any quantile of theirs.
        found, n = ndimage.label((signed >= limit) & (signed > 0), structure=structure)
        if not n:
            continue
        mass = np.bincount(found.ravel(), weights=signed.ravel(), minlength=n + 1)[1:]
        owner = np.zeros(n + 1, int)
        for k in range(len(z)):  # clusters never reach over maps
            owner[np.unique(found[k])] = k
        np.maximum.at(heaviest, owner[1:], mass)
        here = np.unique(found[0])
        here = here[here > 0]
        first = sum(len(m) for m in masses)
        for number, label in enumerate(here, first + 1):
            labels[found[0] == label] = number
        masses.append(sign * mass[here - 1])
    of_observed = np.concatenate(masses) if masses else np.empty(0)
    # Sums in another order differ by rounding.
    reach = heaviest[None, :] >= np.abs(of_observed)[:, None] * (1 - 1e-12)
    p = reach.mean(axis=1)
    p_map = np.where(known, np.concatenate([[1.0], p])[labels], np.nan)
    return Clusters(labels, of_observed, p, p_map)


def max_t_correction(t: np.ndarray, resamples: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return two-sided p of differences, corrected by the largest |t| of their resamples.

    Parameters
    ----------
    t : array of any shape
        Differences over their standard errors; NaN where there is none.
    resamples : array of shape (R, *t.shape)
        The differences in bootstrap resamples; centred and scaled, they are what differences of 0
        would be like.
    p : array of the shape of `t`
        Uncorrected.

    Returns
    -------
    array of the shape of `t`
        At least `p`, and `p` itself of a single difference.

    Examples
    --------
    >>> found = max_t_correction(np.array([3.0]), np.zeros((9, 1)), np.array([0.01]))
    >>> float(found[0])
    0.01
    """
    if np.isfinite(t).sum() < 2:
        return np.array(p, dtype=float)
    deviation = resamples.std(axis=0)
    null = np.divide(
        resamples - resamples.mean(axis=0),
        deviation,
        out=np.zeros(np.shape(resamples)),
        where=deviation > 0,
    )
    corrected = max_statistic(t, np.where(np.isnan(null), 0.0, null), two_sided=True)
    # With few resamples p cannot fall below one over them.
    return np.asarray(np.fmax(corrected, p))


def _maps(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return all maps, the observed one first, shape (1 + n_permutations, ...)."""
    observed, null = np.asarray(observed, np.float64), np.asarray(null, np.float64)
    if null.shape[1:] != observed.shape or null.ndim != observed.ndim + 1:
        raise InputError(
            f"a null of shape {null.shape} was given for statistics of shape {observed.shape}; "
            f"expected (n_permutations, {', '.join(map(str, observed.shape))})"
        )
    if not len(null):
        raise InputError("no permutation was given; expected at least 1, such as 999")
    return np.concatenate([observed[None], null])


def _standardized(maps: np.ndarray) -> np.ndarray:
    """Bring each entry to mean 0 and deviation 1 over the maps; 0 where it never varies."""
    known = ~np.isnan(maps)
    count = np.maximum(known.sum(axis=0), 1)
    centred = maps - np.where(known, maps, 0.0).sum(axis=0) / count
    deviation = np.sqrt(np.where(known, centred**2, 0.0).sum(axis=0) / count)
    span = np.where(known, np.abs(maps), 0.0).max(axis=0)
    varies = deviation > 1e-12 * span
    scaled = np.divide(centred, deviation, out=np.zeros_like(centred), where=varies)
    return np.where(known, scaled, np.nan)


def _neighbours(ndim: int, axes: Sequence[int]) -> np.ndarray:
    """Return which entries touch each other: those next to each other along `axes`."""
    n_dims = ndim - 1
    wanted = [axes] if isinstance(axes, int) else list(axes)
    if not wanted or any(not -n_dims <= axis < n_dims for axis in wanted):
        raise InputError(
            f"axes={tuple(wanted)} was given for statistics of {n_dims} dims; expected axes from "
            f"{-n_dims} to {n_dims - 1}"
        )
    structure = np.zeros((3,) * ndim, bool)
    centre = [1] * ndim
    structure[tuple(centre)] = True
    for axis in wanted:
        for side in (0, 2):
            at = centre.copy()
            at[1 + axis % n_dims] = side
            structure[tuple(at)] = True
    return structure
