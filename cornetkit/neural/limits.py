"""Limits of time bins: whether they make sense."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import InputError

# Limits are in ms; what rounding leaves of them is no gap and no overlap.
TOLERANCE_MS = 1e-6


def bin_limits(recordings: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return start and end of each time bin in ms, each of shape (time_bin,); NaN = unknown."""
    unknown = xr.DataArray(np.full(recordings.sizes["time_bin"], np.nan), dims="time_bin")
    start, end = (
        recordings.coords.get(name, unknown).values.astype(np.float64)
        for name in ("time_bin_start", "time_bin_end")
    )
    return start, end


def check_limits(recordings: xr.DataArray) -> None:
    """Raise `InputError` for time bins without width, out of order or overlapping.

    Bins with unknown limits are left out. Overlapping (sliding) bins are refused since they
    leak responses across time: a latency read from them is early by up to their width.
    """
    start, end = bin_limits(recordings)
    known = np.isfinite(start) & np.isfinite(end)
    start, end = start[known], end[known]
    narrow = np.flatnonzero(end - start <= TOLERANCE_MS)
    if narrow.size:
        first = narrow[0]
        raise InputError(
            f"{narrow.size} time bins end before or where they start, the first is "
            f"{span(start[first], end[first])}; check time_bin_start and time_bin_end (in ms)"
        )
    if (np.diff(start) <= 0).any():
        at = int(np.flatnonzero(np.diff(start) <= 0)[0])
        raise InputError(
            f"time bins are not in order: {span(start[at + 1], end[at + 1])} comes after "
            f"{span(start[at], end[at])}; sort them with .sortby('time_bin_start') and drop repeats"
        )
    overlap = np.flatnonzero(start[1:] < end[:-1] - TOLERANCE_MS)
    if overlap.size:
        at = int(overlap[0])
        # The smallest step of a regular thinning after which no two bins overlap.
        step = next(
            k for k in range(2, start.size + 1) if (start[k:] >= end[:-k] - TOLERANCE_MS).all()
        )
        raise InputError(
            f"{overlap.size} time bins overlap the next one, the first {span(start[at], end[at])} "
            f"and {span(start[at + 1], end[at + 1])}, which leaks responses across time; keep "
            f"those that do not: .isel(time_bin=slice(None, None, {step}))"
        )


def span(start: float, end: float) -> str:
    """Write limits as ``70 to 80 ms``."""
    return f"{start:g} to {end:g} ms"
