"""Small patterns, recordings and RDMs for the tests of similarity."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.activations import ActivationWriter, AreaLayout

IDS = [f"s{k:02d}" for k in range(14)]


@pytest.fixture(scope="session")
def latent() -> np.ndarray:
    """What the stimuli have in common for model and neurons, (stimulus, dimension)."""
    return np.random.default_rng(5).normal(size=(len(IDS), 4))


@pytest.fixture(scope="session")
def acts(latent, tmp_path_factory) -> Path:
    """A file of two areas and three steps; IT's first is undriven, its second constant."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("acts") / "acts.nc"
    layouts = [
        AreaLayout("V4", (0, 1, 2), (30,), driven=(True, True, True)),
        AreaLayout("IT", (0, 1, 2), (20,), driven=(False, True, True)),
    ]
    values = {}
    for layout in layouts:
        shape = (len(IDS), 3, layout.n_units)
        weights = rng.normal(size=(3, 4, layout.n_units))
        steps = np.einsum("nd,tdu->ntu", latent, weights) + 0.5 * rng.normal(size=shape)
        values[layout.area] = np.maximum(steps, -1.0).astype(np.float32)
    values["IT"][:, :2] = 0.25
    metadata = {"object_name": np.array([f"o{k % 3}" for k in range(len(IDS))])}
    writer = ActivationWriter(path, layouts, IDS, metadata=metadata, attrs={"model": "Z"})
    writer.write(values)
    writer.finish()
    return path


@pytest.fixture(scope="session")
def trials(latent) -> xr.DataArray:
    """Recordings of 24 neuroids in 3 animals, 6 repetitions, two time bins, the first noise."""
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(4, 24))
    signal = np.stack([np.zeros((len(IDS), 24)), latent @ weights], axis=1)
    dense = signal + rng.normal(size=(6, *signal.shape))
    return xr.DataArray(
        dense,
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={
            "repetition": np.arange(6),
            "stimulus": IDS,
            "object_name": ("stimulus", [f"o{k % 3}" for k in range(len(IDS))]),
            "time_bin_start": ("time_bin", [0.0, 70.0]),
            "time_bin_end": ("time_bin", [70.0, 170.0]),
            "neuroid": [f"n{k:02d}" for k in range(24)],
            "animal": ("neuroid", ["a", "b", "c"] * 8),
        },
    )


@pytest.fixture(scope="session")
def subjects() -> xr.DataArray:
    """RDMs of five subjects, eight stimuli: one structure and noise."""
    rng = np.random.default_rng(2)
    shared = rng.exponential(size=28)
    pairs = shared + 0.7 * rng.exponential(size=(5, 28))
    square = np.zeros((5, 8, 8))
    rows, columns = np.triu_indices(8, 1)
    square[:, rows, columns] = square[:, columns, rows] = pairs
    ids = IDS[:8]
    return xr.DataArray(
        square,
        dims=("subject", "stimulus_a", "stimulus_b"),
        coords={"subject": list("vwxyz"), "stimulus_a": ids, "stimulus_b": ids},
        name="rdm",
    )


@pytest.fixture(scope="session")
def models(subjects) -> xr.DataArray:
    """RDMs of two models: what the subjects share, and noise."""
    rng = np.random.default_rng(0)
    noise = np.triu(rng.exponential(size=(2, 8, 8)), 1)
    near = subjects.mean("subject") + xr.DataArray(
        noise + noise.transpose(0, 2, 1), dims=("model", "stimulus_a", "stimulus_b")
    )
    return near.transpose("model", ...).assign_coords(model=["m0", "m1"])


@pytest.fixture(scope="session")
def quietly() -> Callable[..., Any]:
    """Return a function that calls another one without its notes as warnings."""

    def call(function: Callable[..., Any], *args: object, **settings: object) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            return function(*args, **settings)

    return call
