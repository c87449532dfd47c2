"""Windows over time bins, which may overlap: what a decoder or an RDM is made of at each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..errors import InputError, listing
from ..neural import open_recordings, rebin
from ..schema import check_number

# Limits are in ms; what rounding leaves of them is no difference.
_TOLERANCE_MS = 1e-6


@dataclass(frozen=True)
class Windows:
    """Trials averaged in windows.

    Parameters
    ----------
    trials
        Trial rows (presentation, time_bin, neuroid), one time bin a window.
    start, end
        Limits in ms after onset, shape (time_bin,); NaN = unknown.
    overlap_ms
        By how much neighbours overlap; 0 where they do not.
    """

    trials: xr.DataArray
    start: np.ndarray
    end: np.ndarray
    overlap_ms: float

    @property
    def known(self) -> bool:
        """Whether the windows have limits in ms."""
        return bool(np.isfinite(self.start).all() and np.isfinite(self.end).all())

    def coords(self, dim: str = "time_bin") -> dict[str, tuple[str, np.ndarray]]:
        """Return the limits as coordinates of a dim ``time_bin`` or ``time_bin_test``."""
        tail = dim.removeprefix("time_bin")
        return {
            f"time_bin_start{tail}": (dim, self.start),
            f"time_bin_end{tail}": (dim, self.end),
        }

    def notes(self) -> list[str]:
        """Say what a reader of times has to know."""
        if not self.known:
            return [
                "the time bins have no limits, so results are by their number and no latency in ms "
                "is given; name them once with open_recordings(..., time_bins=[(start, end), ...])"
            ]
        if self.overlap_ms > 0:
            return [
                f"windows of {self.end[0] - self.start[0]:g} ms overlap by {self.overlap_ms:g} ms, "
                "so that a response shows in windows that start before it: read an onset from the "
                "end of its window"
            ]
        return []


def make_windows(recordings: object, window: float | None, step: float | None) -> Windows:
    """Average recordings in windows of `window` ms, one every `step` ms.

    Parameters
    ----------
    recordings
        What `open_recordings` takes.
    window
        Width in ms; None: the time bins as they are.
    step
        From the start of a window to that of the next, in ms; None: `window`, so that none
        overlap.

    Raises
    ------
    InputError
        There are no time bins, they overlap or are not in order, their limits are unknown, or
        windows would cut through a bin.
    """
    check_time_bins(recordings)
    trials = open_recordings(recordings)  # type: ignore[arg-type]
    for name, given in (("window", window), ("step", step)):
        if given is not None:
            check_number(given, name, f"a number of ms above 0 (--{name})")
    if window is None:
        if step is not None:
            raise InputError(f"step={step:g} (--step) needs window= (--window), its width in ms")
        start, end = (trials[f"time_bin_{side}"].values.astype(float) for side in ("start", "end"))
        return Windows(trials, start, end, 0.0)
    step = window if step is None else step
    for name, value in (("window", window), ("step", step)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"{name}={value} (--{name}) must be a number of ms above 0")
    start, end = (trials[f"time_bin_{side}"].values.astype(float) for side in ("start", "end"))
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        raise InputError(
            f"window={window:g} (--window) is in ms, and the time bins have no limits; name them "
            "once: save_recordings(open_recordings(..., time_bins=[(start, end), ...]), 'ms.nc')"
        )
    if window > end[-1] - start[0] + _TOLERANCE_MS:
        raise InputError(
            f"window={window:g} (--window) is wider than the recordings, which reach from "
            f"{start[0]:g} to {end[-1]:g} ms"
        )
    count = int(np.floor((end[-1] - start[0] - window) / step + _TOLERANCE_MS)) + 1
    starts = start[0] + step * np.arange(count)
    ends = starts + window
    for edge in (*starts, *ends):
        known = np.append(start, end)
        if np.abs(known - edge).min() > _TOLERANCE_MS:
            widths = np.unique(np.round(end - start, 6))
            raise InputError(
                f"windows of {window:g} ms every {step:g} ms cut through a time bin at {edge:g} "
                f"ms; the bins are {listing(f'{w:g}' for w in widths)} ms wide: take multiples"
            )
    parts = [
        rebin(trials, window=(float(low), float(high)))
        for low, high in zip(starts, ends, strict=True)
    ]
    merged = xr.DataArray(
        np.concatenate([part.values for part in parts], axis=1),
        dims=trials.dims,
        coords={
            **{n: c.variable for n, c in trials.coords.items() if "time_bin" not in c.dims},
            "time_bin_start": ("time_bin", starts),
            "time_bin_end": ("time_bin", ends),
        },
        name="response",
        attrs=trials.attrs,
    )
    return Windows(merged, starts, ends, max(float(window - step), 0.0))


def check_time_bins(recordings: object) -> None:
    """Raise `InputError` for labelled recordings that have no time."""
    sizes = recordings.sizes if isinstance(recordings, (xr.DataArray, xr.Dataset)) else {}
    if sizes.get("time_bin") == 0:
        raise InputError("the recordings have no time bins (a dim 'time_bin' of size 0)")
