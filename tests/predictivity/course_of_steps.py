"""Activations of several steps and responses that follow them, for mappings shared over time."""

import numpy as np
import xarray as xr

N, N_UNITS, N_NEUROIDS = 40, 12, 4
STARTS = 70.0 + 20 * np.arange(5)
WINDOWS = [(70.0, 110.0), (110.0, 130.0), (130.0, 170.0)]
STEPS = [0, 0, 1, 2, 2]


def area(values, driven=None, windows=WINDOWS, name="IT"):
    coords = {
        "stimulus": [f"s{i:02d}" for i in range(values.shape[0])],
        "time": np.arange(values.shape[1]),
        "area": name,
        "driven": ("time", [True] * values.shape[1] if driven is None else driven),
    }
    if windows is not None:
        coords["time_start_ms"] = ("time", [w[0] for w in windows])
        coords["time_end_ms"] = ("time", [w[1] for w in windows])
    return xr.DataArray(values, dims=("stimulus", "time", "unit"), coords=coords, name="activation")


def recorded(means, starts=STARTS, width=20.0):
    """Return recordings of one trial a stimulus, so that their means are what is given."""
    return xr.DataArray(
        means,
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", [f"s{i:02d}" for i in range(len(means))]),
            "repetition": ("presentation", np.zeros(len(means), int)),
            "time_bin_start": ("time_bin", starts),
            "time_bin_end": ("time_bin", starts + width),
            "neuroid": [f"n{k}" for k in range(means.shape[2])],
        },
    )


def missing_some(responses):
    holes = responses.copy()
    holes[3, 2, 1] = np.nan
    holes[7, :, 1] = np.nan
    holes[10:20, 4, 2] = np.nan
    return holes


def features_and_responses():
    """Return features (stimulus, step, unit) and responses (stimulus, bin, neuroid)."""
    rng = np.random.default_rng(3)
    values = rng.standard_normal((N, 3, N_UNITS)) + np.arange(3)[:, None]
    weights = rng.standard_normal((N_UNITS, N_NEUROIDS)) / 3
    responses = values[:, STEPS] @ weights + 0.7 * rng.standard_normal((N, 5, N_NEUROIDS)) + 5
    return values, responses
