"""Response patterns, stimulus by unit, at every place of what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..activations.given import (
    areas_of,
    as_activations,
    numbers_of,
    steps_of,
    stimulus_labels,
)
from ..errors import InputError, unknown_name
from ..neural import average
from ..schema import check_unique

# Read so many bytes at a time: large enough for fast products, small beside any Gram matrix.
_BLOCK_BYTES = 32 << 20


@dataclass(frozen=True)
class Pattern:
    """Responses of one area at one step, or of one population in one time bin.

    Parameters
    ----------
    place
        Index along each leading dim.
    label
        What messages call it.
    array
        Dims (stimulus, unit) in any order; `unit` says what the second is called.
    unit
        ``"unit"`` or ``"neuroid"``.
    driven
        Whether the image has reached it; None where nothing says so.
    """

    place: tuple[int, ...]
    label: str
    array: xr.DataArray
    unit: str
    driven: bool | None

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.array.sizes[self.unit])

    def blocks(self, ids: Sequence[Any]) -> Iterator[np.ndarray]:
        """Yield (stimulus, unit) blocks, rows in the order of `ids`."""
        rows = self.array.indexes["stimulus"].get_indexer(ids)
        n_rows = self.array.sizes["stimulus"]
        in_order = len(rows) == n_rows and bool((rows == np.arange(n_rows)).all())
        for begin in range(0, self.n_units, self.width):
            block = self.array.isel({self.unit: slice(begin, begin + self.width)})
            values = block.transpose("stimulus", self.unit).values
            yield values if in_order else values[rows]

    @property
    def width(self) -> int:
        """Units of one block."""
        return max(1, _BLOCK_BYTES // (self.array.dtype.itemsize * self.array.sizes["stimulus"]))


@dataclass(frozen=True)
class Patterns:
    """All patterns of one source.

    Parameters
    ----------
    items
        The patterns that are there; places without one stay NaN.
    dims, shape
        Leading dims of results and their sizes.
    coords
        Coordinates of the leading dims, and scalar ones.
    ids
        Stimulus ids, in the order of the source.
    stimuli
        Further labels of the stimuli.
    attrs
        Provenance.
    close
        Closes what was opened here.
    """

    items: list[Pattern]
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coords: Mapping[str, Any]
    ids: list[Any]
    stimuli: Mapping[str, np.ndarray]
    attrs: Mapping[str, Any]
    close: Callable[[], None] = lambda: None


def of_activations(source: Any, areas: Sequence[str] | None = None) -> Patterns:
    """Take a path, Activations, or a mapping of arrays: leading dims (area, time).

    Raises
    ------
    InputError
        No stimulus ids, or areas of different stimuli.
    UnknownNameError
        There is no such area.
    """
    activations = as_activations(source)
    acts = areas_of(activations, areas)
    coords = steps_of(acts)
    steps = coords["time"].values.tolist()
    items = []
    for i, (area, array) in enumerate(acts.items()):
        driven = array["driven"].values if "driven" in array.coords else None
        for j, step in enumerate(numbers_of(array).tolist()):
            reached = None if driven is None else bool(driven[j])
            label = f"{area} step {step}"
            place = (i, steps.index(int(step)))
            items.append(Pattern(place, label, array.isel(time=j), "unit", reached))
    first = next(iter(acts.values()))
    ids, stimuli = first["stimulus"].values.tolist(), stimulus_labels(first)
    close = activations.close if isinstance(source, (str, Path)) else (lambda: None)
    shape = (len(acts), len(steps))
    return Patterns(items, ("area", "time"), shape, coords, ids, stimuli, acts.attrs, close)


def of_array(array: xr.DataArray) -> Patterns:
    """Take an array of dims (..., stimulus, unit) or (..., stimulus, neuroid)."""
    unit = "unit" if "unit" in array.dims else "neuroid"
    _check_ids(array, "the array")
    dims = tuple(str(dim) for dim in array.dims if dim not in ("stimulus", unit))
    return _patterns(array, unit, dims)


def of_recordings(trials: xr.DataArray, subjects: str | None = None) -> Patterns:
    """Take trial rows, averaged over repetitions: leading dims ([subject,] time_bin).

    Parameters
    ----------
    trials
        From `open_recordings`.
    subjects
        A coordinate of the neuroids that tells subjects apart, such as ``animal``.
    """
    averaged = average(trials)
    found = _patterns(averaged, "neuroid", ("time_bin",))
    if subjects is None:
        return found
    names, codes = subjects_of(trials, subjects)
    items = [
        Pattern(
            (s, *item.place),
            f"subject {name} {item.label}".strip(),
            item.array.isel(neuroid=codes == s),
            "neuroid",
            None,
        )
        for s, name in enumerate(names)
        for item in found.items
    ]
    coords = {"subject": xr.Variable(("subject",), names), **found.coords}
    shape = (len(names), *found.shape)
    return Patterns(
        items, ("subject", "time_bin"), shape, coords, found.ids, found.stimuli, found.attrs
    )


def subjects_of(trials: xr.DataArray, subjects: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the names of the subjects, and which of them each neuroid is from."""
    known = [str(n) for n, c in trials.coords.items() if c.dims == ("neuroid",) and n != "neuroid"]
    if subjects not in known:
        raise unknown_name("coordinate of the neuroids", subjects, known)
    names, codes = np.unique(trials[subjects].values.astype(str), return_inverse=True)
    return names, codes.reshape(-1)


def _patterns(array: xr.DataArray, unit: str, dims: tuple[str, ...]) -> Patterns:
    shape = tuple(array.sizes[dim] for dim in dims)
    coords = {str(name): c.variable for name, c in array.coords.items() if set(c.dims) <= set(dims)}
    driven = None
    if "driven" in coords and dims:
        flags = array["driven"]
        missing = {dim: array.sizes[dim] for dim in dims if dim not in flags.dims}
        driven = flags.expand_dims(missing).transpose(*dims).values
    items = []
    for place in np.ndindex(*shape):
        where = dict(zip(dims, place, strict=True))
        label = " ".join(_label(array, dim, at) for dim, at in where.items())
        reached = None if driven is None else bool(driven[place])
        items.append(Pattern(place, label, array.isel(where), unit, reached))
    ids = array["stimulus"].values.tolist()
    return Patterns(items, dims, shape, coords, ids, stimulus_labels(array), array.attrs)


def _label(array: xr.DataArray, dim: str, at: int) -> str:
    if dim == "time_bin" and "time_bin_start" in array.coords:
        start, end = (float(array[f"time_bin_{side}"].values[at]) for side in ("start", "end"))
        if not np.isnan(start + end):
            return f"{start:g}-{end:g} ms"
    return f"{dim} {array[dim].values[at] if dim in array.coords else at}"


def _check_ids(array: xr.DataArray, what: str) -> None:
    if "stimulus" not in array.coords:
        raise InputError(
            f"{what}: there are no stimulus ids; add them with .assign_coords(stimulus=[...]): "
            "arrays are aligned by id, never by position"
        )
    check_unique(array["stimulus"].values, f"stimulus ids of {what}")
