"""Activations: a mapping from area to a labelled array, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, in_words, unknown_name
from ..schema import common_stimuli
from .memory import available_bytes


class Activations(Mapping[str, xr.DataArray]):
    """Activations of several areas: ``acts["IT"]`` is a (stimulus, time, unit) array.

    Arrays that come from a file are read when their values are asked for, so that a file that is
    larger than memory can be opened; slices read only what they need.

    Parameters
    ----------
    arrays
        One array of dims (stimulus, time, unit) for each area, in the model's order.
    attrs
        Provenance.
    path
        The file behind the arrays, where there is one.
    """

    def __init__(
        self,
        arrays: Mapping[str, xr.DataArray],
        attrs: Mapping[str, Any] | None = None,
        path: Path | None = None,
    ) -> None:
        self._arrays = dict(arrays)
        self.attrs = dict(attrs or {})
        self.path = path

    def __getitem__(self, area: str) -> xr.DataArray:
        """Return the (stimulus, time, unit) array of one area."""
        if area not in self._arrays:
            raise unknown_name("area", area, list(self._arrays))
        return self._arrays[area]

    def get(self, area: str, default: Any = None) -> Any:
        """Return one area's array, or `default` where there is no such area."""
        return self._arrays.get(area, default)

    def __contains__(self, area: object) -> bool:
        return area in self._arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        lines = [f"<Activations of {self.attrs.get('model', 'a model')}>"]
        for area, array in self._arrays.items():
            sizes = ", ".join(f"{dim} {size:,}" for dim, size in array.sizes.items())
            lines.append(f"  {area}: {sizes}")
        return "\n".join(lines)

    def __enter__(self) -> Activations:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file behind the arrays; in-memory arrays are unaffected."""
        for array in self._arrays.values():
            array.close()

    def load(self) -> Activations:
        """Read everything into memory and return it as new activations."""
        return Activations({a: x.compute() for a, x in self._arrays.items()}, self.attrs)

    def to_dataarray(self) -> xr.DataArray:
        """Return one array of dims (stimulus, area, time, unit).

        NaN stands where an area has no such step or unit.

        Raises
        ------
        InputError
            The padded array would not fit into memory; the message says its size. Or there is no
            area at all.
        StimulusMismatchError
            The areas do not hold the same stimuli.
        """
        if not self._arrays:
            raise InputError("there are no areas in these activations, so nothing to put together")
        n_stimuli = max(x.sizes["stimulus"] for x in self._arrays.values())
        steps = sorted({int(t) for x in self._arrays.values() for t in x["time"].values})
        units = np.unique(np.concatenate([_units(x) for x in self._arrays.values()]))
        n_units = len(units)
        size = 4 * n_stimuli * len(self) * len(steps) * n_units
        if size > (free := available_bytes()):
            raise InputError(
                f"one array of {n_stimuli:,} stimuli x {len(self)} areas x {len(steps)} steps x "
                f"{n_units:,} units takes {in_words(size)}, but {in_words(free)} of memory are "
                "free; take the areas one by one: acts['IT']"
            )
        first = next(iter(self._arrays.values()))
        shape = (n_stimuli, len(self), len(steps), n_units)
        values = np.full(shape, np.nan, dtype=np.float32)
        of_steps = self._step_coords(len(steps))
        ids = first["stimulus"].values
        for i, (area, array) in enumerate(self._arrays.items()):
            where = np.searchsorted(steps, array["time"].values)
            common_stimuli(
                ids.tolist(),
                array["stimulus"].values.tolist(),
                names=(next(iter(self._arrays)), area),
            )
            aligned = array.sel(stimulus=ids)
            # Areas may hold different units of their maps: the label decides here too.
            columns = np.searchsorted(units, _units(array))
            own = values[:, i]
            own[:, where[:, None], columns] = aligned.transpose("stimulus", "time", "unit").values
            for name, filled in of_steps.items():
                if name in array.coords:
                    filled[i, where] = array[name].values
        coords: dict[str, Any] = {
            str(name): c for name, c in first.coords.items() if c.dims == ("stimulus",)
        }
        coords |= {"area": list(self), "time": steps, "unit": units}
        coords |= {name: (("area", "time"), filled) for name, filled in of_steps.items()}
        return xr.DataArray(
            values,
            dims=("stimulus", "area", "time", "unit"),
            coords=coords,
            name="activation",
            attrs=self.attrs,
        )

    def _step_coords(self, n_steps: int) -> dict[str, np.ndarray]:
        """Return empty (area, time) coordinates for what the areas say of their steps."""
        empty: dict[str, np.ndarray] = {}
        shape = (len(self), n_steps)
        if all("driven" in x.coords for x in self._arrays.values()):
            empty["driven"] = np.zeros(shape, dtype=bool)
        for name in ("time_start_ms", "time_end_ms"):
            if any(name in x.coords for x in self._arrays.values()):
                empty[name] = np.full(shape, np.nan)
        return empty


def _units(array: xr.DataArray) -> np.ndarray:
    return array["unit"].values if "unit" in array.coords else np.arange(array.sizes["unit"])
