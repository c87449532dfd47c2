"""Layouts that labelled recordings come in: one file a layout, tried in turn.

To add one, write a module with ``LAYOUT`` (for messages), ``matches(array)`` and
``read(array, what)``, and list it in `FORMATS`; the first that matches reads the array.
"""

from __future__ import annotations

from typing import Protocol

import xarray as xr

from ...errors import InputError
from ..plain import without_multiindex
from . import brainio, dense, trial_rows
from .bare import AXIS_WORDS


class Format(Protocol):
    """What a module of this folder offers."""

    LAYOUT: str

    def matches(self, array: xr.DataArray) -> bool:
        """Whether this layout is that of the array."""

    def read(self, array: xr.DataArray, what: str) -> xr.DataArray:
        """Put the array into canonical form; `what` is its name in messages."""


FORMATS: tuple[Format, ...] = (brainio, trial_rows, dense)


def find_format(array: xr.DataArray) -> Format | None:
    """Return the first format that matches, or None."""
    return next((form for form in FORMATS if form.matches(array)), None)


def read_labelled(array: xr.DataArray, what: str = "the array of recordings") -> xr.DataArray:
    """Put a labelled array of any known layout into canonical form.

    Raises
    ------
    InputError
        No layout has these dims.
    """
    array = without_multiindex(array)
    form = find_format(array)
    if form is None:
        dims = tuple(str(dim) for dim in array.dims)
        if set(dims) == {"stimulus", "time", "unit"}:
            raise InputError(
                f"{what} holds activations (stimulus, time, unit), not recordings; "
                "recordings have presentation x neuroid or stimulus x neuroid"
            )
        raise InputError(
            f"{what} has dims ({', '.join(dims)}); expected "
            f"{' or '.join(f.LAYOUT for f in (trial_rows, dense))}{_hint(array)}"
        )
    return form.read(array, what)


def _hint(array: xr.DataArray) -> str:
    dims = [str(dim) for dim in array.dims]
    known = {word: axis for axis, words in AXIS_WORDS.items() for word in words}
    renaming = {dim: known[dim.lower()] for dim in dims if known.get(dim.lower(), dim) != dim}
    if any(dim.startswith("phony_dim") for dim in dims):
        return "; an HDF5 file without named dims: read it with h5py and give the array with dims="
    if renaming:
        return f"; rename them with .rename({renaming})"
    lost = [name for name in ("neuroid", "stimulus") if array.coords.get(name, array).ndim == 0]
    if lost:
        return f"; a selection dropped {lost[0]}: keep it with a list, .isel({lost[0]}=[0])"
    return "; rename them with .rename({...})"
