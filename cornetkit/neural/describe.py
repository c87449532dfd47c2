"""What is in recordings, in plain values: for a look before any analysis."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from .average import average
from .layouts import as_trial_rows
from .limits import bin_limits


def describe(recordings: xr.DataArray) -> dict[str, Any]:
    """Summarise recordings.

    Parameters
    ----------
    recordings
        Trial rows (presentation, time_bin, neuroid), or any other layout that `open_recordings`
        takes.

    Returns
    -------
    dict
        Plain Python values, ready for JSON:

        ``n_trials``, ``n_stimuli``
            Counts.
        ``trials_per_stimulus``
            ``min``, ``median``, ``max`` number of rows of a stimulus.
        ``repetitions``
            ``min``, ``median``, ``max`` number of valid responses over all pairs of a stimulus
            and a neuroid that has any response: what an average rests on.
        ``time_bins``
            ``n``, whether limits are ``known``, ``limits_ms`` as pairs (None = unknown).
        ``neuroids``
            ``n``, counts by ``region`` and ``animal``; ``all_missing``, ``partially_missing`` and
            ``constant`` (the same response in every trial and bin) count neuroids;
            ``undefined_targets`` counts pairs of time bin and neuroid whose average is missing or
            the same for all stimuli, so that no correlation is defined.
        ``fraction_missing``
            Share of responses that are NaN.
        ``coords``
            Names of the coordinates along each dim.
        ``notes``
            Things to look at, in words.
    """
    recordings = as_trial_rows(recordings)
    averaged = average(recordings)
    low, high = _range(recordings.values)
    valid = averaged["n_repetitions"].values
    n_trials, n_bins, n_neuroids = recordings.shape
    per_neuroid = valid.sum(axis=(0, 1), dtype=np.int64)
    there = per_neuroid > 0
    mean_low, mean_high = _range(averaged.values, keep=1)
    start, end = bin_limits(recordings)
    summary: dict[str, Any] = {
        "n_trials": n_trials,
        "n_stimuli": averaged.sizes["stimulus"],
        "trials_per_stimulus": _spread(
            np.unique(recordings["stimulus"].values, return_counts=True)[1]
        ),
        "repetitions": _spread(valid.max(axis=1)[:, there]),
        "time_bins": {
            "n": n_bins,
            "known": bool((np.isfinite(start) & np.isfinite(end)).all()),
            "limits_ms": [
                [float(limit) if np.isfinite(limit) else None for limit in pair]
                for pair in zip(start, end, strict=True)
            ],
        },
        "neuroids": {
            "n": n_neuroids,
            "region": _counts(recordings, "region"),
            "animal": _counts(recordings, "animal"),
            "all_missing": int((~there).sum()),
            "partially_missing": int((there & (per_neuroid < n_trials * n_bins)).sum()),
            "constant": int((there & (low == high)).sum()),
            "undefined_targets": int((~(mean_low < mean_high)).sum()),
        },
        "fraction_missing": float(1 - per_neuroid.sum() / max(1, recordings.size)),
        "coords": {
            str(dim): sorted(
                str(name) for name, coord in recordings.coords.items() if coord.dims == (dim,)
            )
            for dim in recordings.dims
        },
    }
    summary["notes"] = _notes(summary, end - start)
    return summary


def _range(values: np.ndarray, keep: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest valid value of each neuroid (and of the axis to keep); NaN where none.

    By range, not by standard deviation, since rounding leaves constant values with one above 0.
    """
    axis = 0 if keep else (0, 1)
    # fmin and fmax pass over NaN without the warning of nanmin for an empty slice.
    return np.fmin.reduce(values, axis=axis), np.fmax.reduce(values, axis=axis)


def _spread(counts: np.ndarray) -> dict[str, float]:
    if not counts.size:
        return {"min": 0, "median": 0.0, "max": 0}
    return {
        "min": int(counts.min()),
        "median": float(np.median(counts)),
        "max": int(counts.max()),
    }


def _counts(recordings: xr.DataArray, name: str) -> dict[str, int]:
    if name not in recordings.coords or recordings[name].dims != ("neuroid",):
        return {}
    labels, counts = np.unique(recordings[name].values, return_counts=True)
    return {str(label): int(count) for label, count in zip(labels, counts, strict=True)}


def _notes(summary: dict[str, Any], widths: np.ndarray) -> list[str]:
    notes = []
    if summary["n_stimuli"] < 3:
        notes.append("fewer than 3 stimuli: no correlation over stimuli is defined")
    if summary["repetitions"]["max"] < 2:
        notes.append("no stimulus is repeated: no ceiling can be estimated")
    if not summary["time_bins"]["known"]:
        notes.append("limits of the time bins are unknown: they can be given with time_bins=")
    elif (widths < 1).all():
        notes.append("all time bins are narrower than 1 ms: are their limits in seconds?")
    return notes
