"""Recordings in whatever labelled layout, handed to the functions of this room."""

from __future__ import annotations

import xarray as xr

from ..errors import InputError
from ..schema import RECORDING_DIMS
from .formats import read_labelled


def as_trial_rows(recordings: xr.DataArray) -> xr.DataArray:
    """Return canonical recordings as they are, and any other known layout put into that form.

    Raises
    ------
    InputError
        It is no DataArray, its layout is not known, or it has no stimulus ids.
    """
    if not isinstance(recordings, xr.DataArray):
        raise InputError(
            f"recordings are a {type(recordings).__name__}, expected an xarray.DataArray; "
            "make one with open_recordings(...)"
        )
    canonical = (
        tuple(recordings.dims) == RECORDING_DIMS
        and all(name in recordings.coords for name in _CANONICAL)
        and recordings.dtype.kind == "f"
    )
    return recordings if canonical else read_labelled(recordings)


_CANONICAL = ("stimulus", "repetition", "neuroid", "time_bin_start", "time_bin_end")
