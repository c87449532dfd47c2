"""Small synthetic recordings in the layouts that labs use."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

IDS = ["b", "a", "c"]


@pytest.fixture
def dense() -> xr.DataArray:
    """Three stimuli x 2 repetitions x 2 time bins x 4 neuroids; two trials are missing."""
    values = np.random.default_rng(0).normal(size=(3, 2, 2, 4))
    values[1, 1] = np.nan
    values[2, 0] = np.nan
    values[0, 0, :, 3] = np.nan
    return xr.DataArray(
        values,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": IDS,
            "repetition": [0, 1],
            "object_name": ("stimulus", ["car", "face", "car"]),
            "time_bin_start": ("time_bin", [70, 80]),
            "time_bin_end": ("time_bin", [80, 90]),
            "neuroid": ["n0", "n1", "n2", "n3"],
            "region": ("neuroid", ["V4", "V4", "IT", "IT"]),
            "animal": ("neuroid", ["P", "P", "P", "M"]),
        },
        name="response",
    )


@pytest.fixture
def make_trials() -> Callable[..., xr.DataArray]:
    """Trial rows from values (presentation, time_bin, neuroid) and stimulus ids."""

    def make(values: object, stimuli: object, **coords: object) -> xr.DataArray:
        array = np.asarray(values, dtype=float)
        return xr.DataArray(
            array,
            dims=("presentation", "time_bin", "neuroid"),
            coords={
                "stimulus": ("presentation", np.asarray(stimuli)),
                "neuroid": [f"n{i}" for i in range(array.shape[2])],
                **coords,
            },
        )

    return make
