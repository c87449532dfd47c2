"""Reading files of recordings into memory, and saying what a file is when it is none."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from ..errors import FileError, InputError, listing
from ..file_signatures import found_at, head_of
from ..inputs import check_input

_EXPECTED = (
    "expected recordings: a netCDF file (.nc), or a numeric array (.npy) with dims= and ids="
)


def check_there(path: Path) -> None:
    """Raise `FileError` unless `path` is a file."""
    check_input(
        path,
        "file",
        expected=_EXPECTED,
        missing=lambda: f"; {_EXPECTED}, as ck.save_recordings writes",
    )


def load_npy(path: Path) -> np.ndarray:
    """Load a .npy array; nothing is ever unpickled.

    Raises
    ------
    FileError
        The file holds Python objects, is cut short, or is something else.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        if "allow_pickle" in str(error) and head_of(path).startswith(b"\x93NUMPY"):
            raise FileError(
                f"{path} holds pickled Python objects, which are never unpickled; "
                "save the numbers alone: np.save(path, array.astype('float32'))"
            ) from error
        raise FileError(
            f"{path} cannot be read as a .npy array, it is {found_at(path)}; {_EXPECTED}"
        ) from error
    if not isinstance(array, np.ndarray):
        raise FileError(
            f"{path} is an archive of arrays ({listing(array.files)}); load one with "
            "numpy.load(path)['name'] and give it with dims= and ids="
        )
    return array


def load_netcdf(path: Path) -> xr.Dataset:
    """Load the top level of a netCDF file into memory and close it.

    Raises
    ------
    FileError
        It is no netCDF file, or it is damaged.
    InputError
        It holds only groups: activations, RDMs or something else.
    """
    try:
        # "ms" in the units of a limit is a unit here, not a duration to decode.
        with xr.open_dataset(
            path, engine="netcdf4", decode_times=False, decode_timedelta=False
        ) as opened:
            dataset = opened.load()
    # netCDF4 raises the others for a file whose inside is damaged.
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(
            f"{path} cannot be read as netCDF, it is {found_at(path)}; {_EXPECTED}"
        ) from error
    if not dataset.data_vars:
        _refuse_groups(path)
    return dataset


def _refuse_groups(path: Path) -> None:
    with netCDF4.Dataset(path) as file:
        groups = list(file.groups)
        held = {name for group in file.groups.values() for name in group.variables}
    if "activation" in held:
        raise InputError(
            f"{path} is an activations file (areas {listing(groups)}), not recordings; open it "
            "with open_activations, or give it as the activations (--acts)"
        )
    if "rdm" in held:
        raise InputError(
            f"{path} holds groups ({listing(groups)}) of RDMs, not recordings; RDMs are for RSA"
        )
    if groups:
        raise InputError(
            f"{path} holds only groups ({listing(groups)}), expected one array at the top level; "
            "open one with xarray.open_dataset(path, group=...) and give that"
        )
    raise InputError(f"{path} holds no array; {_EXPECTED}")
