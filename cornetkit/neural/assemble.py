"""The canonical form of recordings, put together from values and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from ..schema import RECORDING_DIMS
from .grouping import StimulusGroups
from .plain import Coords, plain_responses


def assemble(
    values: np.ndarray,
    coords: Coords,
    attrs: Mapping[str, Any],
    what: str = "the array of recordings",
) -> xr.DataArray:
    """Build canonical recordings: one row a trial.

    Parameters
    ----------
    values
        Responses, shape (presentation, time_bin, neuroid); NaN = missing.
    coords
        Coordinates by name as (dims, values). ``stimulus`` (presentation) has to be there.
        A missing ``repetition`` is numbered by occurrence within each stimulus, missing
        ``neuroid`` ids from 0, missing limits of time bins are NaN.
    attrs
        Attributes to keep.
    what
        What the array is called in a message.

    Returns
    -------
    xarray.DataArray
        ``response`` with dims (presentation, time_bin, neuroid).

    Raises
    ------
    InputError
        The values are no numbers, or a label lies along another dim than it should.
    """
    n_trials, n_bins, n_neuroids = values.shape
    coords = dict(coords)
    for name, dim in _PLACES.items():
        if name in coords and coords[name][0] != (dim,):
            raise InputError(
                f"{what}: coordinate '{name}' has dims ({', '.join(coords[name][0])}), "
                f"expected ({dim}); give one value for each {dim}"
            )
    if "repetition" not in coords:
        coords["repetition"] = (
            ("presentation",),
            StimulusGroups.of(coords["stimulus"][1]).occurrence,
        )
    coords.setdefault("neuroid", (("neuroid",), np.arange(n_neuroids)))
    for name in ("time_bin_start", "time_bin_end"):
        coords.setdefault(name, (("time_bin",), np.full(n_bins, np.nan)))
    for name in ("region", "animal"):
        # One region for all is often stored as a scalar.
        if name in coords and coords[name][0] == ():
            coords[name] = (("neuroid",), np.full(n_neuroids, coords[name][1]))
    # Rows are gathered by stimulus again and again: a trial must be one stretch of memory.
    responses = np.ascontiguousarray(plain_responses(values, what))
    return xr.DataArray(
        responses, dims=RECORDING_DIMS, coords=coords, name="response", attrs=dict(attrs)
    )


_PLACES = {
    "stimulus": "presentation",
    "repetition": "presentation",
    "neuroid": "neuroid",
    "time_bin_start": "time_bin",
    "time_bin_end": "time_bin",
}


def with_dim(array: xr.DataArray, coords: Coords, dim: str) -> tuple[xr.DataArray, Coords]:
    """Add a dim of length 1; what a selection left as scalars of that dim lies along it again."""
    scalars = {
        name: ((dim,), labels.reshape(1))
        for name, (dims, labels) in coords.items()
        if dims == () and (name == dim or _PLACES.get(name) == dim)
    }
    return array.drop_vars(dim, errors="ignore").expand_dims(dim), {**coords, **scalars}
