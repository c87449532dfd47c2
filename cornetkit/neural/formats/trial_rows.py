"""One row a trial: presentation x neuroid, with or without time bins."""

from __future__ import annotations

import xarray as xr

from ..assemble import assemble, with_dim
from ..plain import plain_coords
from ..validate import require_stimulus

LAYOUT = "presentation x neuroid [x time_bin]"
_REQUIRED = {"presentation", "neuroid"}
_OPTIONAL = {"time_bin"}


def matches(array: xr.DataArray) -> bool:
    """Whether the dims are those of trial rows."""
    dims = {str(dim) for dim in array.dims}
    return dims >= _REQUIRED and dims <= _REQUIRED | _OPTIONAL


def read(array: xr.DataArray, what: str) -> xr.DataArray:
    """Put trial rows in any order of dims into canonical form."""
    coords = plain_coords(array)
    require_stimulus(coords, what)
    if "time_bin" not in array.dims:
        array, coords = with_dim(array, coords, "time_bin")
    values = array.transpose("presentation", "time_bin", "neuroid").values
    return assemble(values, coords, array.attrs, what)
