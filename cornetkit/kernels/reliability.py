"""Split-half reliability of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.correlation import pearson_columns
from cornetkit.kernels.half_correlations import mean_half_correlation
from cornetkit.kernels.trials import check_trials, count_and_mean

# Responses whose range is below this share of their size vary by rounding only.
_ROUNDING = 1e-12


def spearman_brown(r: np.ndarray, k: np.ndarray | float = 2.0) -> np.ndarray:
    """Return the reliability of k times the data, k r / (1 + (k - 1) r).

    NaN where r is not above 0: for twice the data the formula has a pole at r = -1, and of a half
    that does not correlate with the other nothing can be said about the whole.
    """
    r = np.asarray(r, dtype=np.float64)
    positive = np.where(r > 0, r, np.nan)
    return k * positive / (1 + (k - 1) * positive)


def lengthening(count: np.ndarray, n_once: np.ndarray | int = 0) -> np.ndarray:
    """Return how many times the data of a half the means over all repetitions rest on.

    Parameters
    ----------
    count : array of shape (stimulus, target)
        Valid repetitions n; each half holds m = n // 2 of them.
    n_once : array of shape (target,) or int
        Further stimuli with one valid repetition, which are not in `count`.

    Returns
    -------
    array of shape (target,)
        The noise variance of a half over that of the means: the mean of 1/m over stimuli with at
        least two repetitions, over the mean of 1/n over all stimuli with a repetition. 2 where
        all have the same even number; NaN where none is repeated.
    """
    count = np.asarray(count)
    paired, any_at_all = count >= 2, count >= 1
    half = np.divide(1.0, count // 2, out=np.zeros(count.shape), where=paired).sum(axis=0)
    whole = np.divide(1.0, count, out=np.zeros(count.shape), where=any_at_all).sum(axis=0)
    n_paired, n_whole = paired.sum(axis=0), any_at_all.sum(axis=0)
    whole = (whole + n_once) / np.maximum(n_whole + n_once, 1)
    return np.where(n_paired > 0, half / np.maximum(n_paired, 1), np.nan) / np.where(
        whole > 0, whole, np.nan
    )


@dataclass(frozen=True)
class SplitHalf:
    """Reliability by halves of the repetitions, each array of the shape of the targets.

    Attributes
    ----------
    r_half : array
        Pearson r over stimuli between half means, averaged over halves; NaN where undefined.
    spearman_brown : array
        `r_half` corrected once to twice the data of a half, 2r / (1 + r); NaN where it is not
        above 0. In units of r^2.
    n_stimuli : array of int
        Stimuli with at least two repetitions, on which it rests.
    k : array
        How many times the data of a half the means over all repetitions of all stimuli rest on,
        see `lengthening`. ``spearman_brown(r_half, k)`` is the reliability of those means, as far
        as the stimuli that were repeated are like the others.
    """

    r_half: np.ndarray
    spearman_brown: np.ndarray
    n_stimuli: np.ndarray
    k: np.ndarray


def split_half(
    trials: np.ndarray,
    n_halves: int = 100,
    rng: int | np.random.Generator = 0,
    n_once: np.ndarray | int = 0,
) -> SplitHalf:
    """Correlate random halves of each stimulus's repetitions.

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...)
        Repetitions that are missing are NaN. Stimuli should come in a fixed order, that of
        their ids say: the halves are drawn stimulus by stimulus.
    n_halves : int
        Number of random halves.
    rng : int or numpy.random.Generator
        Seed of the halves. A target's halves do not depend on which other targets are there.
    n_once : int, or array of the shape of the targets
        Stimuli with one valid repetition that are not in `trials`. They enter `k` only, and would
        pad a dense array to many times its size.

    Returns
    -------
    SplitHalf
        For each target and stimulus the valid repetitions are cut in two equal halves, an odd
        one is left out; stimuli with fewer than two are left out for that target; with fewer
        than 3 stimuli left it is NaN.
    """
    shape = np.shape(trials)[2:]
    flat = check_trials(trials)
    if n_halves < 1:
        raise InputError(f"{n_halves} halves were asked for; expected at least 1")
    n_repetitions, n_stimuli, n_targets = flat.shape
    keys = np.random.default_rng(rng).random((n_halves, n_stimuli, n_repetitions))
    order = keys.argsort(axis=2)
    valid = ~np.isnan(flat)
    count = valid.sum(axis=0)
    r_half = np.full(n_targets, np.nan)
    for targets in _same_repetitions(valid):
        has = valid[:, :, targets[0]].T
        stimuli = np.flatnonzero(has.sum(axis=1) >= 2)
        if stimuli.size < 3:
            continue
        # Without a copy where nothing is left out.
        responses = flat if stimuli.size == n_stimuli else flat[:, stimuli]
        if targets.size < n_targets:
            responses = responses[:, :, targets]
        r_half[targets] = mean_half_correlation(responses, has[stimuli], order[:, stimuli])
    once = np.broadcast_to(n_once, shape).reshape(-1)
    parts = r_half, spearman_brown(r_half), (count >= 2).sum(axis=0), lengthening(count, once)
    return SplitHalf(*(part.reshape(shape) for part in parts))


def _constant(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Whether responses between these limits differ by no more than rounding."""
    with np.errstate(invalid="ignore"):  # limits of nothing at all are infinite
        return high - low <= _ROUNDING * np.maximum(np.abs(low), np.abs(high))


def _same_repetitions(valid: np.ndarray) -> Iterator[np.ndarray]:
    """Yield groups of targets that have the same repetitions of all stimuli."""
    if valid.all():
        if valid.shape[2]:
            yield np.arange(valid.shape[2])
        return
    packed = np.packbits(np.ascontiguousarray(valid.reshape(-1, valid.shape[2]).T), axis=1)
    groups: dict[bytes, list[int]] = {}
    for target, pattern in enumerate(packed):
        groups.setdefault(pattern.tobytes(), []).append(target)
    for targets in groups.values():
        yield np.array(targets)


@dataclass(frozen=True)
class SplitHalfBrainscore:
    """Reliability of each random half of the repetition ids.

    Attributes
    ----------
    r_half : array of shape (n_splits, target...)
    spearman_brown : array of shape (n_splits, target...)
        Each corrected by itself, negative ones too, as the protocol does.
    """

    r_half: np.ndarray
    spearman_brown: np.ndarray


def split_half_brainscore(
    trials: np.ndarray, n_splits: int = 10, seed: int = 1
) -> SplitHalfBrainscore:
    """Correlate random halves of the repetition ids, as the Brain-Score protocol does.

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...)
        The first axis is the repetition id, in ascending order; missing ones are NaN.
    n_splits : int
        Number of random halves.
    seed : int
        Seed of NumPy's legacy generator, which the published ceilings were drawn with.

    Returns
    -------
    SplitHalfBrainscore
        The protocol's ceiling is the median over neuroids, then the mean over splits.
        A stimulus without a repetition in one half is left out of that split.
    """
    shape = np.shape(trials)[2:]
    flat = check_trials(trials)
    n = flat.shape[0]
    if n < 2:
        raise InputError(f"{n} repetition was given; a half needs at least 2 repetition ids")
    # The draws of scikit-learn's ShuffleSplit(n_splits, train_size=.5, random_state=seed).
    generator = np.random.RandomState(seed)
    r = np.empty((n_splits, flat.shape[2]))
    valid = ~np.isnan(flat)
    low = np.where(valid, flat, np.inf).min(axis=(0, 1), initial=np.inf)
    high = np.where(valid, flat, -np.inf).max(axis=(0, 1), initial=-np.inf)
    for split in range(n_splits):
        order = generator.permutation(n)
        size = n - n // 2
        halves = [count_and_mean(flat[np.sort(part)])[1] for part in (order[:size], order[size:])]
        r[split] = np.where(_constant(low, high), np.nan, pearson_columns(*halves))
    pole = np.where(r == -1, np.nan, r)
    corrected = 2 * pole / (1 + pole)
    return SplitHalfBrainscore(r.reshape(-1, *shape), corrected.reshape(-1, *shape))
