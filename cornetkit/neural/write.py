"""Saving recordings: netCDF-4, one row a trial."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import FileError, InputError
from ..schema import SCHEMA_VERSION, to_attribute
from .layouts import as_trial_rows
from .plain import plain_labels
from .validate import validate


def save_recordings(recordings: xr.DataArray, path: str | Path, *, overwrite: bool = False) -> Path:
    """Save recordings as a netCDF-4 file of trial rows that `open_recordings` reads back.

    The file appears under its name only when it is complete; until then it is
    ``<name>.partial``. Equal recordings give files of equal contents.

    Parameters
    ----------
    recordings
        Trial rows (presentation, time_bin, neuroid), or any other layout that `open_recordings`
        takes.
    path
        Where to, usually ``*.nc``.
    overwrite
        Whether a file of that name may be replaced.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    InputError
        The recordings are not valid, or an attribute cannot be stored.
    FileError
        A file is in the way, or the path cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise FileError(f"{path} is a folder; give the name of a file in it, like {path}/v4.nc")
    if path.exists() and not overwrite:
        raise FileError(f"{path} exists already; give another name, or overwrite=True")
    if not path.parent.is_dir():
        raise FileError(f"there is no folder {path.parent} to save {path.name} in; make it first")
    recordings = as_trial_rows(recordings)
    validate(recordings)
    dataset = _storable(recordings)
    partial = path.with_name(path.name + ".partial")
    try:
        dataset.to_netcdf(partial, engine="netcdf4", format="NETCDF4", encoding=_encoding(dataset))
        os.replace(partial, path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def _storable(recordings: xr.DataArray) -> xr.Dataset:
    """Copy labels and attributes into forms that netCDF holds, without what was read along."""
    coords = {
        str(name): (coord.dims, plain_labels(coord.values), _attrs(coord.attrs))
        for name, coord in recordings.coords.items()
    }
    response = xr.DataArray(
        recordings.values, dims=recordings.dims, coords=coords, attrs=_attrs(recordings.attrs)
    )
    attrs = {"schema_version": SCHEMA_VERSION, "content": "recordings"}
    return response.to_dataset(name="response").assign_attrs(attrs)


def _attrs(attrs: dict[Any, Any]) -> dict[str, Any]:
    stored = {}
    for name, value in attrs.items():
        plain = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        try:
            stored[str(name)] = to_attribute(plain)
        except TypeError as error:
            raise InputError(
                f"attribute '{name}' of type {type(value).__name__} cannot be stored in netCDF; "
                "turn it into text or numbers, or delete it from .attrs"
            ) from error
    return stored


def _encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    # Text as characters: strings of variable length can crash netCDF4 when files are reopened.
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"dtype": "S1"}
        for name, coord in dataset.coords.items()
        if coord.dtype.kind == "U"
    }
    encoding["response"] = {"zlib": True, "complevel": 1, "shuffle": True}
    return encoding
