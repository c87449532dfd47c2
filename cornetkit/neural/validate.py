"""What recordings must be before anything is computed from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, did_you_mean, listing
from ..schema import RECORDING_DIMS, check_dims
from .grouping import sorted_ids
from .limits import check_limits

# Values looked at in one go; keeps temporaries small next to the recordings.
_BLOCK_VALUES = 8_000_000


def validate(recordings: xr.DataArray) -> None:
    """Raise at the first thing that is wrong with recordings in canonical form.

    A single stimulus and neuroids that are constant or missing throughout are no errors: see
    `describe`.

    Parameters
    ----------
    recordings
        Trial rows with dims (presentation, time_bin, neuroid).

    Raises
    ------
    InputError
        Wrong dims; no, or missing, stimulus ids; repeated neuroid ids; values that are infinite
        or no numbers; an empty dim; trials given twice; time bins that are unsorted, overlapping
        or of no width.
    """
    what = "the array of recordings"
    check_dims(recordings, RECORDING_DIMS, what)
    recordings = recordings.transpose(*RECORDING_DIMS)
    if recordings.dtype.kind not in "fiub":
        raise InputError(
            f"{what} has values of type {recordings.dtype}, expected real numbers; "
            "convert them with .astype('float32')"
        )
    empty = [str(dim) for dim in RECORDING_DIMS if recordings.sizes[dim] == 0]
    if empty:
        raise InputError(
            f"{what} is empty along {listing(empty)} (shape {recordings.shape}); "
            "a selection that matched nothing?"
        )
    require_stimulus(recordings.coords, what)
    _check_stimuli(recordings["stimulus"])
    _check_neuroids(recordings)
    _check_finite(recordings)
    check_limits(recordings)
    _check_trials_once(recordings)


def require_stimulus(coords: Mapping[Any, Any], what: str) -> None:
    """Raise `InputError` unless there is a coordinate ``stimulus``, naming what is there."""
    if "stimulus" not in coords:
        names = sorted(str(name) for name in coords)
        near = did_you_mean("stimulus", names)
        raise InputError(
            f"{what} has no coordinate 'stimulus' with the id of each stimulus{near}; "
            f"it has {listing(names, 12) or 'none'}; rename one with "
            ".rename({'...': 'stimulus'}) or add it with .assign_coords(stimulus=(dim, ids))"
        )


def _check_stimuli(stimulus: xr.DataArray) -> None:
    if stimulus.dims != ("presentation",):
        raise InputError(
            f"coordinate 'stimulus' has dims ({', '.join(map(str, stimulus.dims))}), "
            "expected (presentation): one id for each trial"
        )
    ids = stimulus.values
    missing = np.isnan(ids) if ids.dtype.kind == "f" else ids == ""
    if np.any(missing):
        rows = np.flatnonzero(missing)
        raise InputError(
            f"{rows.size} of {ids.size} trials have no stimulus id (rows {listing(rows, 3)}); "
            "fill them in, or drop those trials with .isel(presentation=...)"
        )


def _check_neuroids(recordings: xr.DataArray) -> None:
    if "neuroid" not in recordings.coords:
        raise InputError(
            "the recordings have no neuroid ids; add them with .assign_coords(neuroid=[...])"
        )
    ids, counts = np.unique(recordings["neuroid"].values, return_counts=True)
    repeated = ids[counts > 1]
    if repeated.size:
        raise InputError(
            f"neuroid ids must be unique, but {repeated.size} of {ids.size} are repeated "
            f"({listing(repeated, 3)}); tell them apart, for example by putting the animal, region "
            "or session in front"
        )


def _row_blocks(n_rows: int, values: np.ndarray) -> Iterator[slice]:
    step = max(1, _BLOCK_VALUES // max(1, values[0].size))
    return (slice(first, first + step) for first in range(0, n_rows, step))


def _check_finite(recordings: xr.DataArray) -> None:
    values = recordings.values
    if values.dtype.kind != "f":
        return
    per_neuroid = np.zeros(values.shape[2], dtype=np.int64)
    for rows in _row_blocks(len(values), values):
        per_neuroid += np.isinf(values[rows]).sum(axis=(0, 1))
    if per_neuroid.any():
        names = recordings["neuroid"].values[per_neuroid > 0]
        raise InputError(
            f"{int(per_neuroid.sum())} responses are infinite, in {names.size} neuroids "
            f"({listing(names, 3)}); missing ones are written as NaN: "
            "recordings.where(np.isfinite(recordings))"
        )


def _check_trials_once(recordings: xr.DataArray) -> None:
    """Raise when the same neuroid has two responses for one stimulus, repetition and session.

    Rows may share a stimulus and a repetition when other neuroids were recorded in each of them.
    """
    if "repetition" not in recordings.coords:
        return
    labels = [recordings[name].values for name in ("stimulus", "repetition")]
    session = recordings.coords.get("session")
    if session is not None and session.dims == ("presentation",):
        labels.append(session.values)
    key = np.zeros(recordings.sizes["presentation"], dtype=np.int64)
    for values in labels:
        ids, codes = sorted_ids(values)
        key = sorted_ids(key * ids.size + codes)[1]
    counts = np.bincount(key)
    if counts.max() == 1:
        return
    rows = np.flatnonzero(counts[key] > 1)
    rows = rows[np.argsort(key[rows], kind="stable")]
    present = _present(recordings.values, rows)
    starts = np.flatnonzero(np.diff(key[rows], prepend=-1))
    twice = (np.add.reduceat(present.astype(np.int32), starts, axis=0) > 1).any(axis=1)
    if twice.any():
        firsts = rows[starts[twice]]
        pairs = [
            f"{stimulus} {repetition}"
            for stimulus, repetition in zip(labels[0][firsts], labels[1][firsts], strict=True)
        ]
        raise InputError(
            f"{len(pairs)} pairs of (stimulus, repetition) are repeated for the same neuroids "
            f"({listing(pairs, 3)}); give each trial its own repetition, a 'session' coordinate, "
            "or drop the coordinate: .drop_vars('repetition') and open_recordings numbers them"
        )


def _present(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Whether each neuroid has a response in any time bin, shape (row, neuroid)."""
    present = np.empty((rows.size, values.shape[2]), dtype=bool)
    for block in _row_blocks(rows.size, values):
        present[block] = (~np.isnan(values[rows[block]])).any(axis=1)
    return present
