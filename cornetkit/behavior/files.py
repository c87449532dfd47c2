"""Files of behavioural results."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..result_contents import content_among
from ..result_files import read_result, write_result

_RESULTS = {"behavior": "behavior_scores", "speed and accuracy": "speed_accuracy"}


def save_behavior(result: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a result of `behavior_scores` or `speed_accuracy` to a file, whole or not at all.

    Parameters
    ----------
    result
        From one of these.
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
    content = content_among(result, _RESULTS, "save_behavior")
    return write_result(result, path, content, overwrite=overwrite)


def open_behavior(path: str | Path) -> xr.Dataset:
    """Open a file that `save_behavior` or ``cornetkit behavior --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        As `behavior_scores` or `speed_accuracy` returned it.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds something else.
    """
    return read_result(path, tuple(_RESULTS), "cornetkit behavior --out")
