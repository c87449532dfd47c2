"""Small activations with objects, and subjects who choose by known rates."""

import numpy as np
import pandas as pd
import xarray as xr

OBJECTS = ("cat", "dog", "owl")


def make_acts(n=36, steps=(0.0, 0.6, 2.0), noise=1.5, seed=0):
    """Activations whose objects lie farther apart from step to step."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % len(OBJECTS)
    centres = rng.standard_normal((len(OBJECTS), 12))[codes]
    values = [far * centres + noise * rng.standard_normal(centres.shape) for far in steps]
    return xr.DataArray(
        np.stack(values, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"im{k:02d}" for k in range(n)],
            "object_name": ("stimulus", [OBJECTS[c] for c in codes]),
            "time": np.arange(len(steps)),
            "area": "IT",
        },
    )


def make_probabilities(n=30, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % len(OBJECTS)
    P = rng.dirichlet(np.ones(len(OBJECTS)), size=n) * 0.6
    P[np.arange(n), codes] += 0.4
    return xr.DataArray(
        P,
        dims=("stimulus", "choice"),
        coords={
            "stimulus": [f"im{k:02d}" for k in range(n)],
            "choice": list(OBJECTS),
            "truth": ("stimulus", [OBJECTS[c] for c in codes]),
        },
    )


def make_trials(P, n_trials=12, seed=0):
    """Subjects who confuse a pair as often as the probabilities say."""
    rng = np.random.default_rng(seed)
    rows = []
    for stimulus, truth, row in zip(P.stimulus.values, P.truth.values, P.values, strict=True):
        own = row[list(OBJECTS).index(truth)]
        for other, p in zip(OBJECTS, row, strict=True):
            if other != truth:
                wrong = rng.random(n_trials) < p / (p + own)
                rows += [(stimulus, truth, other, other if w else truth) for w in wrong]
    return pd.DataFrame(rows, columns=["stimulus", "sample", "distractor", "choice"])
