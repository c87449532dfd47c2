"""The committed mappings from recurrent steps to milliseconds after stimulus onset.

CORnet-S: Kubilius et al. 2019 (Brain-Score's commitments); Z and R as committed with them.
CORnet-RT has none anywhere: its mapping has to be given or fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Window = tuple[int, int]
Timing = dict[str, list[Window | None] | None]


def _windows(start_ms: int, width_ms: int, steps: int) -> list[Window | None]:
    """Tile `steps` windows of one width from `start_ms` on."""
    return [(start_ms + k * width_ms, start_ms + (k + 1) * width_ms) for k in range(steps)]


_Z: Timing = {
    "V1": [(50, 150)],
    "V2": [(70, 170)],
    "V4": [(90, 190)],
    "IT": [(100, 200)],
}

# The hole at 110-140 ms in V4 and IT is the commitment's own; step 0 above V1 has seen no image.
_R_LATE: list[Window | None] = [None, (70, 110), (140, 170), (170, 200), (200, 250)]
_R: Timing = {
    "V1": [(50, 80), (80, 110), (110, 140), (140, 170), (170, 200)],
    "V2": [None, (60, 110), (110, 140), (140, 170), (170, 200)],
    "V4": _R_LATE,
    "IT": _R_LATE,
}

_S: Timing = {
    "V1": _windows(50, 100, 1),
    "V2": _windows(70, 100, 2),
    "V4": _windows(90, 50, 4),
    "IT": _windows(100, 100, 2),
}

# Step counts (V2, V4, IT) for which only IT was committed.
_S_IT: Mapping[tuple[int, ...], list[Window | None]] = MappingProxyType(
    {
        (2, 2, 2): _windows(70, 100, 2),
        (4, 4, 4): _windows(70, 50, 4),
        (4, 8, 4): _windows(70, 50, 4),
        (10, 10, 10): _windows(70, 20, 10),
    }
)


def committed_timing(letter: str, times: int | tuple[int, ...]) -> Timing:
    """Return each area's windows in ms, one a step, or None where nothing was committed.

    Parameters
    ----------
    letter
        ``"Z"``, ``"R"``, ``"RT"`` or ``"S"``.
    times
        The model's step counts: an int, or (V2, V4, IT) for CORnet-S.

    Returns
    -------
    dict
        Area to a list of ``(start_ms, end_ms)`` a step (None for a step without a window),
        or to None for an area without a committed mapping at these step counts.
    """
    timing: Timing = {"V1": None, "V2": None, "V4": None, "IT": None}
    if letter == "Z":
        timing = _Z
    elif letter == "R" and times == 5:
        timing = _R
    elif letter == "S" and times == (2, 4, 2):
        timing = _S
    elif letter == "S" and isinstance(times, tuple) and times in _S_IT:
        timing["IT"] = _S_IT[times]
    # Copies: a caller that edits its table must not edit everybody's.
    return {area: None if steps is None else list(steps) for area, steps in timing.items()}
