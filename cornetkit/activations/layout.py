"""What one recorded area looks like: its steps, their times, and where its units sit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class AreaLayout:
    """Labels of one area's activations.

    Parameters
    ----------
    area
        Name of the area or layer.
    steps
        Recurrent steps, one for each entry along ``time``.
    shape
        Shape of the map of one stimulus at one step: (channel, y, x), (channel,) or anything
        else that is then flattened in C order without places.
    driven
        Whether the image has reached the area by each step; None where the model does not say.
    time_ms
        Start and end of each step in ms after onset; None where no mapping is known.
    kept
        Flat indices of the units that are recorded, ascending; None where all are.
    has_places
        Whether a unit sits in a channel at all; units of a random projection do not.
    """

    area: str
    steps: tuple[int, ...]
    shape: tuple[int, ...]
    driven: tuple[bool, ...] | None = None
    time_ms: tuple[tuple[float, float] | None, ...] | None = None
    kept: tuple[int, ...] | None = None
    has_places: bool = True

    @property
    def n_units(self) -> int:
        """Number of units: the flat size of the map, or of what is kept of it."""
        return math.prod(self.shape) if self.kept is None else len(self.kept)

    def coords(self, ids: Sequence[Any], metadata: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Return the coordinates of a (stimulus, time, unit) array of this area."""
        units = np.arange(self.n_units) if self.kept is None else np.asarray(self.kept)
        units = units.astype(np.int32)
        coords: dict[str, Any] = {
            "stimulus": ("stimulus", np.asarray(ids)),
            "time": ("time", np.asarray(self.steps, dtype=np.int64)),
            "unit": ("unit", units),
            "area": self.area,
        }
        coords |= {name: ("stimulus", values) for name, values in metadata.items()}
        if not self.has_places:
            pass
        elif len(self.shape) == 3:
            places = np.unravel_index(units, self.shape)
            for name, place in zip(("channel", "y", "x"), places, strict=True):
                coords[name] = ("unit", place.astype(np.int32))
        elif len(self.shape) == 1:
            coords["channel"] = ("unit", units)
        if self.driven is not None:
            coords["driven"] = ("time", np.asarray(self.driven, dtype=bool))
        if self.time_ms is not None and any(limits is not None for limits in self.time_ms):
            known = [limits or (np.nan, np.nan) for limits in self.time_ms]
            for i, name in enumerate(("time_start_ms", "time_end_ms")):
                values = np.asarray([limits[i] for limits in known], dtype=float)
                coords[name] = ("time", values, {"units": "ms"})
        return coords

    def label(
        self,
        values: np.ndarray,
        ids: Sequence[Any],
        metadata: Mapping[str, np.ndarray] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> xr.DataArray:
        """Wrap values of shape (stimulus, time, unit) into a labelled array."""
        return xr.DataArray(
            values,
            dims=("stimulus", "time", "unit"),
            coords=self.coords(ids, metadata or {}),
            name="activation",
            attrs=dict(attrs or {}),
        )
