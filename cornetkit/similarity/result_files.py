"""Files of RSA results: netCDF-4, with everything that moved a score."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import FileError, InputError
from ..outputs import complete_or_not, uninterrupted
from ..schema import storable_attributes, text_encoding


def save_rsa(result: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the result of `rsa` to a netCDF file, complete or not at all.

    Parameters
    ----------
    result
        From `rsa`.
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
    FileError
        The file is there already, or cannot be written.
    """
    path = Path(path)
    notes = json.dumps(list(result.attrs.get("notes", [])))
    stored = result.assign_attrs(storable_attributes(result.attrs | {"notes": notes}))
    with complete_or_not(path, overwrite=overwrite) as partial:
        uninterrupted(stored.to_netcdf, partial, engine="netcdf4", encoding=text_encoding(stored))
    return path


def open_rsa(path: str | Path) -> xr.Dataset:
    """Open a file that `save_rsa` or ``cornetkit rsa --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        As `rsa` returns it.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds no result of `rsa`.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError(f"no RSA result {path}; make one with: cornetkit rsa --out {path.name}")
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_timedelta=False) as dataset:
            result = dataset.load()
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(f"{path} is not a netCDF file, or it is damaged ({error})") from error
    if "score" not in result or "ceiling_lower" not in result:
        raise InputError(f"{path} holds no RSA result; expected a file of cornetkit rsa --out")
    result.attrs = {
        name: value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        for name, value in result.attrs.items()
    }
    result.attrs["notes"] = json.loads(result.attrs.get("notes", "[]"))
    return result
