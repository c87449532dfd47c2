"""Synthetic activations whose steps differ, and recordings that follow them as planted."""

import warnings

import numpy as np
import xarray as xr

import cornetkit as ck
from cornetkit.simulation import simulate_recordings

ONSET_MS, STEP_MS, WIDTH_MS = 86.0, 30.0, 20.0
STARTS = 50.0 + WIDTH_MS * np.arange(11)


def drifting(n=100, steps=8, units=40, undriven=1, drift=0.6, seed=0):
    """Return activations of IT that drift from step to step; undriven steps are constant."""
    rng = np.random.default_rng(seed)
    scale = np.arange(1, units + 1) ** -0.5
    values = np.empty((n, steps, units))
    values[:, 0] = rng.standard_normal((n, units)) * scale
    for k in range(1, steps):
        fresh = rng.standard_normal((n, units)) * scale
        values[:, k] = np.sqrt(1 - drift**2) * values[:, k - 1] + drift * fresh
    values = values @ rng.standard_normal((units, units)) / np.sqrt(units)
    for k in range(undriven):
        values[:, k] = k + 1.0  # the same for all images, and it changes from step to step
    return xr.DataArray(
        values.astype(np.float32),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{i:03d}" for i in range(n)],
            "time": np.arange(steps),
            "area": "IT",
            "driven": ("time", np.arange(steps) >= undriven),
        },
        name="activation",
    )


def planted_course(first=1, last=7):
    """Return the step of each bin by an onset and a step length, None before the onset."""
    middle = STARTS + WIDTH_MS / 2
    steps = first + np.floor((middle - ONSET_MS) / STEP_MS).astype(int)
    return [
        int(min(step, last)) if t >= ONSET_MS else None
        for t, step in zip(middle, steps, strict=True)
    ]


def recorded(acts, course, *, rng=1, **settings):
    """Return recordings of 16 neuroids that follow a course over steps."""
    given = {"n_neuroids": 16, "n_repetitions": 6, "n_dimensions": 8, "onset_ms": STARTS[0]}
    return simulate_recordings(acts, course, rng=rng, **(given | settings))


def noisier(recordings, factors, seed=0):
    """Add noise whose deviation is so many times that of each bin: reliability falls."""
    rng = np.random.default_rng(seed)
    deviation = recordings.std(("presentation", "neuroid")).values
    noise = rng.standard_normal(recordings.shape) * (deviation * factors)[:, None]
    return recordings.copy(data=(recordings.values + noise).astype(np.float32))


def quietly(function, *args, **settings):
    """Call a function whose notes are not of interest here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return function(*args, **settings)
