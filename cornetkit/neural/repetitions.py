"""Trials as one dense array: repetition x stimulus x time bin x neuroid, for ceilings."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import InputError, in_words, listing
from .grouping import StimulusGroups, sorted_ids
from .layouts import as_trial_rows
from .trial_order import label_order


def repetitions_array(
    recordings: xr.DataArray, *, by: str = "occurrence", max_bytes: float = 4e9
) -> np.ndarray:
    """Lay the trials out as a dense array, NaN where there is none.

    Parameters
    ----------
    recordings
        Trial rows (presentation, time_bin, neuroid), or any other layout that `open_recordings`
        takes.
    by
        ``"occurrence"``: the first trial of each stimulus, then the second, ..., so that the
        array is as short as it can be; first by repetition id, then by session, so that the order
        of the trials in the file changes nothing. ``"repetition"``: one entry for each repetition
        id (sorted); trials that share stimulus and repetition (other sessions) are laid over one
        another.
    max_bytes
        Largest size of the result, in bytes.

    Returns
    -------
    numpy.ndarray
        Shape (repetition, stimulus, time_bin, neuroid), in the float type of the recordings;
        stimuli sorted by id, as `average` has them.

    Raises
    ------
    InputError
        The array would not fit, or two trials of the same stimulus and repetition hold a
        response of the same neuroid in the same time bin.
    """
    if by not in ("occurrence", "repetition"):
        raise InputError(f"by must be 'occurrence' or 'repetition', not {by!r}")
    recordings = as_trial_rows(recordings)
    values = recordings.values
    groups = StimulusGroups.of(recordings["stimulus"].values)
    if by == "occurrence":
        rank = _occurrence(recordings, groups)
    else:
        rank = sorted_ids(recordings["repetition"].values)[1]
    shape = (int(rank.max()) + 1, groups.ids.size, *values.shape[1:])
    _refuse_if_too_large(shape, values.dtype.itemsize, max_bytes)

    dense = np.full(shape, np.nan, dtype=values.dtype)
    if by == "occurrence":
        dense[rank, groups.codes] = values
        return dense
    # The cells that several trials share are met one trial at a time: rounds, not trials, loop.
    shared = StimulusGroups.of(rank * groups.ids.size + groups.codes)
    for turn in range(int(shared.counts.max())):
        rows = shared.order[shared.starts[shared.counts > turn] + turn]
        cells = (rank[rows], groups.codes[rows])
        given = values[rows]
        if turn:
            held = dense[cells]
            clash = (~np.isnan(held) & ~np.isnan(given)).any(axis=(1, 2))
            if clash.any():
                names = recordings["stimulus"].values[rows[clash]]
                raise InputError(
                    f"{int(clash.sum())} trials repeat a (stimulus, repetition) whose responses "
                    f"are already there ({listing(names, 3)}); use by='occurrence', or number the "
                    "repetitions over all sessions"
                )
            given = np.where(np.isnan(given), held, given)
        dense[cells] = given
    return dense


def _occurrence(trials: xr.DataArray, groups: StimulusGroups) -> np.ndarray:
    """Return 0, 1, 2, ... for the trials of a stimulus in the order of their labels."""
    numbers = np.empty(groups.codes.size, dtype=np.int64)
    numbers[label_order(trials)] = np.arange(numbers.size) - np.repeat(groups.starts, groups.counts)
    return numbers


def _refuse_if_too_large(shape: tuple[int, ...], itemsize: int, max_bytes: float) -> None:
    size = float(np.prod([float(n) for n in shape])) * itemsize
    if size > max_bytes:
        repetitions, stimuli, bins, neuroids = shape
        raise InputError(
            f"{repetitions:,} repetitions x {stimuli:,} stimuli x {bins:,} time bins x "
            f"{neuroids:,} neuroids would take {in_words(size)}, more than the "
            f"{in_words(max_bytes)} allowed; choose fewer time bins or neuroids with "
            ".isel(...), or raise max_bytes="
        )
