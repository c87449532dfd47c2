"""RDM files: netCDF-4, one array at the top level, or one group a source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from ..errors import FileError, InputError, listing, unknown_name
from ..outputs import complete_or_not, uninterrupted
from ..schema import SCHEMA_VERSION, storable_attributes, text_encoding
from .forms import as_rdms


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
    path = Path(path)
    groups: dict[str | None, xr.DataArray] = {}
    if isinstance(rdms, xr.DataArray):
        groups[None] = rdms
    else:
        groups.update(rdms)
    if not groups:
        raise InputError("no RDMs were given; expected a DataArray, or several of them by name")
    stored = {name: _storable(array, name or "the RDMs") for name, array in groups.items()}
    with complete_or_not(path, overwrite=overwrite) as partial:
        for i, (name, dataset) in enumerate(stored.items()):
            uninterrupted(
                dataset.to_netcdf,
                partial,
                mode="a" if i else "w",
                group=name,
                engine="netcdf4",
                encoding=text_encoding(dataset),
            )
    return path


def _storable(array: xr.DataArray, what: str) -> xr.Dataset:
    as_rdms(array, what)
    attrs = dict(array.attrs)
    if "notes" in attrs:
        attrs["notes"] = json.dumps(list(attrs["notes"]))
    coords = {
        name: (c.dims, c.values, storable_attributes(c.attrs)) for name, c in array.coords.items()
    }
    plain = xr.DataArray(
        array.values,
        dims=array.dims,
        coords=coords,
        attrs=storable_attributes({"schema_version": SCHEMA_VERSION, **attrs}),
    )
    return plain.to_dataset(name="rdm")


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
    chosen = _choose(path, group)
    try:
        with xr.open_dataset(
            path, group=chosen, engine="netcdf4", decode_times=False, decode_timedelta=False
        ) as dataset:
            loaded = dataset.load()
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(f"{path} is not a netCDF file, or it is damaged ({error})") from error
    others = [name for name in loaded.data_vars if name != "rdm"]
    array = loaded.set_coords(others)["rdm"]
    what = f"group {chosen} of {path}" if chosen else str(path)
    as_rdms(array, what)
    array.attrs = {name: _plain(value) for name, value in (loaded.attrs | array.attrs).items()}
    if "notes" in array.attrs:
        array.attrs["notes"] = _notes(array.attrs["notes"])
    return array


def _choose(path: Path, group: str | None) -> str | None:
    """Return the group to open, None for the top level."""
    if not path.is_file():
        raise FileError(
            f"no RDM file {path}; expected a netCDF file of RDMs, as save_rdms writes them"
        )
    try:
        with netCDF4.Dataset(path) as file:
            top = "rdm" in file.variables
            groups = [name for name, held in file.groups.items() if "rdm" in held.variables]
            held = [*file.groups, *file.variables]
    except (OSError, RuntimeError, AttributeError) as error:
        raise FileError(f"{path} is not a netCDF file, or it is damaged ({error})") from error
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


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _notes(text: Any) -> list[str]:
    try:
        notes = json.loads(text)
    except (TypeError, ValueError):  # a file of others may have notes of its own
        return [str(text)]
    return [str(note) for note in notes] if isinstance(notes, list) else [str(text)]
