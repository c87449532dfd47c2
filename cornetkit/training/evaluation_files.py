"""Files of evaluations."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result
from ..result_files import read_result, write_result

_CONTENT = "evaluation"


def save_evaluation(result: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a result of `evaluate` to a file, whole or not at all.

    Parameters
    ----------
    result
        From `evaluate`.
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
    if content_of(result) != _CONTENT:
        raise InputError(
            f"{name_of_result(result)} was given to save_evaluation; expected the result of "
            "evaluate"
        )
    return write_result(result, path, _CONTENT, overwrite=overwrite)


def open_evaluation(path: str | Path) -> xr.Dataset:
    """Open a file that `save_evaluation` or ``cornetkit evaluate --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        As `evaluate` returned it.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds something else.
    """
    result = read_result(path, _CONTENT, "cornetkit evaluate --out")
    skipped = result.attrs.get("skipped", [])
    # netCDF gives a list of one text back as that text.
    result.attrs["skipped"] = [skipped] if isinstance(skipped, str) else list(skipped)
    return result
