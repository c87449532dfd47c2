"""Response patterns, stimulus by unit, at every place of what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..activations import open_activations
from ..errors import InputError, listing, unknown_name
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
    opened = isinstance(source, (str, Path))
    acts = open_activations(source) if opened else source
    arrays = {str(name): _with_time(array, str(name)) for name, array in acts.items()}
    chosen = [areas] if isinstance(areas, str) else list(arrays if areas is None else areas)
    for area in chosen:
        if area not in arrays:
            raise unknown_name("area", area, list(arrays))
    if not chosen:
        raise InputError("no area was given; expected at least one, such as areas=['IT']")
    arrays = {area: arrays[area] for area in chosen}
    first = arrays[chosen[0]]
    ids = first["stimulus"].values.tolist()
    for area, array in arrays.items():
        check_unique(array["stimulus"].values, f"stimulus ids of area {area}")
        if set(array["stimulus"].values.tolist()) != set(ids):
            raise InputError(
                f"area {area} holds other stimuli than {chosen[0]}; take them one by one (areas=)"
            )
    steps = sorted({int(t) for array in arrays.values() for t in array["time"].values})
    coords = _of_steps(arrays, steps)
    items = []
    for i, (area, array) in enumerate(arrays.items()):
        driven = array["driven"].values if "driven" in array.coords else None
        for j, step in enumerate(array["time"].values.tolist()):
            reached = None if driven is None else bool(driven[j])
            label = f"{area} step {step}"
            place = (i, steps.index(int(step)))
            items.append(Pattern(place, label, array.isel(time=j), "unit", reached))
    stimuli = {
        str(name): c.values
        for name, c in first.coords.items()
        if c.dims == ("stimulus",) and name != "stimulus"
    }
    close = acts.close if opened else (lambda: None)
    shape = (len(arrays), len(steps))
    attrs = getattr(acts, "attrs", {})
    return Patterns(items, ("area", "time"), shape, coords, ids, stimuli, attrs, close)


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
    stimuli = {
        str(name): c.values
        for name, c in array.coords.items()
        if c.dims == ("stimulus",) and name != "stimulus"
    }
    ids = array["stimulus"].values.tolist()
    return Patterns(items, dims, shape, coords, ids, stimuli, array.attrs)


def _label(array: xr.DataArray, dim: str, at: int) -> str:
    if dim == "time_bin" and "time_bin_start" in array.coords:
        start, end = (float(array[f"time_bin_{side}"].values[at]) for side in ("start", "end"))
        if not np.isnan(start + end):
            return f"{start:g}-{end:g} ms"
    return f"{dim} {array[dim].values[at] if dim in array.coords else at}"


def _with_time(array: Any, name: str) -> xr.DataArray:
    if not isinstance(array, xr.DataArray) or not {"stimulus", "unit"} <= set(array.dims):
        given = f"dims {array.dims}" if isinstance(array, xr.DataArray) else type(array).__name__
        raise InputError(
            f"activations '{name}': {given} was given; expected a DataArray of dims "
            "stimulus[, time], unit with stimulus ids"
        )
    if "time" not in array.dims:
        array = array.expand_dims(time=[0])
    elif "time" not in array.coords:
        array = array.assign_coords(time=np.arange(array.sizes["time"]))
    if others := [dim for dim in array.dims if dim not in ("stimulus", "time", "unit")]:
        raise InputError(
            f"activations '{name}' have a further dim ({listing(others)}); give that array alone"
        )
    _check_ids(array, f"activations '{name}'")
    check_unique(array["time"].values, f"steps of area {name}")
    return array


def _check_ids(array: xr.DataArray, what: str) -> None:
    if "stimulus" not in array.coords:
        raise InputError(
            f"{what}: there are no stimulus ids; add them with .assign_coords(stimulus=[...]): "
            "arrays are aligned by id, never by position"
        )
    check_unique(array["stimulus"].values, f"stimulus ids of {what}")


def _of_steps(arrays: Mapping[str, xr.DataArray], steps: list[int]) -> dict[str, Any]:
    """Return area, time, and what the areas say of their steps."""
    shape = (len(arrays), len(steps))
    coords: dict[str, Any] = {
        "area": xr.Variable(("area",), np.asarray(list(arrays))),
        "time": xr.Variable(("time",), np.asarray(steps, dtype=np.int64)),
    }
    filled: dict[str, np.ndarray] = {
        name: np.full(shape, np.nan)
        for name in ("time_start_ms", "time_end_ms")
        if any(name in array.coords for array in arrays.values())
    }
    # Where an area does not say, its steps are taken as driven, as everywhere.
    filled["driven"] = np.zeros(shape, dtype=bool)
    for i, array in enumerate(arrays.values()):
        where = np.searchsorted(steps, array["time"].values)
        filled["driven"][i, where] = True
        for name, values in filled.items():
            if name in array.coords:
                values[i, where] = array[name].values
    return coords | {name: xr.Variable(("area", "time"), v) for name, v in filled.items()}
