"""``cornetkit ceiling``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .columns import lay_out
from .printing import print_json, print_notes, records, settings_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

MOST_ROWS = 60
_HEADS = {
    "bin_ms": "neural ms",
    "n_neuroids": "neuroids",
    "median": "median",
    "q25": "q25",
    "q75": "q75",
    "repetitions": "rep.",
    "n_undefined": "undefined",
    "reasons": "why",
}


@click.command("ceiling")
@click.option("--neural", required=True, help="Recordings: a netCDF file (see inspect).")
@click.option(
    "--method",
    default="split-half",
    show_default=True,
    help="split-half, brainscore, signal-power, nsd or between-animals.",
)
@click.option("--window", help="Average the recordings over START:END ms, such as 70:170.")
@click.option("--bins", type=float, help="Rebin the recordings to this width in ms.")
@click.option("--by", help="A row for each region, animal, or another coordinate of the neuroids.")
@click.option("--halves", type=click.IntRange(min=1), help="Random halves. [default: the method's]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of halves.")
@click.option("--out", help="Write the ceilings of all neuroids to this netCDF file.")
@click.option("--overwrite", is_flag=True, help="Replace an output file that is there already.")
@click.option("--quiet", is_flag=True, help="No notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    neural: str,
    method: str,
    window: str | None,
    bins: float | None,
    by: str | None,
    halves: int | None,
    seed: int,
    out: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say how much of the responses repeats: the most that a model can explain.

    \b
    cornetkit ceiling --neural it.nc
    cornetkit ceiling --neural it.nc --bins 20 --by region
    cornetkit ceiling --neural it.nc --window 70:170 --method between-animals
    """
    from cornetkit.neural import parse_window

    limits = parse_window(window) if window is not None else None
    check_outputs({"--out": out}, {"--neural": neural}, overwrite=overwrite)

    import cornetkit as ck
    from cornetkit.predictivity import ceiling_table, save_ceiling

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)  # told below, as notes
        ceilings = ck.ceiling(
            neural, method=method, n_halves=halves, rng=seed, window=limits, bins=bins
        )
    table = ceiling_table(ceilings, by)
    if out is not None:
        save_ceiling(ceilings, out, overwrite=overwrite)
    notes = _notes(ceilings)
    print_notes(notes, quiet)
    if as_json:
        _print_json(ceilings, table, neural, notes)
    else:
        print("\n".join(_report(ceilings, table, Path(neural).name)))


def _notes(ceilings: xr.DataArray) -> list[str]:
    if not bool(ceilings.isnull().all()):
        return list(ceilings.attrs.get("notes", []))
    reasons = set(ceilings["reason"].values.reshape(-1).tolist())
    if reasons == {"fewer than 2 repetitions"}:
        return ["no stimulus was repeated, so there is no noise ceiling"]
    return [f"no neuroid has a ceiling: {ceilings.attrs['reasons']}"]


def _report(ceilings: xr.DataArray, table: pd.DataFrame, neural: str) -> list[str]:
    a = ceilings.attrs
    halves = f", {a['n_halves']} halves, seed {a['seed']}" if "n_halves" in a else ""
    lines = [
        f"{neural}: {a['n_stimuli']:,} stimuli, {ceilings.sizes['neuroid']:,} neuroids",
        f"ceiling {a['method']}{halves}, in units of r^2",
        "",
        *_lay_out(table.head(MOST_ROWS)),
    ]
    if len(table) > MOST_ROWS:
        lines.append(f"{len(table) - MOST_ROWS} more rows: --json, or wider --bins")
    lines += [
        "",
        "median, q25, q75: over neuroids; those that are not positive rank lowest;",
        "rep.: mean number of valid repetitions of a stimulus",
    ]
    if a["method"] == "between-animals":
        lines.append(
            f"share of the repeatable response that other animals' predict ({a['animals']}); "
            f"predictors: {a['n_predictors']}"
        )
    return lines


def _lay_out(table: pd.DataFrame) -> list[str]:
    known = [name for name in table.columns if name not in _HEADS]
    shown: dict[str, list[str]] = {}
    for name in ("bin_ms", *known, *(head for head in _HEADS if head != "bin_ms")):
        values = table[name]
        if name == "reasons":
            cells = ["" if text == "none" else text for text in values]
        elif name == "repetitions":
            cells = [f"{value:.1f}" for value in values]
        elif values.dtype.kind == "f":
            cells = [f"{value:.3f}" if value == value else "-" for value in values]
        else:
            cells = [str(value) for value in values]
        if any(cells):
            shown[_HEADS.get(name, name)] = cells
    return lay_out(shown, left=[*known, "why"])


def _print_json(ceilings: xr.DataArray, table: pd.DataFrame, neural: str, notes: list[str]) -> None:
    result: dict[str, Any] = {
        "neural": neural,
        "rows": records(table),
        "notes": notes,
        "settings": settings_of(ceilings),
    }
    print_json(result)
