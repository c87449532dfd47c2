"""Activations and recordings whose course over time is known."""

from typing import Any

import numpy as np
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
