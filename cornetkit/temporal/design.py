"""What every analysis over time starts from: one set of stimuli, neuroids, folds and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import as_activations
from ..errors import InputError, did_you_mean, listing
from ..neural import average, open_recordings
from ..predictivity.align import Aligned, align
from ..predictivity.asked import Asked
from ..predictivity.ceiling_within import measure_for
from ..predictivity.comparison import Comparison
from ..predictivity.driven import driven_or_not
from ..predictivity.duplicates import Duplicates
from ..predictivity.evaluate import Evaluation
from ..predictivity.faint import describe_faint, find_faint, refuse_faint
from ..predictivity.features import Features
from ..predictivity.folds import Folds, make_folds
from ..predictivity.match_reliability import match
from ..predictivity.matched_data import check_held_out
from ..predictivity.notes import describe_folds
from ..predictivity.plan import make_plan
from ..predictivity.protocols import Protocol
from ..schema import seed_of

METHODS = ("ridge", "pls", "ols")
# The recordings as they are, and with repetitions thinned until all bins are equally reliable.
ALL, MATCHED = "all", "matched"


@dataclass(frozen=True)
class Copy:
    """The recordings, or a copy of them, with what they can be held against.

    Parameters
    ----------
    name
        ``all`` or ``matched``.
    trials
        Trial rows.
    responses
        Means over repetitions less `level`, shape (n, time_bin, neuroid), NaN where a stimulus was
        not shown. Mappings have an intercept, so nothing depends on the level, but predictions
        in single precision would be the coarser the higher it is.
    level
        Mean of each neuroid over all stimuli and bins, shape (neuroid,).
    ceilings
        From `ceiling`, dims (time_bin, neuroid).
    ceiling, noise
        Of all neuroids, and whether it cannot be told from noise, shape (time_bin,).
    """

    name: str
    trials: xr.DataArray
    responses: np.ndarray
    level: np.ndarray
    ceilings: xr.DataArray
    ceiling: np.ndarray
    noise: np.ndarray

    @property
    def reliable(self) -> np.ndarray:
        """Whether a neuroid's halves correlate beyond chance by itself, (time_bin, neuroid)."""
        half = self.ceilings["half_correlation"].values
        n = np.maximum(self.ceilings["half_stimuli"].values.astype(float) - 1, 1)
        with np.errstate(invalid="ignore"):
            return half > 1.645 / np.sqrt(n)

    @property
    def root(self) -> np.ndarray:
        """sqrt(ceiling) of each bin, NaN where there is nothing to divide by."""
        bound = np.where(self.noise | ~(self.ceiling > 0), np.nan, self.ceiling)
        return np.sqrt(bound)


@dataclass(frozen=True)
class Design:
    """Both sides of an analysis over time.

    Parameters
    ----------
    data
        Both sides; the neuroids are the fixed set.
    plan
        All settings of the fits.
    folds
        Train and test.
    area
        The area.
    steps, undriven
        Steps that the image has reached, in their order; and the others.
    copies
        ``all``, and ``matched`` where it could be made.
    notes
        What a reader has to know.
    """

    data: Aligned
    plan: Protocol
    folds: Folds
    area: str
    steps: list[Features]
    undriven: list[Features]
    copies: dict[str, Copy]
    notes: list[str]

    @property
    def ids(self) -> list[Any]:
        """The stimuli, sorted."""
        return self.data.ids

    @property
    def numbers(self) -> np.ndarray:
        """The driven steps, shape (step,)."""
        return np.array([f.step for f in self.steps])

    @property
    def start(self) -> np.ndarray:
        """Start of each time bin in ms, NaN where not known."""
        return self._limit("start")

    @property
    def end(self) -> np.ndarray:
        """End of each time bin in ms, NaN where not known."""
        return self._limit("end")

    @property
    def in_ms(self) -> bool:
        """Whether all time bins have limits in ms."""
        return bool(np.isfinite(self.start).all() and np.isfinite(self.end).all())

    def _limit(self, side: str) -> np.ndarray:
        found = self.data.averaged.coords.get(f"time_bin_{side}")
        n = self.data.averaged.sizes["time_bin"]
        return np.full(n, np.nan) if found is None else found.values.astype(float)

    def grams(self, features: Sequence[Features] | None = None) -> list[np.ndarray]:
        """Return the Gram matrix of each step; the features are read once."""
        found, duplicates = [], Duplicates(self.ids)
        for step in self.steps if features is None else features:
            result = step.gram(self.ids)
            if result.n_constant == result.n_units:
                raise InputError(
                    f"{step.label}: all {result.n_units:,} units are constant over the stimuli, "
                    "so nothing can be predicted from it; leave that step out of the activations "
                    "(.sel(time=...)), or say that it is not driven"
                )
            squares = result.unit_squares
            if self.plan.method == "ridge":
                refuse_faint(result.gram, squares, self.plan.alphas, step.label)
            else:
                faint = describe_faint(step.label, find_faint(squares, len(self.ids)))
                self.notes.extend(note for note in faint if note not in self.notes)
            duplicates.look_at(result.gram, "float64")
            found.append(result.gram)
        self.notes.extend(n for n in duplicates.describe(self.folds.splits) if n not in self.notes)
        return found


def check_method(method: str, known: Sequence[str]) -> None:
    """Raise `InputError` unless a method goes through the Gram matrix of a step."""
    if method not in known:
        raise InputError(
            f"method '{method}' was given{did_you_mean(str(method), known)}; expected "
            f"{listing(known)}, which go through the Gram matrix of a step"
        )


def make_design(
    acts: Any,
    recordings: Any,
    area: str,
    *,
    method: str = "ridge",
    n_components: int | None = None,
    alphas: Any = None,
    n_splits: int | None = None,
    groups: str | None = None,
    rng: Any = 0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    match_reliability: bool = True,
) -> Design:
    """Bring both sides together, fix the neuroids, and make the copy of equal reliability.

    Parameters are those of `step_matrix`.

    Raises
    ------
    InputError
        No time bins, no driven step, fewer than 2 repetitions, no neuroid with responses in
        every bin, or a wrong argument.
    """
    check_method(method, METHODS)
    seed = seed_of(rng)
    trials = open_recordings(recordings)
    asked = Asked(groups=groups, n_splits=n_splits)
    plan = make_plan(
        "cornetkit", asked, method=method, n_components=n_components, alphas=alphas, rng=seed,
        targets=None,
    )  # fmt: skip
    activations = as_activations(acts)
    data = align(activations, trials, [area], window, bins, join)
    _check_bins(data.trials)
    data, notes = _fix_neuroids(data)
    used, undriven = driven_or_not(data)
    plan, folds = make_folds(plan, asked, data, used, join, "float64")
    notes = [*data.notes, *folds.notes, *describe_folds(plan, folds.splits), *notes]
    if undriven:
        notes.append(
            f"{area}: the image has not arrived by step {listing([f.step for f in undriven], 12)}; "
            "these steps are in no score"
        )
    copies = {ALL: _copy(ALL, data.trials, data, plan, folds)}
    if np.isnan(copies[ALL].ceilings["half_correlation"].values).all():
        raise InputError(
            "the recordings have fewer than 2 repetitions of a stimulus, so time bins cannot be "
            "compared with their reliability; give the single trials (one row a trial), or use "
            "ck.predict, which needs no repetitions"
        )
    if match_reliability and data.averaged.sizes["time_bin"] > 1:
        check_held_out("time_bin", len(folds.of_ceiling(plan, data.ids)), len(data.ids))
        try:
            thinned, said = match(data.trials, "time_bin", None, seed)
        except InputError as error:
            notes.append(f"there is no copy at matched reliability: {error}")
        else:
            copies[MATCHED] = _copy(MATCHED, thinned, data, plan, folds)
            notes += said
    steps = sorted(used, key=lambda f: f.step)
    return Design(data, plan, folds, area, steps, undriven, copies, notes)


def _check_bins(trials: xr.DataArray) -> None:
    if trials.sizes["time_bin"] < 2:
        raise InputError(
            "the recordings have no time bins to compare (1 was found), and a time course needs 2 "
            "or more; give recordings with time_bin, or leave window= out (a score of one window: "
            "ck.predict)"
        )


def _fix_neuroids(data: Aligned) -> tuple[Aligned, list[str]]:
    """Keep the neuroids that respond and vary in every bin: one set for all bins."""
    values = data.averaged.transpose("stimulus", "time_bin", "neuroid").values
    with np.errstate(invalid="ignore"):
        low = np.where(np.isnan(values), np.inf, values).min(axis=0)
        high = np.where(np.isnan(values), -np.inf, values).max(axis=0)
        kept = (high > low).all(axis=0)
    if not kept.any():
        raise InputError(
            f"none of {kept.size} neuroids has responses that vary over stimuli in all "
            f"{values.shape[1]} time bins, and bins are compared on one set of neuroids; leave out "
            "bins (window=), or make them wider (bins=)"
        )
    if kept.all():
        return data, []
    note = (
        f"{int((~kept).sum())} of {kept.size} neuroids are silent or missing in some time bin and "
        "were left out of all: bins are compared on one set of neuroids"
    )
    return replace(
        data, trials=data.trials.isel(neuroid=kept), averaged=data.averaged.isel(neuroid=kept)
    ), [note]


def _copy(name: str, trials: xr.DataArray, data: Aligned, plan: Protocol, folds: Folds) -> Copy:
    averaged = average(trials).sel(stimulus=data.ids)
    responses = averaged.transpose("stimulus", "time_bin", "neuroid").values.astype(np.float64)
    level = np.nanmean(responses, axis=(0, 1))
    responses -= level
    ceilings, ranked, _ = measure_for(trials, plan, folds, data.ids)
    nothing = np.zeros((1, *responses.shape[1:]))
    everywhere = Evaluation(nothing, nothing, nothing)
    comparison = Comparison.of([everywhere], ceilings, ranked)
    return Copy(name, trials, responses, level, ceilings, comparison.ceiling, comparison.noise)
