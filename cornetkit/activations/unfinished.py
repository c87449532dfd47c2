"""Whether an unfinished file was begun with the settings that are to go on with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from ..errors import FileError, InputError, listing
from .half import value_type
from .layout import AreaLayout

# It may differ between the two halves of a recording without changing a single value.
_FREE_TO_DIFFER = frozenset({"cornetkit_version"})


def check_same_settings(
    partial: Path,
    layouts: Sequence[AreaLayout],
    ids: Sequence[Any],
    metadata: Mapping[str, np.ndarray],
    attrs: Mapping[str, Any],
    dtype: str,
) -> None:
    """Raise unless an unfinished file holds the same areas, stimuli and provenance.

    Raises
    ------
    InputError
        It was begun with other settings; the message names them.
    FileError
        It is damaged.
    """
    try:
        with netCDF4.Dataset(partial) as file:
            stored = {name: file.getncattr(name) for name in file.ncattrs()}
            dtypes = {name: _dtype(group) for name, group in file.groups.items()}
        differing = differences(stored, attrs)
        if not differing:
            differing = _other_groups(dtypes, layouts, dtype)
        if not differing:
            differing = _other_labels(partial, layouts, ids, metadata)
    except (OSError, RuntimeError) as error:
        raise FileError(
            f"{partial} is damaged and cannot be taken up ({error}); give --overwrite to start anew"
        ) from error
    if differing:
        raise InputError(
            f"{partial} was begun with other settings: {listing(differing, 8)}; give those "
            "settings again to go on, or --overwrite to start anew"
        )


def differences(stored: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Say which attributes of a file differ from what is given, old value first."""
    found = []
    for name, value in given.items():
        old: Any = stored.get(name)
        # One number and a list of one number are the same to netCDF.
        same = np.array_equal(np.atleast_1d(old), np.atleast_1d(value))
        if not same and name not in _FREE_TO_DIFFER:
            found.append(f"{name} was {_short(old)}, is {_short(value)}")
    return found


def _dtype(group: netCDF4.Group) -> str:
    variable = group.variables.get("activation")
    return "missing" if variable is None else value_type(variable)


def _other_groups(
    dtypes: Mapping[str, str], layouts: Sequence[AreaLayout], dtype: str
) -> list[str]:
    wanted = [layout.area for layout in layouts]
    if set(dtypes) != set(wanted):
        return [f"areas were {listing(dtypes, 8)}, are {listing(wanted, 8)}"]
    if set(dtypes.values()) != {dtype}:
        return [f"dtype was {listing(set(dtypes.values()))}, is {dtype}"]
    return []


def _other_labels(
    partial: Path,
    layouts: Sequence[AreaLayout],
    ids: Sequence[Any],
    metadata: Mapping[str, np.ndarray],
) -> list[str]:
    """Compare every coordinate: rows are appended, so even the order of the ids has to agree."""
    for layout in layouts:
        coords = xr.Dataset(coords=layout.coords(ids, metadata))
        with xr.open_dataset(partial, group=layout.area, engine="netcdf4") as dataset:
            for name in dict.fromkeys([*coords.variables, *dataset.variables]):
                if name == "activation":
                    continue
                if name not in dataset.variables or name not in coords.variables:
                    there = "held" if name in dataset.variables else "did not hold"
                    return [f"the file {there} the column '{name}'"]
                old, new = dataset.variables[name], coords.variables[name]
                if not old.equals(new):
                    what = "the stimuli or their order" if name == "stimulus" else f"'{name}'"
                    return [f"{what} of {layout.area} differ ({_first(old)}; now {_first(new)})"]
    return []


def _first(variable: xr.Variable) -> str:
    return f"{variable.size:,} values: {listing(variable.values.reshape(-1).tolist(), 3)}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
