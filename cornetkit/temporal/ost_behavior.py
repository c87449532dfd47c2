"""Behaviour that object solution times are measured against: a threshold in d' for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..behavior import behavioral_signatures, open_trials
from ..behavior.labels_of_stimuli import ID_COLUMNS, Labels, id_column, read_table
from ..errors import InputError, StimulusMismatchError, did_you_mean, listing


@dataclass(frozen=True)
class Behavior:
    """Thresholds in the order of the stimuli.

    Parameters
    ----------
    threshold
        d' that an image has to reach, shape (stimulus,); NaN where there is none.
    ost
        When the subjects' brains did, shape (stimulus,); NaN where never or not known.
    has_ost
        Whether object solution times were given at all.
    source
        ``"thresholds"`` or ``"trials"``.
    notes
        What a reader has to know.
    """

    threshold: np.ndarray
    ost: np.ndarray
    has_ost: bool
    source: str
    notes: list[str]


def read_behavior(behavior: Any, ids: Sequence[Any], labels: Labels, join: str) -> Behavior:
    """Read thresholds, or make them of trials, and bring them to the stimuli by id.

    Parameters
    ----------
    behavior
        A CSV file or a DataFrame with the columns ``stimulus, threshold`` (d') and maybe
        ``ost_ms``, or trials with ``stimulus, sample, distractor, choice``; or a mapping or
        Series from stimulus id to threshold.
    ids
        Stimuli.
    labels
        What they show.
    join
        ``"exact"``: every threshold is of a stimulus that is there; ``"inner"``: others are left
        out.

    Raises
    ------
    StimulusMismatchError
        Thresholds of images that were never shown.
    InputError
        Columns are missing, thresholds are no numbers, or the trials show other objects.
    """
    if join not in ("exact", "inner"):
        raise InputError(f"join must be 'exact' or 'inner', not {join!r}")
    if isinstance(behavior, (str, Path)):
        table, name = read_table(Path(behavior), "file of behaviour"), str(behavior)
    elif isinstance(behavior, pd.DataFrame):
        table, name = behavior, "the table of behaviour"
    elif isinstance(behavior, (Mapping, pd.Series)):
        series = pd.Series(behavior)
        table = pd.DataFrame({"stimulus": series.index, "threshold": series.to_numpy()})
        name = "the thresholds"
    else:
        raise InputError(
            f"behavior of type {type(behavior).__name__} was given; expected a CSV file or a "
            "DataFrame with the columns stimulus, threshold (in d') and maybe ost_ms, or with one "
            "trial a row: stimulus, sample, distractor, choice"
        )
    columns = [str(column) for column in table.columns]
    if "threshold" in columns:
        return _of_thresholds(table, name, ids, join)
    if {"choice", "distractor", "distractor_obj", "dist_obj"} & set(columns):
        return _of_trials(behavior, name, ids, labels, join)
    raise InputError(
        f"{name} has the columns {listing(columns, 8)}, but no threshold"
        f"{did_you_mean('threshold', columns)}; expected stimulus, threshold (in d') and maybe "
        "ost_ms, or one trial a row: stimulus, sample, distractor, choice"
    )


def _of_thresholds(table: pd.DataFrame, name: str, ids: Sequence[Any], join: str) -> Behavior:
    column = id_column(table, Path(name))
    given = table[column].astype(str).str.strip()
    if given.duplicated().any():
        twice = given[given.duplicated()].unique()
        raise InputError(
            f"{name} holds {len(twice)} stimuli more than once ({listing(twice, 3)}); give each "
            "one threshold"
        )
    place, notes = _places(given.tolist(), ids, name, join)
    threshold, ost = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    there = place >= 0
    threshold[place[there]] = _numbers(table, "threshold", name)[there]
    has_ost = "ost_ms" in table.columns
    if has_ost:
        ost[place[there]] = _numbers(table, "ost_ms", name)[there]
    others = [c for c in table.columns if c not in (*ID_COLUMNS, "threshold", "ost_ms")]
    for other in others:
        if did_you_mean(str(other), ["ost_ms"]) and not has_ost:
            notes.append(f"the column '{other}' of {name} was not read; did you mean 'ost_ms'?")
    return _finished(threshold, ost, has_ost, "thresholds", notes)


def _of_trials(behavior: Any, name: str, ids: Sequence[Any], labels: Labels, join: str) -> Behavior:
    trials = open_trials(behavior)
    found = behavioral_signatures(trials)
    place, notes = _places(found["stimulus"].values.astype(str).tolist(), ids, name, join)
    there = place >= 0
    truth = found["truth"].values.astype(str)[there]
    own = np.asarray(labels.names, dtype=str)[labels.codes[place[there]]]
    if (truth != own).any():
        k = int(np.flatnonzero(truth != own)[0])
        raise InputError(
            f"{int((truth != own).sum())} stimuli show another object in the trials than the "
            f"labels say, such as {ids[place[there][k]]} ({truth[k]}, labelled {own[k]}); give the "
            "labels that the trials use (labels=, --labels)"
        )
    threshold = np.full(len(ids), np.nan)
    threshold[place[there]] = found["i1"].values[there]
    return _finished(threshold, np.full(len(ids), np.nan), False, "trials", notes)


def _places(
    given: list[str], ids: Sequence[Any], name: str, join: str
) -> tuple[np.ndarray, list[str]]:
    """Return the place of each given stimulus among `ids`, -1 where it is not there."""
    place = pd.Index([str(i) for i in ids]).get_indexer(pd.Index(given))
    lost = [given[k] for k in np.flatnonzero(place < 0)]
    if len(lost) == len(given):
        raise StimulusMismatchError(
            f"no stimulus in common: {name} is about {len(given)} ({listing(given, 3)}), the data "
            f"hold {len(ids)} ({listing(ids, 3)}); the ids have to be the same on both sides"
        )
    if lost and join == "exact":
        raise StimulusMismatchError(
            f"{name} has thresholds for images that were never shown, {len(lost)} in all "
            f"({listing(lost, 3)}); record them too, or join='inner' (--join inner) goes on "
            f"with the other {len(given) - len(lost)}"
        )
    return place, [f"left out {len(lost)} thresholds of images that were not shown"] if lost else []


def _numbers(table: pd.DataFrame, column: str, name: str) -> np.ndarray:
    values = table[column]
    blank = values.isna() | (values.astype(str).str.strip() == "")
    numbers = pd.to_numeric(values.where(~blank), errors="coerce").to_numpy(dtype=float)
    wrong = ~blank.to_numpy() & ~np.isfinite(numbers)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{name}, row {row + 1}: {column} is '{values.iloc[row]}'; expected a number"
            + (" in units of d'" if column == "threshold" else " of ms, or nothing")
        )
    return numbers


def _finished(
    threshold: np.ndarray, ost: np.ndarray, has_ost: bool, source: str, notes: list[str]
) -> Behavior:
    if np.isnan(threshold).all():
        raise InputError("the behaviour holds no threshold at all for the stimuli that were shown")
    if n := int(np.isnan(threshold).sum()):
        notes.append(
            f"{n} of {len(threshold)} stimuli have no threshold: decoders are trained on them, but "
            "they have no object solution time"
        )
    return Behavior(threshold, ost, has_ost, source, notes)


def reference_times(reference: Any, ids: Sequence[Any]) -> np.ndarray:
    """Return the object solution times of another result, in the order of `ids`.

    Raises
    ------
    InputError
        It is no result of `ost` with one course, or has no stimulus in common.
    """
    if not isinstance(reference, xr.Dataset) or "ost" not in reference:
        raise InputError(
            f"reference of type {type(reference).__name__} was given; expected a result of ost, "
            "say that of the recordings"
        )
    if reference["ost"].dims != ("stimulus",):
        raise InputError(
            f"the reference has object solution times over {listing(reference['ost'].dims)}; "
            "choose one area: reference.sel(area='IT')"
        )
    place = pd.Index(reference["stimulus"].values.tolist()).get_indexer(list(ids))
    if (place < 0).all():
        raise StimulusMismatchError("the reference of ost has no stimulus in common with the data")
    found = np.full(len(ids), np.nan)
    found[place >= 0] = reference["ost"].values[place[place >= 0]]
    return found
