"""``cornetkit compare``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .columns import lay_out, p_text
from .compare_rsa import compare_files, holds_rsa, lines_of, rows_of
from .options import parse_names
from .printing import print_json, print_notes, records
from .report import sides_of

if TYPE_CHECKING:
    import pandas as pd

_HEADS = {
    "a": "a",
    "b": "b",
    "bin_ms": "neural ms",
    "score_a": "r of a",
    "score_b": "r of b",
    "difference": "a - b",
    "difference_low": "low",
    "difference_high": "high",
    "p": "p",
    "p_corrected": "p corr.",
}
_MOST_ROWS = 60


@click.command("compare")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--between",
    nargs=2,
    help="Two places, such as IT@0 IT@3: an area and step, an area (its best step, chosen on other "
    "splits), or best.",
)
@click.option("--area", help="Only these areas, such as V4,IT.")
@click.option("--time", help="Only these steps, such as 0,3.")
@click.option("--out", help="Write the comparison to this netCDF file.")
@click.option("--overwrite", is_flag=True, help="Replace an output file that is there already.")
@click.option("--quiet", is_flag=True, help="No explanation below the table, no notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    files: tuple[str, ...],
    between: tuple[str, str] | None,
    area: str | None,
    time: str | None,
    out: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare scores on the same resamples: two models, or two areas or steps of one.

    \b
    cornetkit predict --neural it.nc --acts s.nc --bootstrap 1000 --out s_scores.nc
    cornetkit predict --neural it.nc --acts rt.nc --bootstrap 1000 --out rt_scores.nc
    cornetkit compare s_scores.nc rt_scores.nc --area IT
    cornetkit compare s_scores.nc rt_scores.nc --between IT IT
    cornetkit compare s_scores.nc --between IT@0 IT@1
    cornetkit compare s_rsa.nc rt_rsa.nc
    """
    import cornetkit as ck

    if len(files) > 2:
        raise click.UsageError(f"{len(files)} files were given; expected one or two")
    times = _steps(time)
    check_outputs({"--out": out}, {"FILE": files}, overwrite=overwrite)
    if holds_rsa(files[0]):
        _refuse_choices(files[0], {"--area": area, "--time": time})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)  # shown as notes
            found = compare_files(files, between)
        if out is not None:
            ck.save_rsa(found, out, overwrite=overwrite)
        print_notes(found.attrs.get("notes", []), quiet)
        if as_json:
            rows, settings = rows_of(found), dict(found.attrs)
            print_json({"a": files[0], "b": files[-1], "rows": rows, "settings": settings})
        else:
            print("\n".join(lines_of(files, found, between, explain=not quiet)))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)  # shown as notes
        found = ck.compare_scores(
            *files, between=between or None, areas=parse_names(area), times=times
        )
    if out is not None:
        ck.save_scores(found, out, overwrite=overwrite)
    print_notes(found.attrs.get("notes", []), quiet)
    table = ck.comparison_table(found)
    if as_json:
        rows = records(table)
        print_json({"a": files[0], "b": files[-1], "rows": rows, "settings": dict(found.attrs)})
        return
    print("\n".join(_lines(files, table, dict(found.attrs), explain=not quiet)))


def _refuse_choices(file: str, given: dict[str, str | None]) -> None:
    """Raise where areas or steps of a result of rsa are to be chosen: --between names places."""
    from cornetkit.errors import InputError

    for name, value in given.items():
        if value is not None:
            raise InputError(
                f"{name} is for results of predict; {file} is one of rsa: leave it out, or name "
                "two places with --between IT@3 IT@0"
            )


def _steps(text: str | None) -> list[int] | None:
    from cornetkit.errors import InputError

    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--time {text} is no list of steps; expected such as 0,3") from None


def _lines(
    files: tuple[str, ...], table: pd.DataFrame, attrs: dict[str, Any], *, explain: bool
) -> list[str]:
    names = " - ".join(Path(name).name for name in (files[0], files[-1]))
    kinds = attrs["resample_of"]
    of = kinds if isinstance(kinds, str) else " and ".join(kinds)
    heading = f"{names}: {attrs['bootstrap']} paired resamples over {of}"
    lines = [heading, *sides_of(attrs), ""]
    shown = table[:_MOST_ROWS]
    columns = {
        head: _cells(name, shown[name])
        for name, head in _HEADS.items()
        if not (shown[name].astype(str) == "").all()
    }
    lines += lay_out(columns, left=("a", "b"))
    if len(table) > _MOST_ROWS:
        lines.append(f"... {len(table) - _MOST_ROWS} more rows: --json")
    if explain:
        lines += [
            "",
            "low, high: 95 % interval of the difference, on the same resamples of both;",
            "p corr.: over all rows, by the largest |t| of each resample;",
            "best, or an area alone: the step that is best on the other splits, split by split",
        ]
    return lines


def _cells(name: str, column: pd.Series) -> list[str]:
    if column.dtype.kind != "f":
        return [str(value) for value in column]
    if name in ("p", "p_corrected"):
        return [p_text(value) for value in column]
    sign = "+" if name.startswith("difference") else ""
    return [f"{value:{sign}.3f}" if value == value else "-" for value in column]
