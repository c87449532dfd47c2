"""Whether an unfinished file was begun with the settings that are to go on with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from ..errors import FileError, InputError, listing
from .half import value_type
from .layout import AreaLayout

# Attribute of a file: 0 until all stimuli are written, then 1.
COMPLETE = "complete"
# Absent from files whose model was whole: a file that has one differs from what asks for none.
_NONE_WHERE_ABSENT = ("virtual_lesion", "blank_from")
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
        differing = differences(stored, dict.fromkeys(_NONE_WHERE_ABSENT) | dict(attrs))
        if not differing:
            differing = _other_groups(dtypes, layouts, dtype)
        if not differing:
            differing = _other_labels(partial, layouts, ids, metadata)
    except (OSError, RuntimeError) as error:
        raise FileError(
            f"{partial} is damaged and cannot be taken up ({error}); give "
            "overwrite=True (--overwrite) to start anew"
        ) from error
    if differing:
        raise InputError(
            f"{partial} was begun with other settings: {listing(differing, 8)}; give those "
            "settings again to go on, or overwrite=True (--overwrite) to start anew"
        )


def differences(stored: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Say which attributes of a file differ from what is given, old value first."""
    found = []
    for name, value in given.items():
        old: Any = stored.get(name)
        # One number and a list of one number are the same to netCDF.
        same = np.array_equal(np.atleast_1d(old), np.atleast_1d(value))
        if same or name in _FREE_TO_DIFFER:
            continue
        objects = _as_object(old), _as_object(value)
        if objects[0] is not None and objects[1] is not None:
            found += _within(name, objects[0], objects[1])
        else:
            before, after = _short(old, value)
            found.append(f"{name} was {before}, is {after}")
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
        with xr.open_dataset(partial, group=layout.area, engine="netcdf4") as dataset:
            stored = {k: v for k, v in dataset.variables.items() if k != "activation"}
            if differing := label_differences(stored, layout, ids, metadata):
                return differing[:1]
    return []


def label_differences(
    stored: Mapping[Any, xr.Variable],
    layout: AreaLayout,
    ids: Sequence[Any],
    metadata: Mapping[str, np.ndarray],
) -> list[str]:
    """Say which coordinates of an area differ from what its labels are to be."""
    wanted = xr.Dataset(coords=layout.coords(ids, metadata)).variables
    found = []
    for name in dict.fromkeys([*wanted, *stored]):
        if name not in stored or name not in wanted:
            there = "held" if name in stored else "did not hold"
            found.append(f"the file {there} the column '{name}'")
            continue
        old, new = stored[name], wanted[name]
        if not old.equals(new):
            what = "the stimuli or their order" if name == "stimulus" else f"'{name}'"
            where = _first_difference(old, new)
            found.append(f"{what} of {layout.area} differ ({where})")
    return found


def _first_difference(old: xr.Variable, new: xr.Variable) -> str:
    """Show the first values, or those around the first difference where it comes later."""
    sides = [variable.values.reshape(-1).tolist() for variable in (old, new)]
    start = _agreeing(*sides)
    start = start if start > 1 and start < min(map(len, sides)) else 0
    place = f"from place {start} on " if start else ""
    shown = [f"{len(side):,} values: {place}{listing(side[start:], 3)}" for side in sides]
    return f"{shown[0]}; now {shown[1]}"


def _as_object(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, str) or not value.startswith("{"):
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _within(name: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Say what differs within an attribute of several values, such as the transform."""
    if set(old) != set(new):
        return [f"{name} was {listing(old, 8)}, is {listing(new, 8)}"]
    return [
        f"{name} {key} was {before}, is {after}"
        for key in old
        if old[key] != new[key]
        for before, after in [_short(old[key], new[key])]
    ]


def _short(old: Any, new: Any) -> tuple[str, str]:
    """Cut long values, each to a part where they differ."""
    sides = (str(old), str(new))
    start = _agreeing(*sides)
    start = max(0, start - 10) if start > 40 else 0
    before, after = (_part(side, start) for side in sides)
    return before, after


def _part(text: str, start: int) -> str:
    if start:
        text = f"...{text[start:]}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _agreeing(old: Sequence[Any], new: Sequence[Any]) -> int:
    """Return how many values are the same from the first one on."""
    differing = (k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    return next(differing, min(len(old), len(new)))
