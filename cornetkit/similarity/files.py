"""RDM files: netCDF-4, one array at the top level, or one group a source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import netCDF4
import xarray as xr

from ..errors import InputError, listing, unknown_name
from ..result_files import check_result, read_result, write_result
from .forms import as_rdms

_MADE_BY = "save_rdms"


def save_rdms(
    rdms: xr.DataArray | Mapping[str, xr.DataArray], path: str | Path, *, overwrite: bool = False
) -> Path:
    """Write RDMs to a netCDF-4 file, complete or not at all.

    Parameters
    ----------
    rdms
        RDMs of either form, or several of them by name: each then becomes a group of the file.
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
        An array is no RDM, or there is none.
    FileError
        The file is there already, or cannot be written.
    """
    groups: dict[str | None, xr.DataArray] = {}
    if isinstance(rdms, xr.DataArray):
        groups[None] = rdms
    else:
        groups.update(rdms)
    if not groups:
        raise InputError("no RDMs were given; expected a DataArray, or several of them by name")
    stored = {name: _dataset(array, name or "the RDMs") for name, array in groups.items()}
    one = stored.pop(None, None)
    named = {str(name): dataset for name, dataset in stored.items()}
    return write_result(named if one is None else one, path, "rdms", overwrite=overwrite)


def _dataset(array: xr.DataArray, what: str) -> xr.Dataset:
    as_rdms(array, what)
    return array.to_dataset(name="rdm")


def open_rdms(path: str | Path, *, group: str | None = None) -> xr.DataArray:
    """Open RDMs of a netCDF file.

    Parameters
    ----------
    path
        A file with a variable ``rdm`` of dims ``stimulus_a, stimulus_b`` (or ``pair``, with both
        ids) and any leading ones, at the top level or in groups.
    group
        Which group, where there are several.

    Returns
    -------
    DataArray
        ``rdm``, in memory.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds no RDMs, several groups of them and none was chosen, or an array is no RDM.
    UnknownNameError
        There is no such group.
    """
    path = Path(path)
    check_result(path, "rdms", _MADE_BY)
    chosen = _choose(path, group)
    loaded = read_result(path, "rdms", _MADE_BY, group=chosen)
    others = [name for name in loaded.data_vars if name != "rdm"]
    array = loaded.set_coords(others)["rdm"]
    as_rdms(array, f"group {chosen} of {path}" if chosen else str(path))
    array.attrs = loaded.attrs | array.attrs
    return array


def _choose(path: Path, group: str | None) -> str | None:
    """Return the group to open, None for the top level."""
    with netCDF4.Dataset(path) as file:
        top = "rdm" in file.variables
        groups = [name for name, held in file.groups.items() if "rdm" in held.variables]
        held = [*file.groups, *file.variables]
    if group is not None:
        if group not in groups:
            raise unknown_name(f"group of {path}", group, groups)
        return group
    if top:
        return None
    if not groups:
        raise InputError(
            f"{path} holds no RDMs (it holds {listing(held) or 'nothing'}); expected a variable "
            "'rdm' at the top level or in groups"
        )
    if len(groups) > 1:
        raise InputError(
            f"{path} holds RDMs in {len(groups)} groups ({listing(groups, 12)}); choose one with "
            "group= (--group)"
        )
    return groups[0]
