"""Solution times of one course, and all of them put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from .first_passage import STATUS, UNDEFINED, Passage, first_passage
from .given import Course, Given
from .ost_behavior import Behavior
from .ost_dprime import Dprime, Search
from .ost_scores import Agreement, Summary, agree, summarise


class Solved(NamedTuple):
    """What is known of one course."""

    course: Course
    i1: np.ndarray
    passage: Passage
    summary: Summary
    agreement: Agreement
    error: float
    pre_onset: float | None
    n_pre: int


def solve(
    given: Given,
    course: Course,
    found: Dprime,
    threshold: np.ndarray,
    compare: np.ndarray,
    search: Search,
    settled: dict[str, Any],
    n_bootstraps: int,
    seed: int,
) -> Solved:
    """Return solution times of a course and how they agree with the other side's.

    With several splits an image has a time in each that holds it out. Shares are then over all of
    these, its time is the mean, and the correlation that within a split, averaged.
    """
    how = {
        "n_consecutive": settled["n_consecutive"],
        "interpolation": settled["interpolation"],
    }
    which = np.arange(len(course.times)) if search.which is None else search.which
    times = np.asarray(course.times, float) if search.which is None else search.times
    passages, agreements, early = [], [], []
    rng = np.random.default_rng([seed, 4])
    for part in found.parts:
        held = ~np.isnan(part).all(axis=0)
        own = np.where(held, threshold, np.nan)
        passage = first_passage(part[which], own, times, **how)
        passages.append(passage)
        agreements.append(agree(passage.time, passage.status, compare, n_bootstraps, rng))
        if search.before.size >= how["n_consecutive"]:
            before = first_passage(
                part[search.before], own, np.arange(search.before.size) * 1.0, **how
            )
            early.append(~np.isnan(before.time[before.status != UNDEFINED]))
    time = np.stack([p.time for p in passages])
    status = np.stack([p.status for p in passages])
    pre_onset = float(np.concatenate(early).mean()) if early else None
    if len(passages) == 1:
        merged, agreement, error = passages[0], agreements[0], np.nan
    else:
        merged = _merged(time, status)
        agreement, error = _averaged(agreements)
    return Solved(
        course, found.mean, merged, summarise(time, status), agreement, error, pre_onset,
        int(search.before.size),
    )  # fmt: skip


def _merged(time: np.ndarray, status: np.ndarray) -> Passage:
    """Return the mean time over splits, and the status that most of them give."""
    there = ~np.isnan(time)
    total = np.where(there, time, 0.0).sum(axis=0)
    count = there.sum(axis=0)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    votes = np.stack([(status == k).sum(axis=0) for k in range(UNDEFINED)])
    most = np.where(votes.sum(axis=0) > 0, votes.argmax(axis=0), UNDEFINED)
    return Passage(mean, most.astype(np.int8))


def _averaged(agreements: Sequence[Agreement]) -> tuple[Agreement, float]:
    values = np.array([[a.spearman, a.spearman_all] for a in agreements])
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    mean = np.divide(total, count, out=np.full(2, np.nan), where=count > 0)
    kept = values[defined[:, 0], 0]
    error = float(kept.std() / np.sqrt(len(kept))) if len(kept) > 1 else np.nan
    n = sum(a.n_compared for a in agreements)
    # Splits overlap: they are no sample from which an interval could be had.
    return Agreement(float(mean[0]), np.nan, np.nan, n, float(mean[1])), error


def collect(
    given: Given, parts: Sequence[Solved], behavior: Behavior, compare: np.ndarray
) -> xr.Dataset:
    """Put the courses together."""
    n = len(given.ids)
    lead = given.dims[:-1]
    outer = given.shape[:-1]
    i1 = np.full((*given.shape, n), np.nan)
    times = np.full((*outer, n), np.nan)
    status = np.full((*outer, n), UNDEFINED, dtype=np.int8)
    scalars = {
        name: np.full(outer, np.nan)
        for name in (
            "solved_fraction", "first_fraction", "tie_fraction", "n_distinct", "pre_onset_rate",
            "spearman", "spearman_low", "spearman_high", "spearman_error", "spearman_all",
        )
    }  # fmt: skip
    compared = np.zeros(outer, dtype=np.int64)
    for part in parts:
        at = () if given.windows is not None else (given.courses.index(part.course),)
        for k, place in enumerate(given.places(part.course)):
            i1[place] = part.i1[k]
        times[at], status[at] = part.passage.time, part.passage.status
        a = part.agreement
        values = (
            *part.summary, np.nan if part.pre_onset is None else part.pre_onset, a.spearman, a.low,
            a.high, part.error, a.spearman_all,
        )  # fmt: skip
        for array, value in zip(scalars.values(), values, strict=True):
            array[at] = value
        compared[at] = a.n_compared
    flags = {"flag_values": list(range(len(STATUS))), "flag_meanings": " ".join(STATUS)}
    unit = "steps" if given.windows is None else "ms" if given.windows.known else "time bins"
    variables: dict[str, Any] = {
        "i1": ((*given.dims, "stimulus"), i1, {"units": "d'"}),
        "ost": ((*lead, "stimulus"), times, {"units": unit}),
        "status": ((*lead, "stimulus"), status, flags),
        "threshold": ("stimulus", behavior.threshold, {"units": "d'"}),
        "reference_ost": ("stimulus", compare, {"long_name": "what times are compared with"}),
        "n_compared": (lead, compared),
    }
    variables |= {name: (lead, values) for name, values in scalars.items()}
    coords = {**given.time_coords, "stimulus": np.asarray(given.ids)}
    return xr.Dataset(variables, coords=coords)
