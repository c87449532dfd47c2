"""Plain numpy values for labels and responses, whatever container they came in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError


def plain_ids(values: Any, what: str) -> np.ndarray:
    """Return ids as text (numpy ``U``) or integers; a missing one stays empty text or NaN.

    Whole-numbered floats become integers: netCDF readers turn integers with a fill value
    into floats, and 3.0 would not match 3 on the other side.

    Raises
    ------
    InputError
        The ids mix text and numbers.
    """
    array = plain_labels(values, mixed_what=what)
    # Beyond 2^53 floats do not tell integers apart.
    if array.dtype.kind == "f" and array.size and (np.abs(array) < 2.0**53).all():
        whole = array.astype(np.int64)
        return whole if (whole == array).all() else array
    return array


def plain_labels(values: Any, mixed_what: str | None = None) -> np.ndarray:
    """Return labels as a plain numpy array: text as ``U``, numbers and dates as they are.

    Object arrays, pandas strings and bytes become text, with "" for a missing one.
    A mix of text and numbers becomes text, or raises `InputError` when `mixed_what` is given.
    """
    array = np.asarray(values)
    if array.dtype.kind in "US":
        return array if array.dtype.kind == "U" else np.char.decode(array, "utf-8")
    if array.dtype.kind not in "OT":
        return array
    items = array.astype(object).ravel().tolist()
    missing = [item is None or item is pd.NA or item != item for item in items]
    present = [item for item, gone in zip(items, missing, strict=True) if not gone]
    kinds = {_kind(item) for item in present}
    flat: np.ndarray
    if kinds <= {"int"} and present and not any(missing):
        flat = np.asarray(items, dtype=np.int64)
    elif kinds <= {"bool"} and present and not any(missing):
        flat = np.asarray(items, dtype=bool)
    elif kinds <= {"int", "float"}:
        flat = np.asarray(
            [np.nan if gone else float(item) for item, gone in zip(items, missing, strict=True)]
        )
    elif kinds != {"text"} and mixed_what is not None:
        raise InputError(
            f"{mixed_what} mix {' and '.join(sorted(kinds))}; "
            "make them all text or all integers, for example with .astype(str)"
        )
    else:
        texts = ["" if gone else _text(item) for item, gone in zip(items, missing, strict=True)]
        flat = np.asarray(texts, dtype=str)
    return flat.reshape(array.shape)


def _kind(item: Any) -> str:
    if isinstance(item, (str, bytes)):
        return "text"
    if isinstance(item, (bool, np.bool_)):
        return "bool"
    if isinstance(item, (int, np.integer)):
        return "int"
    return "float" if isinstance(item, (float, np.floating)) else type(item).__name__


def _text(item: Any) -> str:
    return item.decode("utf-8") if isinstance(item, bytes) else str(item)


def plain_responses(values: Any, what: str) -> np.ndarray:
    """Return responses as native float32 or float64; integers that fit go to float32.

    Raises
    ------
    InputError
        The values are no real numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise InputError(
            f"{what} has values of type {array.dtype}, expected real numbers "
            "(spike counts or rates, NaN = missing); convert them with .astype('float32')"
        )
    # float32 holds every integer of up to 16 bits (and counts in bool) exactly, not those of 32.
    small = array.dtype.itemsize <= (4 if array.dtype.kind == "f" else 2)
    return array.astype(np.float32 if small else np.float64, copy=False)


def plain_milliseconds(values: Any, units: str | None = None) -> np.ndarray:
    """Return limits of time bins as float64 ms; seconds (by their units) and timedeltas convert."""
    array = np.asarray(values)
    if array.dtype.kind == "m":
        return array / np.timedelta64(1, "ms")
    if array.dtype.kind not in "fiu":
        raise InputError(
            f"limits of time bins have type {array.dtype}, expected numbers in ms from onset"
        )
    scale = 1000.0 if units in ("s", "sec", "second", "seconds") else 1.0
    return array.astype(np.float64) * scale


Coords = dict[str, tuple[tuple[str, ...], np.ndarray]]


def plain_coords(array: xr.DataArray) -> Coords:
    """Return all coordinates as name -> (dims, plain values)."""
    coords: Coords = {}
    for name, coord in array.coords.items():
        values: np.ndarray
        if str(name) in ("time_bin_start", "time_bin_end", "time_bin_stop"):
            values = plain_milliseconds(coord.values, coord.attrs.get("units"))
        elif str(name) in _ID_NAMES:
            values = plain_ids(coord.values, f"{_ID_NAMES[str(name)]} ids")
        else:
            values = plain_labels(coord.values)
        coords[str(name)] = (tuple(str(dim) for dim in coord.dims), values)
    return coords


_ID_NAMES = {
    "stimulus": "stimulus",
    "stimulus_id": "stimulus",
    "image_id": "stimulus",
    "neuroid": "neuroid",
    "neuroid_id": "neuroid",
    "repetition": "repetition",
    "repetition_id": "repetition",
}


def without_multiindex(array: xr.DataArray) -> xr.DataArray:
    """Take MultiIndexes apart into plain coordinates, one a level."""
    stacked = [
        dim
        for dim in array.dims
        if dim in array.indexes and isinstance(array.indexes[dim], pd.MultiIndex)
    ]
    return array.reset_index(stacked) if stacked else array
