"""Activations however they are given: a path, Activations, a mapping of arrays, or one array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, unknown_name
from ..schema import ACTIVATION_DIMS, check_dims, check_unique, names_of
from .container import Activations
from .files import open_activations


def as_activations(source: Any) -> Activations:
    """Return activations of dims (stimulus, time, unit) with stimulus ids.

    An array without steps becomes step 0; a bare one is the area of its coordinate ``area``, or
    is called ``features``.

    Raises
    ------
    InputError
        It is something else, or an array has other dims or no ids.
    FileError
        There is no such file.
    """
    if isinstance(source, Activations):
        return source
    if isinstance(source, (str, Path)):
        return open_activations(source)
    if isinstance(source, xr.DataArray):
        name = str(source.coords["area"].item()) if "area" in source.coords else "features"
        return Activations({name: _checked(source, name)}, source.attrs)
    if isinstance(source, Mapping):
        arrays = {str(name): _checked(array, str(name)) for name, array in source.items()}
        return Activations(arrays, getattr(source, "attrs", None))
    raise InputError(
        f"expected activations (a path, Activations, or a DataArray of dims stimulus[, time], "
        f"unit), got {type(source).__name__}"
    )


@contextmanager
def opened(source: Any) -> Iterator[Activations]:
    """Open activations, and close them afterwards where they were given as a path."""
    activations = as_activations(source)
    try:
        yield activations
    finally:
        if isinstance(source, (str, Path)):
            activations.close()


def areas_of(
    activations: Activations, areas: Sequence[str] | str | None, how: str = "take"
) -> Activations:
    """Return the wanted areas, which have to hold the same stimuli, in any order.

    Parameters
    ----------
    activations
        From `as_activations`.
    areas
        Their names; None: all.
    how
        What areas of different stimuli can still be done to one by one, for the message.

    Raises
    ------
    UnknownNameError
        There is no such area.
    InputError
        None is asked for, they hold different stimuli, or one holds a stimulus or step twice.
    """
    wanted = list(activations) if areas is None else names_of(areas, "areas")
    for area in wanted:
        if area not in activations:
            raise unknown_name("area", str(area), list(activations))
    arrays = {area: _checked(activations[area], area) for area in wanted}
    if not arrays:
        raise InputError("no area was given; expected at least one, such as areas=['IT']")
    first, *others = arrays
    ids = set(arrays[first]["stimulus"].values.tolist())
    for area, array in arrays.items():
        check_unique(array["stimulus"].values, f"stimulus ids of area {area}")
        if "time" in array.coords:
            check_unique(array["time"].values, f"steps of area {area}")
    for area in others:
        if set(arrays[area]["stimulus"].values.tolist()) != ids:
            raise InputError(
                f"area {area} holds other stimuli than {first}; {how} them one by one (areas=)"
            )
    return Activations(arrays, activations.attrs, activations.path)


def steps_of(arrays: Mapping[str, xr.DataArray]) -> dict[str, xr.Variable]:
    """Return what several areas say of their steps, as coordinates of (area, time).

    Returns
    -------
    dict
        ``area`` and ``time``; ``driven`` (area, time): False where an area has no such step, and
        True where it does not say; ``time_start_ms`` and ``time_end_ms`` (area, time), NaN where
        they are not known, and left out where no step has any.
    """
    steps = sorted({int(step) for array in arrays.values() for step in numbers_of(array)})
    shape = (len(arrays), len(steps))
    driven = np.zeros(shape, dtype=bool)
    limits = {name: np.full(shape, np.nan) for name in ("time_start_ms", "time_end_ms")}
    for i, array in enumerate(arrays.values()):
        where = np.searchsorted(steps, numbers_of(array))
        driven[i, where] = array["driven"].values if "driven" in array.coords else True
        for name, values in limits.items():
            if name in array.coords:
                values[i, where] = array[name].values
    both = ("area", "time")
    coords = {
        "area": xr.Variable("area", np.asarray(list(arrays))),
        "time": xr.Variable("time", np.asarray(steps, dtype=np.int64)),
        "driven": xr.Variable(both, driven),
    }
    if np.isfinite(limits["time_start_ms"]).any():
        coords |= {name: xr.Variable(both, values) for name, values in limits.items()}
    return coords


def numbers_of(array: xr.DataArray) -> np.ndarray:
    """Return the numbers of an area's steps: counted from 0 where it does not say."""
    return array["time"].values if "time" in array.coords else np.arange(array.sizes["time"])


def stimulus_labels(array: xr.DataArray) -> dict[str, np.ndarray]:
    """Return what is known of the stimuli besides their ids, in the order of the array."""
    return {
        str(name): coord.values
        for name, coord in array.coords.items()
        if coord.dims == ("stimulus",) and name != "stimulus"
    }


def _checked(array: Any, name: str) -> xr.DataArray:
    if not isinstance(array, xr.DataArray):
        raise InputError(
            f"activations '{name}' are a {type(array).__name__}; expected a DataArray of dims "
            "stimulus[, time], unit with stimulus ids"
        )
    if "time" not in array.dims:
        array = array.expand_dims(time=[0])
    check_dims(array, ACTIVATION_DIMS, f"activations '{name}'")
    if "stimulus" not in array.coords:
        raise InputError(
            f"activations '{name}' have no stimulus ids; add them with "
            ".assign_coords(stimulus=[...]): arrays are aligned by id, never by position"
        )
    return array
