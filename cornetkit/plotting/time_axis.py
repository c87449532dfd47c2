"""What figures over time share: the axis in ms (or in bins), bands, and what their lines are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

GREY = "#8a8a8a"
COLOURS = ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860")


class TimeAxis:
    """Where the time bins lie, and what their axis is called.

    Bins without limits are numbered, and nothing is said in ms.
    """

    def __init__(self, data: xr.Dataset) -> None:
        n = data.sizes["time_bin"]
        limits = [
            data[name].values.astype(float) if name in data.coords else np.full(n, np.nan)
            for name in ("time_bin_start", "time_bin_end")
        ]
        self.in_ms = bool(np.isfinite(limits).all())
        numbers = np.arange(n, dtype=float)
        self.start: np.ndarray = limits[0] if self.in_ms else numbers - 0.5
        self.end: np.ndarray = limits[1] if self.in_ms else numbers + 0.5
        self.middle: np.ndarray = (self.start + self.end) / 2

    @property
    def label(self) -> str:
        """The name of the axis."""
        if self.in_ms:
            width = self.end - self.start
            each = f", bins of {width[0]:g} ms" if np.ptp(width) < 1e-6 else ""
            return f"ms after stimulus onset (middle of the bin{each})"
        return "number of the time bin (no limits in ms are known)"

    def grid(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of a grid and its values: between bins that are apart there is NaN.

        Parameters
        ----------
        values
            Shape (row, time_bin).
        """
        edges, columns = [self.start[0]], []
        for k, (start, end) in enumerate(zip(self.start, self.end, strict=True)):
            if start > edges[-1]:
                edges.append(start)
                columns.append(np.full(len(values), np.nan))
            edges.append(end)
            columns.append(values[:, k])
        return np.array(edges), np.stack(columns, axis=1)


def subset(data: xr.Dataset, copy: str) -> xr.Dataset | None:
    """Return one copy of a result, None where there is no such copy."""
    return data.sel(copy=copy) if copy in data["copy"].values.astype(str) else None


def band(ax: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> None:
    """Draw an interval: a band, or a bar where a point stands alone and has no width."""
    ax.fill_between(x, low, high, color=colour, alpha=0.15, lw=0)
    there = np.isfinite(low) & np.isfinite(high)
    beside = np.zeros_like(there)
    beside[1:] |= there[:-1]
    beside[:-1] |= there[1:]
    alone = there & ~beside
    if alone.any():
        ax.vlines(np.asarray(x)[alone], low[alone], high[alone], color=colour, alpha=0.4, lw=3)


def tidy(ax: Axes) -> None:
    """Take away what says nothing."""
    ax.spines[["top", "right"]].set_visible(False)


def undriven_steps(data: xr.Dataset) -> list[int]:
    """Return the steps that the image had not reached."""
    text = str(data.attrs.get("undriven_steps", "none"))
    return [] if text == "none" else [int(part) for part in text.split(",")]


def counts(data: xr.Dataset) -> str:
    """Say what a figure rests on."""
    a = data.attrs
    return f"{a['n_stimuli']:,} stimuli, {a['n_neuroids']:,} neuroids"


def group_of(tree: Any, name: str, variable: str, function: str) -> xr.Dataset:
    """Return a group of a result of dynamics, or the Dataset that was given itself.

    Raises
    ------
    InputError
        There is no such result in it.
    """
    children = getattr(tree, "children", None)
    if children is not None and name in children:
        return tree[name].to_dataset()
    if children is None and variable in getattr(tree, "variables", ()):
        return tree
    raise InputError(
        f"there is no {name} in what was given; expected the result of {function}, or of dynamics "
        f"with the analysis '{name}'"
    )


def new_axes(n_rows: int = 1, heights: tuple[float, ...] = (1,), **size: Any) -> np.ndarray:
    """Return axes of a figure that is not pyplot's, shape (n_rows,)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.get("width", 7.5), size.get("height", 4.2)), layout="constrained")
    axes = figure.subplots(n_rows, 1, sharex=True, squeeze=False, height_ratios=heights)
    return np.asarray(axes[:, 0])
