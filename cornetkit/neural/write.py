"""Saving recordings: netCDF-4, one row a trial."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..outputs import check_output, complete_or_not
from ..schema import SCHEMA_VERSION, storable_attributes, text_encoding
from ..uninterrupted import uninterrupted
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
    check_output(path, overwrite=overwrite)
    recordings = as_trial_rows(recordings)
    validate(recordings)
    dataset = _storable(recordings)
    encoding = text_encoding(dataset)
    encoding["response"] = {"zlib": True, "complevel": 1, "shuffle": True}
    with complete_or_not(path, overwrite=overwrite) as partial:
        uninterrupted(
            dataset.to_netcdf, partial, engine="netcdf4", format="NETCDF4", encoding=encoding
        )
    return path


def _storable(recordings: xr.DataArray) -> xr.Dataset:
    """Copy labels and attributes into forms that netCDF holds, without what was read along."""
    coords = {
        str(name): (coord.dims, plain_labels(coord.values), storable_attributes(coord.attrs))
        for name, coord in recordings.coords.items()
    }
    response = xr.DataArray(
        recordings.values,
        dims=recordings.dims,
        coords=coords,
        attrs=storable_attributes(recordings.attrs),
    )
    attrs = {"schema_version": SCHEMA_VERSION, "content": "recordings"}
    return response.to_dataset(name="response").assign_attrs(attrs)
