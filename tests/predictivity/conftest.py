"""Small recordings and features for the tests of predictivity."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


class Planted(NamedTuple):
    """Features (stimulus, unit) and recordings (trial rows) that are linear in them."""

    features: xr.DataArray
    recordings: xr.DataArray


@pytest.fixture(scope="session")
def planted() -> Callable[..., Planted]:
    """Return a maker of small data: responses = features @ weights + noise."""

    def make(
        n_stimuli: int = 60,
        n_units: int = 15,
        n_neuroids: int = 4,
        n_repetitions: int = 4,
        n_bins: int = 1,
        noise: float = 1.0,
        seed: int = 0,
    ) -> Planted:
        rng = np.random.default_rng(seed)
        values = rng.standard_normal((n_stimuli, n_units))
        weights = rng.standard_normal((n_units, n_bins * n_neuroids)) / np.sqrt(n_units)
        means = (values @ weights).reshape(n_stimuli, n_bins, n_neuroids)
        trials = np.repeat(means, n_repetitions, axis=0)
        trials += noise * rng.standard_normal(trials.shape)
        ids = np.array([f"s{i:03d}" for i in range(n_stimuli)])
        features = xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": ids})
        recordings = xr.DataArray(
            trials,
            dims=("presentation", "time_bin", "neuroid"),
            coords={
                "stimulus": ("presentation", np.repeat(ids, n_repetitions)),
                "repetition": ("presentation", np.tile(np.arange(n_repetitions), n_stimuli)),
                "time_bin_start": ("time_bin", 70.0 + 20 * np.arange(n_bins)),
                "time_bin_end": ("time_bin", 90.0 + 20 * np.arange(n_bins)),
                "neuroid": [f"n{k}" for k in range(n_neuroids)],
                "region": ("neuroid", ["IT"] * n_neuroids),
            },
        )
        return Planted(features, recordings)

    return make


@pytest.fixture(scope="session")
def quietly() -> Callable[..., xr.Dataset]:
    """Return `predict` with its notes in the attributes only, not as warnings."""

    def predict(*args: object, **settings: object) -> xr.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            return ck.predict(*args, progress=False, **settings)

    return predict
