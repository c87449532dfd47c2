"""Files of analyses over time that are one Dataset: netCDF-4."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..result_contents import content_among
from ..result_files import read_result, write_result

# What `save_temporal` takes, with what computes it.
_RESULTS = {
    "decoding": "decode",
    "object solution times": "ost",
    "generalisation of a mapping": "generalize_mapping",
    "rdm movie": "rdm_movie",
    "latency": "latency",
    "trajectories": "trajectories",
    "power": "power",
}


def save_temporal(result: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a result over time to a netCDF file, complete or not at all.

    Parameters
    ----------
    result
        From `decode`, `ost`, `generalize_mapping`, `rdm_movie`, `latency`, `trajectories` or
        `power`.
    path
        Where to; plain `xarray.open_dataset` opens it too. Its attribute ``content`` says what
        it holds.
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
    content = content_among(result, _RESULTS, "save_temporal")
    return write_result(result, path, content, overwrite=overwrite)


def open_temporal(path: str | Path) -> xr.Dataset:
    """Open a file that `save_temporal`, or ``--out`` of ``decode``, ``ost`` or ``power``, wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        As the analysis returned it.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds something else.
    """
    result = read_result(path, tuple(_RESULTS), "cornetkit decode --out")
    result.attrs.setdefault("notes", [])
    return result
