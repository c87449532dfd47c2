"""Repetitions thinned until windows, areas or animals are equally reliable."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..errors import CornetkitWarning, InputError, listing, unknown_name
from ..kernels.noise_ceilings import signal_power
from ..kernels.trials import Moments
from ..neural import open_recordings
from ..neural.thinning import thin
from ..schema import names_of, seed_of
from .comparison import chance_limit
from .summary import median_over_neuroids
from .trial_moments import trial_moments

OVER = ("time_bin", "region", "animal")
# Reliabilities that differ by less than this are equal.
TOLERANCE = 0.01
_HALVINGS = 50


def match_reliability(
    recordings: Any,
    *,
    over: str | Sequence[str] = "time_bin",
    target: float | None = None,
    rng: int | np.random.Generator = 0,
) -> xr.DataArray:
    """Leave out repetitions until windows, regions or animals are equally reliable.

    A fitted score falls with reliability even where it is normalised, and at low reliability a
    simpler, earlier step wins: differences between time bins, regions or animals of unequal
    reliability come out of a code that does not differ at all. At equal reliability they do not.

    Parameters
    ----------
    recordings
        What `open_recordings` takes. To compare windows, rebin first (`rebin`).
    over
        What is compared: ``"time_bin"``, ``"region"`` or ``"animal"``, or several of them.
        Regions or animals are matched in each time bin by itself unless ``"time_bin"`` is among
        them.
    target
        Median reliability over neuroids, in units of r^2, that all are thinned to; None for that
        of the least reliable one.
    rng
        Seed of what is left out; a Generator gives the seed.

    Returns
    -------
    DataArray
        Trial rows of the same time bins and neuroids with fewer valid repetitions, at least one
        of each stimulus. The attribute ``match_reliability`` is JSON text: ``over``, ``target``
        (a number where it was given), ``seed``, and ``groups``, each with its ``time_bin``
        (limits in ms, or its number), ``region`` and ``animal`` where they were compared,
        ``before`` and ``after`` (median reliability), ``repetitions_before`` and
        ``repetitions_after`` (means over stimuli), ``matched``, and ``why`` not.

    Raises
    ------
    InputError
        A coordinate is missing, there is nothing to compare, no group is reliable beyond chance,
        or the target is not between 0 and 1.

    Warns
    -----
    CornetkitWarning
        What could not be matched: noise, already below the target with all repetitions, or above
        it with one.

    Notes
    -----
    All neuroids of a group keep the same share of their repetitions, rounded at random stimulus by
    stimulus, so that any reliability between that of one repetition and that of all is reached.
    The reliability of what is left follows from the signal power P and the noise power N of all
    repetitions (Schoppe et al. 2016): P / (P + N mean(1 / n)). Medians over neuroids are matched,
    not the neuroids one by one, whose own estimates are noisy.

    Examples
    --------
    >>> matched = match_reliability("it.nc", over="time_bin")  # doctest: +SKIP
    """
    matched, notes = match(open_recordings(recordings), over, target, seed_of(rng))
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return matched


@dataclass
class _Group:
    """Neuroids of one time bin that are compared as one, and what became of them."""

    labels: dict[str, Any]
    time_bin: int
    members: np.ndarray
    before: float
    noise: bool
    repetitions: float
    after: float = np.nan
    repetitions_after: float = np.nan
    why: str = ""

    def name(self) -> str:
        return " ".join(str(label) for label in self.labels.values())

    def describe(self) -> dict[str, Any]:
        numbers = {
            "before": self.before,
            "after": self.after,
            "repetitions_before": self.repetitions,
            "repetitions_after": self.repetitions_after,
        }
        rounded = {k: round(v, 4) if np.isfinite(v) else None for k, v in numbers.items()}
        return {**self.labels, **rounded, "matched": not self.why, "why": self.why}


def match(
    trials: xr.DataArray,
    over: str | Sequence[str],
    target: float | None,
    seed: int,
) -> tuple[xr.DataArray, list[str]]:
    """Return what `match_reliability` returns, and what could not be matched, in words."""
    names = _names(over, trials)
    if target is not None and not 0 < target < 1:
        raise InputError(f"the target reliability must lie between 0 and 1, not {target}")
    moments = trial_moments(trials)
    power = _Power(moments)
    groups = list(_groups(trials, names, power))
    families = [groups]
    if "time_bin" not in names:
        families = [[g for g in groups if g.time_bin == b] for b in range(power.n_bins)]
    if target is None and max(len(family) for family in families) < 2:
        raise InputError(
            f"there is only one {' and '.join(names).replace('_', ' ')} in the recordings, and "
            "nothing to match it with; give a target= reliability, or compare over something else"
        )
    if all(group.noise for group in groups):
        raise InputError(
            f"no {' and '.join(names).replace('_', ' ')} is reliable beyond chance (it takes 2 "
            "repetitions of 3 stimuli at least), so there is nothing to match"
        )
    generator = np.random.default_rng(seed)
    # One draw of rounding for all, evenly spread, so that equal shares leave the same stimuli.
    keep = moments.count.copy()
    spread = (generator.permutation(len(keep)) + 0.5) / len(keep)
    for family in families:
        goal = target
        if goal is None:
            goal = min((g.before for g in family if not g.noise), default=np.nan)
        for group in family:
            _thin_group(group, goal, power, spread, keep)
    matched = thin(trials, keep, generator)
    record = {
        "over": ", ".join(names),
        "target": "lowest" if target is None else float(target),
        "seed": seed,
        "groups": [group.describe() for group in groups],
    }
    return matched.assign_attrs(match_reliability=json.dumps(record)), _notes(groups)


class _Power:
    """Signal and noise of each time bin and neuroid, and reliabilities that follow from them."""

    def __init__(self, moments: Moments) -> None:
        found = signal_power(moments)
        self.signal, self.noise = found.signal_power, found.trial_noise
        self.n_stimuli = found.n_stimuli
        self.count = moments.count
        self.n_bins = moments.count.shape[1]

    def reliability(self, kept: np.ndarray, time_bin: int, members: np.ndarray) -> np.ndarray:
        """Return reliabilities of means of so many repetitions (stimulus, member)."""
        valid = kept > 0
        share = np.divide(1.0, kept, out=np.zeros(kept.shape), where=valid).sum(axis=0)
        share /= np.maximum(valid.sum(axis=0), 1)
        signal = self.signal[time_bin, members]
        total = signal + self.noise[time_bin, members] * share
        return np.divide(signal, total, out=np.full(total.shape, np.nan), where=total > 0)


def _names(over: str | Sequence[str], trials: xr.DataArray) -> list[str]:
    names = list(dict.fromkeys(names_of(over, "match_reliability")))
    for name in names:
        if name not in OVER:
            raise unknown_name("thing to match reliability over", str(name), OVER)
    if not names:
        raise InputError(f"match_reliability over nothing; expected {listing(OVER)}")
    for name in names:
        if name != "time_bin" and (name not in trials.coords or trials[name].dims != ("neuroid",)):
            raise InputError(
                f"reliability cannot be matched over {name}: the recordings have no coordinate "
                f"'{name}' on neuroid; add it with .assign_coords({name}=('neuroid', [...]))"
            )
    return names


def _groups(trials: xr.DataArray, names: list[str], power: _Power) -> Iterator[_Group]:
    """Yield the groups, bin by bin."""
    by = [name for name in names if name != "time_bin"]
    labels = np.array([trials[name].values.astype(str) for name in by])
    labels = labels.reshape(len(by), trials.sizes["neuroid"])
    kinds, which = np.unique(labels, axis=1, return_inverse=True)
    for time_bin, bin_name in enumerate(_bin_names(trials)):
        for k, kind in enumerate(kinds.T):
            members = np.flatnonzero(which.ravel() == k)
            count = power.count[:, time_bin, members]
            each = power.reliability(count, time_bin, members)
            before = float(median_over_neuroids(each))
            half = before / (2 - before)
            known = ~np.isnan(each)
            rests_on = power.n_stimuli[time_bin, members[known]]
            n_stimuli = float(np.median(rests_on)) if known.any() else 0.0
            # NaN, where nothing was repeated, is no reliability beyond chance either.
            noise = not half >= chance_limit(int(known.sum()), n_stimuli)
            yield _Group(
                {"time_bin": bin_name, **dict(zip(by, map(str, kind), strict=True))},
                time_bin,
                members,
                before,
                noise,
                _mean_repetitions(count),
            )


def _bin_names(trials: xr.DataArray) -> list[str]:
    limits = [trials.coords.get(f"time_bin_{side}") for side in ("start", "end")]
    names = []
    for k in range(trials.sizes["time_bin"]):
        known = [float(c.values[k]) for c in limits if c is not None]
        whole = len(known) == 2 and np.isfinite(known).all()
        names.append(f"{known[0]:g}-{known[1]:g} ms" if whole else f"bin {k}")
    return names


def _mean_repetitions(kept: np.ndarray) -> float:
    there = kept > 0
    return float(kept.sum() / max(there.sum(), 1))


def _thin_group(
    group: _Group, goal: float, power: _Power, spread: np.ndarray, keep: np.ndarray
) -> None:
    """Choose what a group keeps, and write it to `keep` (stimulus, time_bin, neuroid)."""
    count = power.count[:, group.time_bin, group.members]
    kept = count
    if group.noise:
        group.why = "not reliable beyond chance"
    elif group.before < goal - TOLERANCE:
        group.why = f"below {goal:.3f} with all repetitions"
    elif group.before > goal:
        kept = _share_for(goal, group, power, count, spread)
    each = power.reliability(kept, group.time_bin, group.members)
    group.after = float(median_over_neuroids(each))
    group.repetitions_after = _mean_repetitions(kept)
    if not group.why and abs(group.after - goal) > TOLERANCE:
        group.why = f"above {goal:.3f} with one repetition" if kept.max() < 2 else "too coarse"
    keep[:, group.time_bin, group.members] = kept


def _share_for(
    goal: float, group: _Group, power: _Power, count: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Return the repetitions (stimulus, member) whose median reliability is nearest to the goal."""

    def kept_of(share: float) -> np.ndarray:
        wanted = np.floor(count * share + spread[:, None]).astype(count.dtype)
        return np.where(count > 0, np.clip(wanted, 1, np.maximum(count, 1)), 0)

    def distance(share: float) -> float:
        kept = kept_of(share)
        each = power.reliability(kept, group.time_bin, group.members)
        return float(median_over_neuroids(each)) - goal

    low, high = 0.0, 1.0  # the reliability rises with the share
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if distance(middle) < 0 else (low, middle)
    return kept_of(min(low, high, key=lambda share: abs(distance(share))))


def _notes(groups: Sequence[_Group]) -> list[str]:
    """Say what could not be matched."""
    failed = [group for group in groups if group.why]
    reasons = dict.fromkeys(group.why for group in failed)
    return [
        f"reliability is not matched in {len(same)} of {len(groups)} ({listing(same, 3)}): {why}"
        for why in reasons
        if (same := [group.name() for group in failed if group.why == why])
    ]
