"""Ceiling files: netCDF-4, with the reasons for what is undefined."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result
from ..result_files import read_result, write_result


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
    InputError
        Something else was given.
    FileError
        The file is there already, or cannot be written.
    """
    stored = ceilings.to_dataset(name="ceiling") if isinstance(ceilings, xr.DataArray) else ceilings
    if content_of(stored) != "ceilings":
        given = name_of_result(ceilings)
        raise InputError(f"{given} was given to save_ceiling; expected the result of ceiling")
    return write_result(stored, path, "ceilings", overwrite=overwrite)


def open_ceiling(path: str | Path) -> xr.DataArray:
    """Open a file that `save_ceiling` or ``cornetkit ceiling --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    DataArray
        ``ceiling`` (time_bin, neuroid), in units of r^2, with ``reason`` and all else that
        `ceiling` returns.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds no ceilings.
    """
    found = read_result(path, "ceilings", "cornetkit ceiling --out")
    others = [name for name in found.data_vars if name != "ceiling"]
    return found.set_coords(others)["ceiling"]
