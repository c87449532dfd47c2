"""Files of RSA results: netCDF-4, with everything that moved a score."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..result_contents import content_among
from ..result_files import read_result, write_result

# What `save_rsa` takes, with what computes it.
_RESULTS = {
    "rsa": "rsa",
    "rdm ceilings": "rdm_ceiling",
    "one-to-one matching": "one_to_one",
    "soft matching": "soft_matching",
    "comparison of similarity": "compare_rsa",
}


def save_rsa(result: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the result of `rsa` to a netCDF file, complete or not at all.

    Parameters
    ----------
    result
        From `rsa`, `rdm_ceiling`, `one_to_one`, `soft_matching` or `compare_rsa`.
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
    content = content_among(result, _RESULTS, "save_rsa")
    return write_result(result, path, content, overwrite=overwrite)


def open_rsa(path: str | Path) -> xr.Dataset:
    """Open a file that `save_rsa` or ``cornetkit rsa --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        As `rsa` (or `rdm_ceiling`, `one_to_one`, `soft_matching`, `compare_rsa`) returned it.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds none of these.
    """
    result = read_result(path, tuple(_RESULTS), "cornetkit rsa --out")
    result.attrs.setdefault("notes", [])
    return result
