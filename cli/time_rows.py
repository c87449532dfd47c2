"""Rows of tables over time, of activations and of recordings alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cornetkit.errors import InputError

from .columns import lay_out, number

if TYPE_CHECKING:
    import xarray as xr

_HEADS = {"bin_ms": "neural ms", "at_other_times": "elsewhere", "p_cluster": "p cluster"}


def one_source(acts: str | None, neural: str | None) -> str:
    """Return the one of --acts and --neural that was given."""
    if acts is not None and neural is not None:
        raise InputError("give either --neural (recordings) or --acts (activations), not both")
    source = acts or neural
    if source is None:
        raise InputError("give --neural (recordings) or --acts (activations); one is needed")
    return source


def places(result: xr.Dataset) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Yield the place of every driven step, or time bin, and what it is called."""
    if "time" in result.dims:
        driven = result["driven"].values
        for i, area in enumerate(result["area"].values.tolist()):
            for j, step in enumerate(result["time"].values.tolist()):
                if driven[i, j]:
                    yield (i, j), {"area": area, "step": step}
        return
    limits = [result[f"time_bin_{side}"].values for side in ("start", "end")]
    for k, (low, high) in enumerate(zip(*limits, strict=True)):
        known = low == low and high == high
        yield (k,), {"bin_ms": f"{low:g} to {high:g}"} if known else {"bin": k}


def lay_out_rows(rows: list[dict[str, Any]]) -> list[str]:
    """Return a table, text and numbers in columns."""
    names = list(rows[0]) if rows else []
    cells = {_HEADS.get(name, name): [_cell(row[name]) for row in rows] for name in names}
    return lay_out(cells)


def _cell(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)
