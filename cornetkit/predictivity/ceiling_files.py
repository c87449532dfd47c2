"""Ceiling files: netCDF-4, with the reasons for what is undefined."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from .. import __version__
from ..outputs import complete_or_not, uninterrupted
from ..schema import SCHEMA_VERSION, storable_attributes, text_encoding


def save_ceiling(ceilings: xr.DataArray, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write ceilings to a netCDF file, complete or not at all.

    Parameters
    ----------
    ceilings
        From `ceiling`.
    path
        Where to; `xarray.open_dataset` opens it, the variable is ``ceiling``.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    FileError
        The file is there already, or cannot be written.
    """
    path = Path(path)
    stored = ceilings.assign_attrs(storable_attributes(ceilings.attrs)).to_dataset(name="ceiling")
    stored.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "content": "ceiling",
    }
    with complete_or_not(path, overwrite=overwrite) as partial:
        uninterrupted(stored.to_netcdf, partial, engine="netcdf4", encoding=text_encoding(stored))
    return path
