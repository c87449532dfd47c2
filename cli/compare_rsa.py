"""``cornetkit compare`` of results of rsa."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .columns import lay_out, p_text
from .printing import records
from .report import sides_of

if TYPE_CHECKING:
    import xarray as xr

_CONTENTS = ("rsa", "one-to-one matching", "soft matching")
_VALUES = ("difference", "difference_low", "difference_high", "p", "p_corrected")


def holds_rsa(path: str) -> bool:
    """Whether a file holds a result that `compare_rsa` takes."""
    from cornetkit.result_contents import kind_of_file

    return kind_of_file(path) in _CONTENTS


def compare_files(files: tuple[str, ...], between: tuple[str, str] | None) -> xr.Dataset:
    """Compare two files place by place, or two places: of one file, or one of each.

    Parameters
    ----------
    files
        One or two.
    between
        Two places such as ``IT@3``: an area and a step.

    Raises
    ------
    InputError
        One file and nothing to compare in it, or a place that is not there.
    """
    import cornetkit as ck
    from cornetkit.errors import InputError

    names = [Path(path).name for path in (files[0], files[-1])]
    first, second = (ck.open_rsa(path) for path in (files[0], files[-1]))
    if between is None:
        if len(files) == 1:
            raise InputError(
                f"one file was given ({files[0]}); expected two, or two places of it: "
                "--between IT@3 IT@0"
            )
        return ck.compare_rsa(first, second).assign_attrs(a=names[0], b=names[1])
    a, b = (_at(side, place) for side, place in zip((first, second), between, strict=True))
    one, other = (f"{place} of {name}" for place, name in zip(between, names, strict=True))
    return ck.compare_rsa(a, b).assign_attrs(a=one, b=other)


def _at(result: xr.Dataset, place: str) -> xr.Dataset:
    import numpy as np

    from cornetkit.errors import InputError, unknown_name

    area, _, step = (part.strip() for part in place.partition("@"))
    if not area or not step:
        raise InputError(f"--between '{place}': expected AREA@STEP, such as IT@3")
    for name, value in (("area", area), ("time", step)):
        if name not in result.coords:
            raise InputError(f"--between {place}: the result has no dim '{name}'")
        known = [str(label) for label in np.atleast_1d(result[name].values).tolist()]
        if value not in known:
            raise unknown_name("area" if name == "area" else "step", value, known)
        if name in result.dims:  # else it is the only one
            result = result.isel({name: known.index(value)})
    return result


def lines_of(
    files: tuple[str, ...], found: xr.Dataset, between: tuple[str, str] | None, *, explain: bool
) -> list[str]:
    """Return the comparison as a table."""
    names = " - ".join(between or [Path(name).name for name in (files[0], files[-1])])
    a = found.attrs
    of = [str(name) for name in _listed(a["resample_of"])]
    heading = f"{names}: {a['bootstrap']:,} paired resamples over {' and '.join(of)}"
    rows = rows_of(found)
    if not rows:
        return [heading, "", "no place has a score on both sides"]
    heads = {
        "time": "step", "bin_ms": "neural ms", "difference": "a - b", "difference_low": "low",
        "difference_high": "high", "p_corrected": "p corr.",
    }  # fmt: skip
    shown = [name for name in rows[0] if not (name == "time_bin" and "bin_ms" in rows[0])]
    columns = {heads.get(name, name): [_cell(name, row[name]) for row in rows] for name in shown}
    lines = [heading, *sides_of(a), "", *lay_out(columns, left=("area", "neural ms"))]
    if explain:
        lines += [
            "",
            f"low, high: {a['confidence']:.0%} interval of the difference, on the same resamples "
            "of both;",
            "p corr.: over all rows, by the largest |t| of each resample",
        ]
    return lines


def look_at_comparison(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of a comparison, for ``cornetkit inspect``."""
    import cornetkit as ck

    found = ck.open_rsa(path)
    a = found.attrs
    head, *rest = lines_of((str(path),), found, None, explain=True)
    lines = [f"{path}: comparison of similarity, {a['a']} (a) and {a['b']} (b)"]
    lines += [f"  {head.partition(': ')[2]}", *(f"  {line}".rstrip() for line in rest)]
    return {"rows": rows_of(found), "attrs": dict(a), "lines": lines}


def rows_of(found: xr.Dataset) -> list[dict[str, Any]]:
    """Return a row for each place with a difference."""
    table = found[list(_VALUES)].reset_coords(drop=True)
    if not table.dims:
        return [{name: float(table[name]) for name in _VALUES}]
    places = [*map(str, found["difference"].dims)]
    frame = table.to_dataframe().reset_index()[[*places, *_VALUES]]
    if "time_bin" in places and "time_bin_start" in found.coords and "time_bin_end" in found.coords:
        ends = zip(found["time_bin_start"].values, found["time_bin_end"].values, strict=True)
        limits = [f"{start:g}-{end:g}" if end == end else "" for start, end in ends]
        if all(limits):
            of_bin = dict(zip(found["time_bin"].values.tolist(), limits, strict=True))
            frame.insert(len(places), "bin_ms", [of_bin[k] for k in frame["time_bin"].tolist()])
    kept = frame[frame["difference"].notna()]
    return records(kept)


def _cell(name: str, value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    if name in ("p", "p_corrected"):
        return p_text(value)
    return f"{value:+.3f}" if value == value else "-"


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)
