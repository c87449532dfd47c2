"""The features of one area at one step, streamed by blocks of units in the order of the stimuli."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..activations import Activations
from ..errors import InputError, listing
from ..kernels.gram import GramResult, gram
from ..schema import check_unique

# Read so many bytes of features at a time: large enough for fast products, small beside any Gram.
_BLOCK_BYTES = 64 << 20


@dataclass(frozen=True)
class Features:
    """One area at one step.

    Parameters
    ----------
    area, step
        What it is.
    position
        Index of the step along ``time``.
    array
        The area's (stimulus, time, unit) array.
    driven
        Whether the image has reached the area by this step; None where it is not known.
    order
        Place in the file, so that areas keep the model's order.
    time_ms
        Start and end of the step in ms after onset, NaN where no mapping is known.
    """

    area: str
    step: int
    position: int
    array: xr.DataArray
    driven: bool | None
    order: int
    time_ms: tuple[float, float]

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.array.sizes["unit"])

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.area} step {self.step}"

    def blocks(self, ids: Sequence[Any]) -> Iterator[np.ndarray]:
        """Yield (stimulus, unit) blocks, rows in the order of `ids`."""
        index = self.array.indexes["stimulus"]
        rows = index.get_indexer(ids)
        n_rows, n_units = self.array.sizes["stimulus"], self.array.sizes["unit"]
        width = max(1, _BLOCK_BYTES // (self.array.dtype.itemsize * n_rows))
        step = self.array.isel(time=self.position)
        in_order = len(rows) == n_rows and bool((rows == np.arange(n_rows)).all())
        for begin in range(0, n_units, width):
            block = step.isel(unit=slice(begin, begin + width))
            values = block.transpose("stimulus", "unit").values
            yield values if in_order else values[rows]

    def gram(self, ids: Sequence[Any], dtype: str = "float64") -> GramResult:
        """Return the Gram matrix over the stimuli `ids`, reading the features once."""
        return gram(self.blocks(ids), len(ids), dtype=dtype)


def list_features(acts: Activations) -> list[Features]:
    """Return every area at every step, in the order of the file."""
    found: list[Features] = []
    for area, array in acts.items():
        check_unique(array["stimulus"].values, f"stimulus ids of area {area}")
        steps = _steps(array, area)
        driven = array["driven"].values if "driven" in array.coords else None
        for position, step in enumerate(steps):
            reached = bool(driven[position]) if driven is not None else None
            limits = tuple(
                float(array[name].values[position]) if name in array.coords else np.nan
                for name in ("time_start_ms", "time_end_ms")
            )
            found.append(
                Features(area, int(step), position, array, reached, len(found), limits)  # type: ignore[arg-type]
            )
    return found


def _steps(array: xr.DataArray, area: str) -> list[int]:
    if "time" not in array.coords:
        return list(range(array.sizes["time"]))
    values = array["time"].values
    if values.dtype.kind not in "iuf" or not (values == np.floor(values)).all():
        raise InputError(
            f"the time of area {area} must be recurrent steps (whole numbers), not "
            f"{listing(values, 3)}; milliseconds go to time_start_ms and time_end_ms"
        )
    check_unique(values, f"steps of area {area}")
    return [int(step) for step in values]
