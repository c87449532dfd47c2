"""Activations and recordings whose course over time is known."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr


def make_acts(values: np.ndarray, objects: np.ndarray | None = None, **coords: Any) -> xr.DataArray:
    """Label activations (stimulus, time, unit)."""
    n, n_times, _ = values.shape
    found = xr.DataArray(
        values,
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": [f"s{k:03d}" for k in range(n)], "time": np.arange(n_times), **coords},
    )
    if objects is not None:
        found = found.assign_coords(object_name=("stimulus", objects))
    return found


def make_trials(
    means: np.ndarray,
    objects: np.ndarray | None = None,
    *,
    n_repetitions: int = 4,
    noise: float = 1.0,
    start: float = 0.0,
    width: float = 20.0,
    seed: int = 0,
) -> xr.DataArray:
    """Label dense recordings of known means (stimulus, time_bin, neuroid)."""
    rng = np.random.default_rng(seed)
    n, n_bins, n_neuroids = means.shape
    dense = means[:, None] + noise * rng.normal(size=(n, n_repetitions, n_bins, n_neuroids))
    starts = start + width * np.arange(n_bins)
    found = xr.DataArray(
        dense,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": [f"s{k:03d}" for k in range(n)],
            "repetition": np.arange(n_repetitions),
            "time_bin_start": ("time_bin", starts),
            "time_bin_end": ("time_bin", starts + width),
            "neuroid": [f"n{k:02d}" for k in range(n_neuroids)],
        },
    )
    if objects is not None:
        found = found.assign_coords(object_name=("stimulus", objects))
    return found


def object_patterns(
    n: int, n_objects: int, d: int, strength: float, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the objects of stimuli and their patterns (stimulus, unit), with some scatter."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % n_objects
    patterns = strength * rng.normal(size=(n_objects, d))[codes] + 0.3 * rng.normal(size=(n, d))
    return np.array([f"o{c}" for c in codes]), patterns


def acts_solved_step_by_step() -> tuple[xr.DataArray, np.ndarray]:
    """Eight steps; each of 48 images shows its object from a step of its own; 1/6 never (99)."""
    rng = np.random.default_rng(0)
    objects, pattern = object_patterns(48, 4, 40, 1.2)
    onset = rng.permutation(np.arange(48) % 6 + 1)
    onset[onset == 6] = 99
    values = 0.4 * rng.normal(size=(48, 8, 40))
    for image, step in enumerate(onset):
        values[image, step:] += pattern[image]
    return make_acts(values, objects), onset


def behavior_table(acts: xr.DataArray, onset: np.ndarray, threshold: float = 1.0) -> pd.DataFrame:
    """Return thresholds, and the times that belong to the steps, in another order."""
    return pd.DataFrame(
        {
            "stimulus": acts["stimulus"].values[::-1],
            "threshold": threshold,
            "ost_ms": np.where(onset == 99, np.nan, 70 + 10.0 * onset)[::-1],
        }
    )
