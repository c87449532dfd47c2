"""What a command says: results as JSON, notes on stderr."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def print_json(result: Any) -> None:
    """Print JSON that every reader takes: JSON has no NaN and no infinity, they become null."""
    print(json.dumps(_plain(result), indent=1, allow_nan=False))


def print_notes(notes: Iterable[str], quiet: bool = False) -> None:
    """Print notes on stderr, each on a line, unless nothing is to be said."""
    if not quiet:
        for note in notes:
            click.echo(f"note: {note}", err=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values, NaN as None."""
    return list(json.loads(table.to_json(orient="records")))


def settings_of(result: xr.Dataset | xr.DataArray) -> dict[str, Any]:
    """Return all that moved a result: its attributes without the notes."""
    return {str(name): value for name, value in result.attrs.items() if name != "notes"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(held) for held in value]
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # numpy's numbers and arrays
        return _plain(value.tolist())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return str(value)
