"""A user's own table from time bins to recurrent steps, in one layout whatever it came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, did_you_mean, listing, unknown_name
from ..inputs import check_input

_COLUMNS = ("time_bin_start", "step")


@dataclass(frozen=True)
class Table:
    """For each area (None: for all) the step of each time bin, by the bin's start in ms."""

    steps: Mapping[str | None, Mapping[float, int]]

    def of(self, area: str) -> Mapping[float, int]:
        """Return the rows of an area.

        Raises
        ------
        UnknownNameError
            The table has areas, and not this one.
        """
        if None in self.steps:
            return self.steps[None]
        if area not in self.steps:
            raise unknown_name("area in the alignment table", area, [str(a) for a in self.steps])
        return self.steps[area]


def read_table(source: Any) -> Table:
    """Read a table of steps.

    Parameters
    ----------
    source
        ``{time_bin_start: step}`` for all areas, ``{area: {time_bin_start: step}}``, a DataArray
        of steps of dims ([area,] time_bin) with the coordinate ``time_bin_start`` (such as the
        ``aligned_step`` of scores), or the path of a CSV file with the columns
        ``time_bin_start``, ``step`` and, where areas differ, ``area``. Times are in ms.

    Raises
    ------
    FileError
        There is no such file.
    InputError
        It is none of these, a column is missing, a step is no whole number, or a bin stands
        twice.
    """
    if isinstance(source, (str, Path)):
        return _collect(_rows_of_csv(Path(source)))
    if isinstance(source, xr.DataArray):
        return _collect(_rows_of_array(source))
    if isinstance(source, Mapping):
        return _collect(_rows_of_mapping(source))
    raise InputError(
        f"an alignment of type {type(source).__name__} was given; expected a name, a CSV file, "
        "{time_bin_start: step}, {area: {time_bin_start: step}}, or a DataArray of steps"
    )


_Row = tuple[str | None, Any, Any]


def _collect(rows: Iterable[_Row]) -> Table:
    found: dict[str | None, dict[float, int]] = {}
    for area, begin, step in rows:
        try:
            begin, number = float(begin), float(step)
        except (TypeError, ValueError):
            begin = number = np.nan
        if not np.isfinite(begin) or not np.isfinite(number) or number != int(number):
            raise InputError(
                f"the alignment table has the row ({begin}: {step}); expected the start of a time "
                "bin in ms and a recurrent step (a whole number)"
            )
        of_area = found.setdefault(area, {})
        if begin in of_area:
            raise InputError(
                f"the alignment table names the time bin that starts at {begin:g} ms twice"
                f"{f' for {area}' if area else ''}; give each bin one step"
            )
        of_area[begin] = int(number)
    if not found:
        raise InputError("the alignment table is empty; give a step for each time bin")
    return Table(found)


def _rows_of_mapping(source: Mapping[Any, Any]) -> Iterable[_Row]:
    nested = [isinstance(value, Mapping) for value in source.values()]
    if any(nested) and not all(nested):
        raise InputError(
            "the alignment table mixes areas and time bins; give {time_bin_start: step} for all "
            "areas, or {area: {time_bin_start: step}}"
        )
    for key, value in source.items():
        if isinstance(value, Mapping):
            yield from ((str(key), begin, step) for begin, step in value.items())
        else:
            yield None, key, value


def _rows_of_array(source: xr.DataArray) -> Iterable[_Row]:
    if set(source.dims) not in ({"time_bin"}, {"area", "time_bin"}):
        raise InputError(
            f"an alignment of dims ({', '.join(map(str, source.dims))}) was given; expected steps "
            "of dims (time_bin) or (area, time_bin)"
        )
    for name in ("time_bin_start", *(["area"] if "area" in source.dims else [])):
        if name not in source.coords:
            raise InputError(f"the alignment has no coordinate '{name}'; add it: .assign_coords")
    starts = source["time_bin_start"].values
    if "area" not in source.dims:
        area = str(source["area"].item()) if "area" in source.coords else None
        yield from ((area, *row) for row in zip(starts, source.values, strict=True))
        return
    for name in source["area"].values:
        steps = source.sel(area=name).values
        yield from ((str(name), *row) for row in zip(starts, steps, strict=True))


def _rows_of_csv(path: Path) -> Iterable[_Row]:
    import pandas as pd

    check_input(path, "alignment table", expected="give the path of a CSV file, or a name")
    try:
        table = pd.read_csv(path)
    except (ValueError, UnicodeError) as error:  # pandas raises these for what is no table
        raise InputError(f"{path} is not a CSV table ({error})") from error
    columns = [str(c) for c in table.columns]
    for name in _COLUMNS:
        if name not in columns:
            near = did_you_mean(name, columns)
            raise InputError(
                f"{path} has no column '{name}'{near}; expected time_bin_start,step[,area], got "
                f"{listing(columns)}"
            )
    areas = [str(a) for a in table["area"]] if "area" in columns else [None] * len(table)
    yield from zip(areas, table["time_bin_start"], table["step"], strict=True)
