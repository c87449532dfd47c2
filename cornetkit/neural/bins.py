"""Coarser time bins: windows, and consecutive bins of a wanted width."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import xarray as xr

from ..errors import InputError, listing
from ..schema import RECORDING_DIMS, check_number
from .layouts import as_trial_rows
from .limits import TOLERANCE_MS, bin_limits, check_limits, span


def rebin(
    recordings: xr.DataArray,
    *,
    window: tuple[float, float] | None = None,
    width: float | None = None,
) -> xr.DataArray:
    """Average time bins into coarser ones, weighted by their width.

    Parameters
    ----------
    recordings
        Trial rows (presentation, time_bin, neuroid), or any other layout that `open_recordings`
        takes, with known limits of the time bins.
    window
        Start and end in ms. Alone: one new bin. With `width`: the range of the new bins.
    width
        Width of consecutive new bins in ms, from the start of the window or of the first bin.

    Returns
    -------
    xarray.DataArray
        Trial rows with the new time bins. A trial with a missing response (NaN) in any
        contributing bin has NaN in the new one: a mean over part of a window is another quantity.

    Raises
    ------
    InputError
        Neither argument is given; limits are unknown; the window is not covered by the bins; an
        edge would cut through a bin; the range is no multiple of the width.

    Examples
    --------
    >>> import xarray as xr
    >>> trials = xr.DataArray(
    ...     [[[1.0], [3.0], [8.0]]],
    ...     dims=("presentation", "time_bin", "neuroid"),
    ...     coords={
    ...         "stimulus": ("presentation", ["a"]),
    ...         "time_bin_start": ("time_bin", [70, 80, 90]),
    ...         "time_bin_end": ("time_bin", [80, 90, 100]),
    ...     },
    ... )
    >>> rebin(trials, window=(70, 90)).values.ravel().tolist()
    [2.0]
    """
    if window is None and width is None:
        raise InputError("rebin needs window=(start, end), width=, or both, in ms")
    recordings = as_trial_rows(recordings)
    start, end = bin_limits(recordings)
    if not (np.isfinite(start) & np.isfinite(end)).all():
        raise InputError(
            "the limits of the time bins are unknown, so they cannot be averaged into others; "
            "give them in ms from onset, once, and save the file: "
            "save_recordings(open_recordings(..., time_bins=[(start, end), ...]), 'ms.nc')"
        )
    check_limits(recordings)
    edges = _new_edges(start, end, window, width)
    _check_cuts(start, end, edges)
    members = [
        np.flatnonzero((start >= low - TOLERANCE_MS) & (end <= high + TOLERANCE_MS))
        for low, high in pairwise(edges)
    ]
    values = _weighted_means(recordings.values, members, end - start)
    coords = {
        name: coord.variable
        for name, coord in recordings.coords.items()
        if "time_bin" not in coord.dims
    }
    coords["time_bin_start"] = xr.Variable("time_bin", edges[:-1])
    coords["time_bin_end"] = xr.Variable("time_bin", edges[1:])
    return xr.DataArray(
        values, dims=RECORDING_DIMS, coords=coords, name="response", attrs=recordings.attrs
    )


def parse_window(text: str) -> tuple[float, float]:
    """Read ``START:END`` in ms, as in ``70:170`` or ``-100:0``.

    Raises
    ------
    InputError
        The text is not of that form, or the end is not after the start.

    Examples
    --------
    >>> parse_window("70:170")
    (70.0, 170.0)
    """
    start, colon, end = text.partition(":")
    try:
        limits = (float(start), float(end))
    except ValueError:
        limits = (math.nan, math.nan)
    if not colon or not all(math.isfinite(limit) for limit in limits):
        raise InputError(f"window '{text}' is not START:END in ms from onset, like 70:170")
    return _ordered(limits)


def _ordered(window: tuple[float, float]) -> tuple[float, float]:
    low, high = window
    if not low < high:
        raise InputError(
            f"window {low:g}:{high:g} ends before or where it starts; expected START:END in ms "
            "with START < END, like 70:170"
        )
    return low, high


def _new_edges(
    start: np.ndarray,
    end: np.ndarray,
    window: tuple[float, float] | None,
    width: float | None,
) -> np.ndarray:
    """Return the edges of the new bins, shape (new bins + 1,)."""
    low, high = (float(start[0]), float(end[-1]))
    if window is not None:
        low, high = _ordered(_pair(window))
        if low < start[0] - TOLERANCE_MS or high > end[-1] + TOLERANCE_MS:
            outside = "outside" if high <= start[0] or low >= end[-1] else "partly outside"
            raise InputError(
                f"the window {span(low, high)} lies {outside} the recordings, whose time bins "
                f"reach from {span(start[0], end[-1])}"
            )
    if width is None:
        return np.array([low, high])
    check_number(width, "bins", "a number of ms above 0")
    if not (math.isfinite(width) and width > 0):
        raise InputError(f"width= must be a number of ms above 0, not {width}")
    narrowest = float((end - start).min())
    if width < narrowest - TOLERANCE_MS:  # before the new bins are counted: they could be too many
        raise InputError(
            f"bins of {width:g} ms are narrower than those of the recordings ({narrowest:g} ms), "
            f"which cannot be divided; {_possible(start, end, low, high, width)}"
        )
    count = round((high - low) / width)
    if count < 1 or abs(count * width - (high - low)) > TOLERANCE_MS * max(1, count):
        raise InputError(
            f"{span(low, high)} cannot be divided into bins of {width:g} ms; "
            f"{_possible(start, end, low, high, width)}"
        )
    # Counting from the start keeps rounding of the width from adding up.
    return np.append(low + width * np.arange(count), high)


def _pair(window: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(limit) for limit in window)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"window={window!r} is not (start, end) in ms; for text use parse_window('70:170')"
        ) from error
    return low, high


def _possible(start: np.ndarray, end: np.ndarray, low: float, high: float, width: float) -> str:
    """Name the widths nearest to the wanted one that divide the range without cutting a bin."""
    known = np.append(start, end)
    widths = [
        (high - low) / count
        for count in range(1, start.size + 1)
        if not _cut(known, low + (high - low) / count * np.arange(count + 1)).size
    ]
    if not widths:
        return "no width does so without cutting through a time bin; choose another window"
    nearest = sorted(sorted(widths, key=lambda w: abs(w - width))[:3])
    return f"the nearest widths that do are {listing(f'{w:g}' for w in nearest)} ms"


def _cut(known: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the edges that are no limit of any existing bin."""
    distance = np.abs(edges[:, None] - known[None, :]).min(axis=1)
    return edges[distance > TOLERANCE_MS]


def _check_cuts(start: np.ndarray, end: np.ndarray, edges: np.ndarray) -> None:
    for edge in _cut(np.append(start, end), edges):
        inside = np.flatnonzero((start < edge) & (edge < end))
        if inside.size:
            at = int(inside[0])
            raise InputError(
                f"the edge {edge:g} ms cuts through the time bin {span(start[at], end[at])}; the "
                f"recordings have {start.size} bins from {span(start[0], end[-1])}, edges have to "
                f"fall on their limits: use {start[at]:g} or {end[at]:g}"
            )
    for at in np.flatnonzero(start[1:] - end[:-1] > TOLERANCE_MS).tolist():
        if edges[0] < start[at + 1] - TOLERANCE_MS and edges[-1] > end[at] + TOLERANCE_MS:
            raise InputError(
                f"no time bin covers {span(end[at], start[at + 1])}, which lies within the new "
                f"bins {span(edges[0], edges[-1])}; choose a window beside it"
            )


def _weighted_means(
    values: np.ndarray, members: list[np.ndarray], widths: np.ndarray
) -> np.ndarray:
    """Average bins (presentation, time_bin, neuroid) in float64, back in the float type given."""
    means = np.empty((values.shape[0], len(members), values.shape[2]), dtype=values.dtype)
    for new, bins in enumerate(members):
        # Relative to the first, so that bins of equal width are summed as they are.
        weights = widths[bins] / widths[bins[0]]
        total = np.zeros((values.shape[0], values.shape[2]))
        for weight, old in zip(weights, bins, strict=True):
            total += weight * values[:, old]
        means[:, new] = total / weights.sum()
    return means
