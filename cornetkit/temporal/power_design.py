"""The design whose power is asked for: given in numbers, or taken from recordings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import CornetkitWarning, InputError, listing
from ..neural import average, open_recordings, rebin
from ..predictivity import ceiling
from ..schema import check_number, check_whole, common_stimuli

_N_NEUROIDS, _N_REPETITIONS, _RELIABILITY = 60, 10, 0.1


@dataclass(frozen=True)
class Design:
    """Stimuli, repetitions, neuroids, time bins and reliability.

    Attributes
    ----------
    ids
        Stimuli, sorted.
    n_repetitions
        Of each stimulus.
    trial_reliability
        Of each neuroid's single trials, in units of r^2, shape (q,).
    bins
        Start and end of the time bins in ms, (n_bins, 2); empty where there are none.
    responses
        Mean responses (stimulus, neuroid) of recordings; None without.
    notes
        What a reader has to know.
    """

    ids: list[Any]
    n_repetitions: int
    trial_reliability: np.ndarray
    bins: np.ndarray
    responses: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def reliability(self) -> np.ndarray:
        """Of each neuroid's mean over the repetitions (Spearman-Brown), shape (q,)."""
        one, n = self.trial_reliability, self.n_repetitions
        return n * one / (1 + (n - 1) * one)

    @property
    def noise_variance(self) -> np.ndarray:
        """Of each neuroid's mean, where its signal has variance 1."""
        return (1 - self.reliability) / self.reliability


def design_of(
    known: Sequence[Any],
    recordings: Any,
    *,
    n_stimuli: int | None,
    n_neuroids: int | None,
    n_repetitions: int | None,
    trial_reliability: float | Sequence[float] | None,
    time_bins: Any,
    window: tuple[float, float] | None,
    rng: np.random.Generator,
) -> Design:
    """Return the design; what is given wins over what the recordings have."""
    for name, number in (
        ("n_stimuli", n_stimuli), ("n_neuroids", n_neuroids), ("n_repetitions", n_repetitions),
    ):  # fmt: skip
        if number is not None:
            check_whole(number, name)
            if number < 1:
                raise InputError(f"{name}={number} was given; expected 1 or more")
    ids, notes, responses = list(known), [], None
    found = {"neuroids": _N_NEUROIDS, "repetitions": _N_REPETITIONS}
    reliability: Any = _RELIABILITY if trial_reliability is None else trial_reliability
    bins = _bins(time_bins)
    if recordings is not None:
        trials = open_recordings(recordings)
        ids = common_stimuli(ids, np.unique(trials["stimulus"].values).tolist(), join="inner")
        if not bins.size:
            bins = _bins_of(trials)
        of_window = _one_bin(trials, window)
        means = average(of_window).sel(stimulus=ids).isel(time_bin=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CornetkitWarning)
            of_mean = ceiling(of_window, stimuli=ids).isel(time_bin=0).values
        counts = float(np.median(means["n_repetitions"].values))
        single = of_mean / (counts - (counts - 1) * of_mean)
        kept = (of_mean > 0) & np.isfinite(means.values).all(axis=0)
        if not kept.any():
            raise InputError(
                "no neuroid of the recordings is reliable (or none has all stimuli), so there is "
                "nothing to simulate; give trial_reliability= and n_neuroids= without recordings"
            )
        if not kept.all():
            notes.append(f"{(~kept).sum()} of {kept.size} neuroids left out: not reliable")
        responses = means.values[:, kept]
        found = {"neuroids": int(kept.sum()), "repetitions": max(1, round(counts))}
        if trial_reliability is None:
            reliability = single[kept]
    n = len(ids) if n_stimuli is None else n_stimuli
    if n > len(ids):
        raise InputError(
            f"n_stimuli={n} (--n-stimuli) was given, but there are activations of {len(ids)} "
            "stimuli; record more images, or give fewer"
        )
    rows = np.sort(rng.permutation(len(ids))[:n])
    q = found["neuroids"] if n_neuroids is None else n_neuroids
    return Design(
        ids=[ids[row] for row in rows],
        n_repetitions=found["repetitions"] if n_repetitions is None else n_repetitions,
        trial_reliability=_of_each(reliability, q, rng),
        bins=bins,
        responses=None if responses is None else responses[rows],
        notes=notes,
    )


def _of_each(reliability: Any, q: int, rng: np.random.Generator) -> np.ndarray:
    for one in np.ravel(np.asarray(reliability, dtype=object)):
        check_number(one, "trial_reliability", "numbers above 0 and below 1 (--reliability)")
    values = np.atleast_1d(np.asarray(reliability, dtype=float))
    if values.ndim != 1 or not values.size or not ((values > 0) & (values < 1)).all():
        raise InputError(
            f"trial_reliability={listing(values.ravel(), 4)} (--reliability) was given; expected "
            "values above 0 and below 1, of single trials, in units of r^2"
        )
    if values.size == q:
        return values
    # Another number of neuroids, as reliable as those that are known.
    return values[rng.integers(values.size, size=q)]


def _bins(time_bins: Any) -> np.ndarray:
    if time_bins is None:
        return np.empty((0, 2))
    try:
        bins = np.asarray(time_bins, dtype=float)
    except (TypeError, ValueError):
        bins = np.empty(0)
    if bins.ndim != 2 or bins.shape[1] != 2 or not len(bins):
        raise InputError(
            f"time_bins={time_bins!r} was given; expected (start, end) in ms for each bin, such as "
            "[(70, 90), (90, 110)]"
        )
    return _checked(bins)


def _checked(bins: np.ndarray) -> np.ndarray:
    if not np.isfinite(bins).all():
        raise InputError("the time bins have no limits in ms; give time_bins= (--bins)")
    if (bins[:, 1] <= bins[:, 0]).any() or (np.diff(bins[:, 0]) <= 0).any():
        raise InputError("the time bins are not sorted, or one ends before it starts; sort them")
    if (bins[1:, 0] < bins[:-1, 1] - 1e-9).any():
        raise InputError("the time bins overlap, so that noise would be shared; give others")
    return bins


def _bins_of(trials: Any) -> np.ndarray:
    names = ("time_bin_start", "time_bin_end")
    if any(name not in trials.coords for name in names):
        return np.empty((0, 2))
    bins = np.stack([np.asarray(trials[name].values, dtype=float) for name in names], axis=1)
    return _checked(bins) if np.isfinite(bins).all() else np.empty((0, 2))


def _one_bin(trials: Any, window: tuple[float, float] | None) -> Any:
    if window is None and trials.sizes["time_bin"] == 1:
        return trials
    if window is None:
        raise InputError(
            f"the recordings have {trials.sizes['time_bin']} time bins, and neuroids are as "
            "reliable as in one of them; say which: window=(70, 170) (--window 70:170)"
        )
    return rebin(trials, window=window)
