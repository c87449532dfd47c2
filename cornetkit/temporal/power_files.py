"""Files of what a design could tell."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result
from ..result_files import read_result, write_result


def save_power(result: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the result of `power` to a netCDF file, complete or not at all.

    Parameters
    ----------
    result
        From `power`.
    path
        Where to; plain `xarray.open_dataset` opens it too.
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
    if content_of(result) != "power":
        raise InputError(
            f"{name_of_result(result)} was given to save_power; expected a result of power"
        )
    return write_result(result, path, "power", overwrite=overwrite)


def open_power(path: str | Path) -> xr.Dataset:
    """Open a file that `save_power` or ``cornetkit power --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        As `power` returned it.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds something else.
    """
    return read_result(path, "power", "cornetkit power --out")
