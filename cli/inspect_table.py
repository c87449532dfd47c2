"""Rows of a result, and a table of them, as ``cornetkit inspect`` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .columns import lay_out, number, p_text
from .printing import records

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# Of longer tables only so many rows are shown; --json has all.
_MOST_ROWS = 12


def driven_places(result: xr.Dataset) -> list[tuple[int, int, int]]:
    """Return the places (area, time, time_bin) of steps that the image has reached."""
    import numpy as np

    driven = result["driven"].values
    bins = range(result.sizes["time_bin"])
    return [(i, j, b) for i, j in np.ndindex(*driven.shape) if driven[i, j] for b in bins]


def labels_of(result: xr.Dataset, place: tuple[int, int, int]) -> dict[str, Any]:
    """Return the area, step and bin of a place, as cells of a row."""
    i, j, b = place
    return {
        "area": str(result["area"].values[i]),
        "step": int(result["time"].values[j]),
        "bin_ms": bin_text(result, b),
    }


def bin_text(result: xr.Dataset, b: int) -> str:
    """Return a bin's limits in ms, or its number; nothing for the only bin without limits."""
    limits = [result.coords.get(f"time_bin_{side}") for side in ("start", "end")]
    known = [float(c.values[b]) for c in limits if c is not None]
    if len(known) == 2 and all(limit == limit for limit in known):
        return f"{known[0]:g}-{known[1]:g}"
    return f"bin {b}" if result.sizes["time_bin"] > 1 else ""


def frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table."""
    import pandas as pd

    return pd.DataFrame(list(rows))


def with_table(
    lines: list[str],
    table: pd.DataFrame,
    attrs: dict[str, Any],
    heads: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what a reader returns: lines with the table below them, its rows, attributes.

    `heads` are what columns are called in the lines, where that is not their name.
    """
    called = {"bin_ms": "neural ms", "step_ms": "model ms", **(heads or {})}
    shown = {
        called.get(name, name): _cells(table[name], name)
        for name in table.columns
        if not (table[name].astype(str) == "").all()
    }
    rows = lay_out({head: cells[:_MOST_ROWS] for head, cells in shown.items()}, left=["area"])
    lines = [*lines, *(f"  {row}" for row in rows)]
    if len(table) > _MOST_ROWS:
        lines.append(f"  ... {len(table) - _MOST_ROWS} more rows: --json")
    return {"rows": records(table), "attrs": dict(attrs), "lines": lines}


def _cells(column: pd.Series, name: str) -> list[str]:
    if column.dtype.kind != "f":
        return [str(value) for value in column]
    p = name in ("p", "p_corrected")
    return [p_text(value) if p else number(value) for value in column]
