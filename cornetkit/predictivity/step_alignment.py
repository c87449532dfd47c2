"""Which recurrent step stands for which time bin of the recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError, listing
from .alignment_table import Table
from .features import Features

ALIGNMENTS = ("nearest-start", "overlap", "center")

# Which models have times, for the message; the table itself is of the models, which label files.
COMMITTED = (
    "only CORnet-Z, CORnet-R with 5 steps and CORnet-S with 2, 4 and 2 (V2, V4, IT) have committed "
    "ones, for IT alone also CORnet-S with 2, 2, 2; 4, 4, 4; 4, 8, 4 and 10, 10, 10; CORnet-RT has "
    "none"
)

# Limits of time bins and steps are decimal numbers of ms.
_TOLERANCE_MS = 1e-6


@dataclass(frozen=True)
class StepAlignment:
    """The steps of one area that stand for the time bins.

    Parameters
    ----------
    features
        The steps that some bin uses, in their order.
    weights
        How much of each is in a bin, shape (time_bin, step); each row adds up to 1.
    """

    features: tuple[Features, ...]
    weights: np.ndarray

    @property
    def main_steps(self) -> np.ndarray:
        """The step of most weight of each bin, the earlier of equals, shape (time_bin,)."""
        steps = np.array([f.step for f in self.features])
        return steps[(self.weights >= self.weights.max(axis=1, keepdims=True) - 1e-12).argmax(1)]


def align_steps(
    steps: Sequence[Features], start: np.ndarray, end: np.ndarray, how: str | Table
) -> StepAlignment:
    """Align the steps of one area to time bins.

    Parameters
    ----------
    steps
        All steps of the area, those that the image has not reached too.
    start, end
        Limits of the time bins in ms after onset, shape (time_bin,).
    how
        ``"nearest-start"``: the step that starts nearest to the start of the bin, the earlier of
        two as near. ``"center"``: the step whose window holds the centre of the bin; where none
        does, the one whose window is nearest, the earlier of two as near. ``"overlap"``: all
        steps whose windows overlap the bin, mixed in proportion to the overlap. Or a table.

    Raises
    ------
    InputError
        A bin overlaps no step; the table lacks a bin or names a step that is not there; or the
        image has not reached the area by a step that would be used.

    Notes
    -----
    An area of one step without times has nothing to choose: it stands for every bin. Whether
    the times that are needed are known is for `check_times`.
    """
    area = steps[0].area
    steps = sorted(steps, key=lambda f: f.step)
    if isinstance(how, Table):
        weights = _from_table(steps, start, how)
    else:
        weights = _by_times(steps, start, end, how)
    for k, features in enumerate(steps):
        bins = np.flatnonzero(weights[:, k])
        if bins.size and features.driven is False:
            name = "the table" if isinstance(how, Table) else f"alignment '{how}'"
            raise InputError(
                f"{name} takes step {features.step} of {area} for the time bins that start at "
                f"{listing([f'{x:g}' for x in start[bins]], 3)} ms, but the image has not reached "
                f"{area} by that step; leave those bins out (window=, --window), or align them to "
                "others"
            )
    used = np.flatnonzero(weights.any(axis=0))
    return StepAlignment(tuple(steps[k] for k in used), weights[:, used])


def check_times(
    by_area: Mapping[str, Sequence[Features]], start: np.ndarray, end: np.ndarray, how: str | Table
) -> None:
    """Raise `InputError` where times of steps or bins are needed and not known.

    Parameters
    ----------
    by_area
        All steps of each area.
    start, end
        Limits of the time bins in ms after onset, shape (time_bin,).
    how
        As of `align_steps`.
    """
    if all(map(_only_one, by_area.values())) and not isinstance(how, Table):
        return
    limits = [start, end] if how in ("overlap", "center") else [start]
    if not np.isfinite(limits).all():
        raise InputError(
            "the recordings do not say when their time bins start and end, so no step can be "
            "aligned to them; give the limits once, and save the file: "
            "save_recordings(open_recordings(..., time_bins=[(start, end), ...]), 'ms.nc')"
        )
    if isinstance(how, Table):
        return
    silent = [area for area, steps in by_area.items() if not _only_one(steps) and not _timed(steps)]
    if silent:
        raise _no_times(silent, others=[a for a in by_area if a not in silent])


def _timed(steps: Sequence[Features]) -> list[Features]:
    return [f for f in steps if np.isfinite(f.time_ms).all()]


def _only_one(steps: Sequence[Features]) -> bool:
    """Whether there is nothing to choose: one step, without times, such as that of pixels."""
    return len(steps) == 1 and not _timed(steps)


def _by_times(
    steps: Sequence[Features], start: np.ndarray, end: np.ndarray, how: str
) -> np.ndarray:
    if _only_one(steps):
        return np.ones((len(start), 1))
    windows = np.array([f.time_ms for f in steps])
    known = np.isfinite(windows).all(axis=1)
    weights = np.zeros((len(start), len(steps)))
    weights[:, known] = _RULES[how](windows[known], start, end, steps[0].area)
    return weights


def _no_times(silent: Sequence[str], others: Sequence[str]) -> InputError:
    rest = f", or take the areas that have them (areas={list(others)})" if others else ""
    return InputError(
        f"no times are known for the steps of {', '.join(silent)}; {COMMITTED}; give alignment= "
        "(--alignment) a table: {time_bin_start: step}, {area: {time_bin_start: step}}, or a CSV "
        f"file with the columns time_bin_start,step[,area]{rest}"
    )


def _one_each(nearest: np.ndarray, n_steps: int) -> np.ndarray:
    return np.eye(n_steps)[nearest]


def _nearest(distance: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the index of the least distance (time_bin, step); of ties, the earliest start."""
    tied = distance <= distance.min(axis=1, keepdims=True) + _TOLERANCE_MS
    return np.where(tied, windows[:, 0], np.inf).argmin(axis=1)


def _nearest_start(
    windows: np.ndarray, start: np.ndarray, end: np.ndarray, area: str
) -> np.ndarray:
    distance = np.abs(windows[:, 0] - start[:, None])
    return _one_each(_nearest(distance, windows), len(windows))


def _center(windows: np.ndarray, start: np.ndarray, end: np.ndarray, area: str) -> np.ndarray:
    centre = ((start + end) / 2)[:, None]
    before, after = windows[:, 0] - centre, centre - windows[:, 1]
    distance = np.maximum(np.maximum(before, after), 0.0)
    # Windows are half open: the end of one belongs to the one that starts there.
    inside = (before <= _TOLERANCE_MS) & (after < -_TOLERANCE_MS)
    distance[inside] = -1.0
    return _one_each(_nearest(distance, windows), len(windows))


def _overlap(windows: np.ndarray, start: np.ndarray, end: np.ndarray, area: str) -> np.ndarray:
    common = np.minimum(windows[:, 1], end[:, None]) - np.maximum(windows[:, 0], start[:, None])
    common = np.where(common > _TOLERANCE_MS, common, 0.0)
    total = common.sum(axis=1, keepdims=True)
    if (outside := np.flatnonzero(total == 0)).size:
        raise InputError(
            f"{outside.size} of {len(start)} time bins overlap no step of {area} (those that start "
            f"at {listing([f'{x:g}' for x in start[outside]], 3)} ms); leave them out "
            "(window=, --window), or use alignment='nearest-start'"
        )
    return common / total


_RULES = {"nearest-start": _nearest_start, "center": _center, "overlap": _overlap}


def _from_table(steps: Sequence[Features], start: np.ndarray, table: Table) -> np.ndarray:
    area = steps[0].area
    rows = table.of(area)
    given = np.array(list(rows))
    there = [f.step for f in steps]
    weights = np.zeros((len(start), len(steps)))
    missing: list[Any] = []
    for k, begin in enumerate(start):
        at = np.flatnonzero(np.abs(given - begin) <= _TOLERANCE_MS)
        if not at.size:
            missing.append(f"{begin:g}")
            continue
        step = rows[given[at[0]]]
        if step not in there:
            raise InputError(
                f"the alignment table takes step {step} of {area} for the time bin that starts at "
                f"{begin:g} ms; the activations hold the steps {listing(there, 12)}"
            )
        weights[k, there.index(step)] = 1.0
    if missing:
        raise InputError(
            f"the alignment table has no step of {area} for {len(missing)} of {len(start)} time "
            f"bins (those that start at {listing(missing, 3)} ms); it has "
            f"{listing([f'{x:g}' for x in given], 3)} ms: add the others, or leave them out "
            "(window=, --window)"
        )
    return weights
