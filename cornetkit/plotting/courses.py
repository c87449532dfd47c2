"""What figures of one quantity over steps or bins share: the axis, and steps not yet reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from .time_axis import COLOURS, TimeAxis

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Steps that the image has not reached.
NOT_REACHED = "#dddddd"


class Line:
    """The times of one area, or of a population.

    Attributes
    ----------
    x : array of shape (time,)
        Steps, middles of bins in ms, or numbers of bins.
    edges : array of shape (time + 1,) or None
        Of a grid; None where bins overlap or have gaps.
    late : array of bool, shape (time,)
        Steps that the image has not reached.
    """

    def __init__(self, data: xr.Dataset, area: int | None) -> None:
        self.name = None if area is None else str(data["area"].values[area])
        self.colour = COLOURS[(area or 0) % len(COLOURS)]
        if area is None:
            axis = TimeAxis(data)
            self.x = axis.middle
            self.label = (
                "ms after stimulus onset (middle)" if axis.in_ms else "number of the time bin"
            )
            self.late = np.zeros(len(self.x), dtype=bool)
        else:
            self.x = data["time"].values.astype(float)
            self.label = "recurrent step"
            self.late = ~data["driven"].values[area]
        step = np.diff(self.x)
        half = step / 2 if len(step) else np.array([0.5])
        self.edges = np.concatenate(
            [[self.x[0] - half[0]], self.x[:-1] + step / 2, [self.x[-1] + half[-1]]]
        )

    def shade(self, ax: Axes, both: bool = False) -> None:
        """Grey out steps that the image has not reached, on one axis or both."""
        for k in np.flatnonzero(self.late):
            ax.axvspan(
                self.edges[k], self.edges[k + 1], color=NOT_REACHED, lw=0, zorder=0, gid="undriven"
            )
            if both:
                ax.axhspan(self.edges[k], self.edges[k + 1], color=NOT_REACHED, lw=0, zorder=0)
        if self.late.any() and not both:
            ax.set_xlim(self.edges[0], self.edges[-1])

    def grid(self, ax: Axes, values: np.ndarray, **style: Any) -> Any:
        """Draw a matrix over pairs of times, time of the first axis upwards; NaN stays empty."""
        shown = np.ma.masked_invalid(values)
        return ax.pcolormesh(self.edges, self.edges, shown, **style)


def lines_of(data: xr.Dataset, variable: str, made_by: str) -> list[tuple[Line, tuple[int, ...]]]:
    """Return each course of a result, with its place along the leading dim.

    Raises
    ------
    InputError
        It is another result.
    """
    if variable not in getattr(data, "data_vars", ()):
        raise InputError(
            f"there is no '{variable}' in what was given; expected the result of {made_by}"
        )
    if "area" in data[variable].dims and "time" in data.dims:
        return [(Line(data, k), (k,)) for k in range(data.sizes["area"])]
    return [(Line(data, None), ())]


def axes_of(n: int, width: float = 3.6, height: float = 3.4) -> np.ndarray:
    """Return a row of axes of a figure that is not pyplot's."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * n + 0.6, height), layout="constrained")
    return np.atleast_1d(figure.subplots(1, n))
