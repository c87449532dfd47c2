"""Data and methods that every contract is tested on."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

N_STIMULI = 42

# Every way to map features to responses. A new one is added here and has to pass all contracts.
METHODS: dict[str, dict[str, Any]] = {
    "ridge": {"method": "ridge"},
    "ridge, one penalty for all": {"method": "ridge", "alpha_per": "all"},
    "joint pls": {"method": "pls", "targets": "joint", "n_components": 4},
    "separate pls": {"method": "pls", "targets": "separate", "n_components": 4},
    "ols": {"method": "ols"},
    "best unit": {"method": "best-unit"},
    "non-negative": {"method": "non-negative"},
    "brainscore": {"protocol": "brainscore", "n_components": 4},
    "kar2019-within": {"protocol": "kar2019-within", "n_components": 4},
    "explained variance": {"normalization": "%EV"},
}
STANDARDIZED = {
    f"{name}, standardised": settings | {"standardize": True}
    for name, settings in METHODS.items()
    # A best unit has no scale, and how penalties are shared is tested above.
    if name in ("ridge", "joint pls", "separate pls", "ols", "non-negative")
}


@pytest.fixture(
    scope="session", params=(METHODS | STANDARDIZED).values(), ids=(METHODS | STANDARDIZED).keys()
)
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Arguments of predict that say a method."""
    small = {} if "protocol" in request.param else {"n_splits": 4}
    return request.param | small


class Data(NamedTuple):
    """Features (stimulus, unit) and recordings (trial rows) that are linear in them."""

    features: xr.DataArray
    recordings: xr.DataArray


@pytest.fixture(scope="session", params=[12, 90], ids=["few units", "many units"])
def data(request: pytest.FixtureRequest) -> Data:
    """Fewer units than stimuli, and more; of different scales and off 0, as in a network."""
    return make(request.param)


def make(n_units: int, seed: int = 0, n_neuroids: int = 3, related: bool = True) -> Data:
    """Features, and responses that are the first units (and noise), or noise alone."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((N_STIMULI, n_units))
    means = values[:, :n_neuroids] if related else rng.standard_normal((N_STIMULI, n_neuroids))
    scale = rng.uniform(0.5, 2, n_units)
    ids = np.array([f"s{i:02d}" for i in range(N_STIMULI)])
    trials = np.repeat(means, 2, axis=0) + 0.3 * rng.standard_normal((2 * N_STIMULI, n_neuroids))
    features = xr.DataArray(
        values * scale + rng.uniform(0, 3, n_units),
        dims=("stimulus", "unit"),
        coords={"stimulus": ids},
    )
    recordings = xr.DataArray(
        trials[:, None, :],
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat(ids, 2)),
            "repetition": ("presentation", np.tile([0, 1], N_STIMULI)),
            "neuroid": [f"n{k}" for k in range(n_neuroids)],
        },
    )
    return Data(features, recordings)


@pytest.fixture(scope="session")
def predict() -> Callable[..., xr.Dataset]:
    """Return `cornetkit.predict` with its notes in the attributes only, not as warnings."""

    def quietly(features: Any, recordings: Any, settings: dict[str, Any]) -> xr.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            return ck.predict(features, recordings, progress=False, **settings)

    return quietly


@pytest.fixture(scope="session")
def expected(
    data: Data, settings: dict[str, Any], predict: Callable[..., xr.Dataset]
) -> xr.Dataset:
    """Scores of the data as they are."""
    return predict(data.features, data.recordings, settings)


@pytest.fixture(scope="session")
def few(maker: Callable[..., Data]) -> Data:
    """The data of few units only, for what no method has a say in."""
    return maker(12)


@pytest.fixture(scope="session")
def maker() -> Callable[..., Data]:
    """Return `make`, for tests that need other data."""
    return make
