"""What was given: RDMs, activations, recordings, or an array of response patterns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from ..activations import Activations
from ..errors import InputError
from ..file_signatures import check_netcdf
from ..result_contents import kind_of_file
from ..schema import AVERAGED_DIMS, DENSE_DIMS, RECORDING_DIMS
from .forms import is_rdm

_EXPECTED = (
    "activations (a path, Activations, or a DataArray of dims stimulus[, time], unit), recordings "
    "(a path or what else open_recordings takes), or RDMs (a path or a DataArray of dims "
    "stimulus_a, stimulus_b)"
)
_EXPECTED_FILE = (
    "expected a netCDF file of activations (as cornetkit record writes), recordings or RDMs"
)
_OF_RECORDINGS = {*RECORDING_DIMS, *DENSE_DIMS, *AVERAGED_DIMS}


def kind_of(source: Any) -> str:
    """Return ``"rdms"``, ``"activations"``, ``"recordings"`` or ``"array"``.

    Raises
    ------
    InputError
        It is none of these: a file of scores, say.
    """
    if isinstance(source, (str, Path)):
        kind = kind_of_file(source)
        if kind == "recordings":  # what everything is called that is nothing else
            check_netcdf(Path(source), _EXPECTED_FILE)
        if kind not in ("rdms", "activations", "recordings"):
            raise InputError(f"{source} holds {kind}; expected {_EXPECTED}")
        return kind
    if isinstance(source, xr.Dataset):
        return "rdms" if "rdm" in source and is_rdm(source["rdm"]) else "recordings"
    if isinstance(source, (Activations, Mapping)):
        return "activations"
    if isinstance(source, xr.DataArray):
        dims = {str(dim) for dim in source.dims}
        if is_rdm(source):
            return "rdms"
        if "presentation" in dims or {"stimulus", "repetition"} <= dims:
            return "recordings"
        if "neuroid" in dims and dims <= _OF_RECORDINGS:
            return "recordings"
        if "stimulus" in dims and dims & {"unit", "neuroid"}:
            return "array"
        raise InputError(
            f"an array of dims ({', '.join(map(str, source.dims))}) was given; expected {_EXPECTED}"
        )
    raise InputError(f"a {type(source).__name__} was given; expected {_EXPECTED}")
