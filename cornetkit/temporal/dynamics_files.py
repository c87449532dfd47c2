"""Files of dynamics: netCDF-4, one group an analysis."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import InputError
from ..result_contents import name_of_result
from ..result_files import read_result, write_result

_MADE_BY = "cornetkit dynamics --out"
# The root names its groups, so that it says what it is.
_NAMES = "dynamics_groups"


def save_dynamics(tree: xr.DataTree, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the result of `dynamics` to a netCDF file, complete or not at all.

    Parameters
    ----------
    tree
        From `dynamics`.
    path
        Where to; plain `xarray.open_datatree` opens it, and `xarray.open_dataset` a group of it.
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
    if not isinstance(tree, xr.DataTree) or tree.attrs.get("analysis") != "dynamics":
        raise InputError(
            f"{name_of_result(tree)} was given to save_dynamics; expected the result of dynamics"
        )
    groups = {str(name): node.to_dataset() for name, node in tree.children.items()}
    root = xr.Dataset({_NAMES: ("group", list(groups))}, attrs=dict(tree.attrs))
    return write_result(groups, path, "dynamics", overwrite=overwrite, root=root)


def open_dynamics(path: str | Path) -> xr.DataTree:
    """Open a file that `save_dynamics` or ``cornetkit dynamics --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    DataTree
        What `dynamics` returned, in memory.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds something else.
    """
    root = read_result(path, "dynamics", _MADE_BY)
    groups = {}
    for name in root[_NAMES].values.astype(str):
        with xr.open_dataset(
            path, group=name, engine="netcdf4", decode_times=False, decode_timedelta=False
        ) as dataset:
            groups[f"/{name}"] = dataset.load()
    for dataset in groups.values():
        dataset.attrs = {
            str(key): value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
            for key, value in dataset.attrs.items()
        }
        if "notes" in dataset.attrs:
            dataset.attrs["notes"] = json.loads(str(dataset.attrs["notes"]))
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = {k: v for k, v in root.attrs.items() if k != "content"}
    return tree
