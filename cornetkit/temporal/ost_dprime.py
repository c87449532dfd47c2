"""d' of each held-out image at each time, and where the threshold is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from ..behavior import behavioral_signatures
from ..behavior.labels_of_stimuli import Labels
from ..errors import InputError, listing
from ..kernels.logistic import softmax
from .decoders import Fold, decide_folds, make_folds
from .given import Course, Given

# Limits are in ms; what rounding leaves of them is no difference.
_TOLERANCE_MS = 1e-6


@dataclass(frozen=True)
class Fits:
    """How decoders are fitted."""

    labels: Labels
    splits: str
    n_splits: int
    z_score: bool
    C: float | None
    seed: int

    def folds(self) -> list[Fold]:
        """Return folds that hold every image out once, or random tenths."""
        codes = self.labels.codes
        if self.splits == "kfold":
            return make_folds(codes, self.n_splits, self.seed)
        from sklearn.model_selection import ShuffleSplit

        splitter = ShuffleSplit(self.n_splits, test_size=0.1, random_state=self.seed)
        folds = [(train, test) for train, test in splitter.split(codes)]
        for train, _ in folds:
            if len(np.unique(codes[train])) < len(self.labels.names):
                raise InputError(
                    "a random tenth holds all images of some label, so that none is left to train "
                    "on; give variant='cornetkit' (--variant cornetkit), or more images"
                )
        return folds


@dataclass(frozen=True)
class Dprime:
    """d' of images.

    Parameters
    ----------
    parts
        d' of each split that is compared by itself, (time, stimulus), NaN where not held out; one
        for all folds together.
    notes
        What a reader has to know.
    """

    parts: list[np.ndarray]
    notes: list[str] = field(default_factory=list)

    @property
    def mean(self) -> np.ndarray:
        """Mean over splits, (time, stimulus)."""
        stacked = np.stack(self.parts)
        there = ~np.isnan(stacked)
        total = np.where(there, stacked, 0.0).sum(axis=0)
        count = there.sum(axis=0)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def dprime(given: Given, course: Course, fits: Fits) -> Dprime:
    """Return d' (I1) of every held-out image at every time of a course.

    Where every image is held out once, false alarms are counted over all images; with random
    splits, over those of the split, as the original does.
    """
    labels = fits.labels
    space, varies, n_missing = course.space(given.ids, fits.z_score)
    notes = []
    if n_missing:
        notes.append(f"left out {n_missing} neuroids without a response to some stimulus")
    if not varies.all():
        flat = [given.label(course, int(t)) for t in np.flatnonzero(~varies)]
        notes.append(f"no d' where no unit varies over stimuli: {listing(flat)}")
    n, n_labels = len(given.ids), len(labels.names)
    chances, bad = [], 0
    for decided in decide_folds(
        space, labels.codes, n_labels, fits.folds(), C=fits.C, generalize=False
    ):
        chance = np.full((space.n_times, n, n_labels), np.nan)
        chance[:, decided.test] = softmax(decided.odds[:, 0])
        chance[~varies] = np.nan
        chances.append(chance)
        bad += int((~decided.converged).sum())
    if bad:
        notes.append(f"{bad} decoders did not converge: give a smaller C=")
    if fits.splits == "kfold":
        merged = chances[0]
        for chance in chances[1:]:
            merged = np.where(np.isnan(merged), chance, merged)
        chances = [merged]
    return Dprime([_i1(chance, given.ids, labels) for chance in chances], notes)


def _i1(chance: np.ndarray, ids: Sequence[Any], labels: Labels) -> np.ndarray:
    held = ~np.isnan(chance).all(axis=(0, 2))
    names = np.asarray([str(name) for name in labels.names])
    P = xr.DataArray(
        chance[:, held],
        dims=("time", "stimulus", "choice"),
        coords={
            "stimulus": np.asarray(ids)[held],
            "choice": names,
            "truth": ("stimulus", names[labels.codes[held]]),
        },
    )
    found = np.full(chance.shape[:2], np.nan)
    found[:, held] = behavioral_signatures(P)["i1"].transpose("time", "stimulus").values
    return found


@dataclass(frozen=True)
class Search:
    """Where a threshold is looked for.

    Parameters
    ----------
    which
        Indices of the time bins; None for activations: all driven steps.
    times
        Their times, in ms or by number.
    before
        Indices of bins that end before onset.
    in_ms
        Whether times are in ms.
    notes
        What a reader has to know.
    """

    which: np.ndarray | None
    times: np.ndarray
    before: np.ndarray
    in_ms: bool
    notes: list[str]

    @property
    def unit(self) -> str:
        """What times are, where not in ms."""
        return "recurrent steps" if self.which is None else "numbers of time bins"

    @classmethod
    def of(cls, given: Given, search: tuple[float | None, float | None], at: str) -> Search:
        """Choose the bins within `search` (first and last ms).

        Raises
        ------
        InputError
            There is one time, or none within the limits.
        """
        none = np.empty(0, int)
        if given.windows is None:
            steps = np.asarray(given.time_coords["time"][1])
            if max(len(course.times) for course in given.courses) < 2:
                raise InputError(
                    "the activations have one step that the image has reached, and a solution time "
                    "needs a course; record more steps: times=8 (--times 8)"
                )
            return cls(None, steps, none, False, [])
        start, end = given.windows.start, given.windows.end
        if len(start) < 2:
            raise InputError(
                "the recordings have no time bins to search (1 was found), and a solution time "
                "needs 2 or more; give recordings with time_bin"
            )
        if not given.windows.known:
            return cls(np.arange(len(start)), np.arange(len(start)) * 1.0, none, False, [])
        low = -np.inf if search[0] is None else float(search[0])
        high = np.inf if search[1] is None else float(search[1])
        which = np.flatnonzero((start >= low - _TOLERANCE_MS) & (end <= high + _TOLERANCE_MS))
        if len(which) < 2:
            raise InputError(
                f"{len(which)} time bins lie within search={low:g} to {high:g} ms (--search), and "
                f"a solution time needs 2 or more; the bins reach from {start[0]:g} to {end[-1]:g} "
                "ms"
            )
        times = start if at == "start" else (start + end) / 2
        before = np.flatnonzero(end <= _TOLERANCE_MS)
        notes = (
            []
            if before.size
            else ["no time bin ends before onset: the rate of chance crossings is not known"]
        )
        return cls(which, times[which], before, True, notes)
