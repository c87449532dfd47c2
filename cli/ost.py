"""``cornetkit ost``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .figures import check_figure, save_figure
from .options import parse_names
from .printing import print_json, print_notes, settings_of
from .time_rows import lay_out_rows

if TYPE_CHECKING:
    import xarray as xr

_SHOWN = ("solved_fraction", "first_fraction", "tie_fraction", "n_distinct", "pre_onset_rate")
_AGREEMENT = ("spearman", "spearman_low", "spearman_high", "spearman_error", "spearman_all")


@click.command("ost")
@click.option("--acts", help="Activations.")
@click.option("--neural", help="Recordings; with --acts too, whose times are then compared.")
@click.option(
    "--behavior",
    required=True,
    help="CSV: stimulus, threshold (d') and maybe ost_ms; or trials: stimulus, sample, distractor, "
    "choice.",
)
@click.option(
    "--labels",
    default="object_name",
    show_default=True,
    help="What images show: a coordinate of the stimuli, or a CSV: stimulus,label.",
)
@click.option("--variant", default="cornetkit", show_default=True, help="cornetkit or brainscore.")
@click.option("--window", type=float, help="Average the recordings in windows of this width, ms.")
@click.option("--step", type=float, help="A window every so many ms.  [--window]")
@click.option("--search", help="Look for the threshold from START:END ms only.")
@click.option(
    "--consecutive", type=click.IntRange(min=1), help="Times in a row.  [2, brainscore 1]"
)
@click.option(
    "--match-reliability",
    is_flag=True,
    help="Thin repetitions until all windows are equally reliable.",
)
@click.option("--areas", help="Only these areas, such as V4,IT.")
@click.option(
    "--n-splits", type=click.IntRange(min=2), default=10, show_default=True, help="Folds."
)
@click.option(
    "--join", default="exact", show_default=True, help="inner: leave out images never shown."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", help="Write the result (of --acts, where given) to this netCDF file.")
@click.option("--plot", help="Draw it to this file (png, pdf, svg).")
@click.option("--overwrite", is_flag=True, help="Replace output files that are there already.")
@click.option("--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    acts: str | None,
    neural: str | None,
    behavior: str,
    labels: str,
    variant: str,
    window: float | None,
    step: float | None,
    search: str | None,
    consecutive: int | None,
    match_reliability: bool,
    areas: str | None,
    n_splits: int,
    join: str,
    seed: int,
    out: str | None,
    plot: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say when decoders of each step or time bin solve an image as well as behaviour does.

    \b
    cornetkit ost --neural it.nc --behavior ost.csv
    cornetkit ost --acts acts.nc --areas IT --behavior ost.csv --plot ost.png
    cornetkit ost --acts acts.nc --neural it.nc --behavior trials.csv
    """
    from cornetkit.errors import InputError
    from cornetkit.neural import parse_window

    if acts is None and neural is None:
        raise InputError("give --acts (activations), --neural (recordings), or both to compare")
    if neural is None:
        for name, value in (
            ("--window", window), ("--step", step), ("--search", search),
            ("--match-reliability", match_reliability or None),
        ):  # fmt: skip
            if value is not None:
                raise InputError(f"{name} is for recordings; add --neural, or leave it out")
    if acts is None and areas is not None:
        raise InputError(f"--areas {areas} is for activations; add --acts, or leave it out")
    limits = parse_window(search) if search is not None else None
    inputs = {"--neural": neural, "--acts": acts, "--behavior": behavior, "--labels": labels}
    check_outputs({"--out": out, "--plot": plot}, inputs, overwrite=overwrite)
    check_figure(plot)

    import cornetkit as ck

    settings: dict[str, Any] = {
        "variant": variant,
        "n_consecutive": consecutive,
        "n_splits": n_splits,
        "join": join,
        "rng": seed,
        "progress": False if quiet else None,
    }
    results: dict[str, xr.Dataset] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)  # they are in the notes, shown below
        if neural is not None:
            results[neural] = ck.ost(
                neural, labels, behavior, window=window, step=step, search=limits,
                match_reliability=match_reliability, **settings,
            )  # fmt: skip
        if acts is not None:
            reference = results.get(neural) if neural is not None else None
            results[acts] = ck.ost(
                acts, labels, behavior, areas=parse_names(areas), reference=reference, **settings
            )
    last = list(results.values())[-1]
    if plot is not None:
        save_figure(ck.plot_ost(last), plot)
    if out is not None:
        ck.save_temporal(last, out, overwrite=overwrite)
    for name, result in results.items():
        print_notes([f"{Path(name).name}: {note}" for note in result.attrs["notes"]], quiet)
    rows = [row for name, result in results.items() for row in _rows(result, name)]
    if as_json:
        print_json(
            {
                "rows": rows,
                "notes": {name: list(r.attrs["notes"]) for name, r in results.items()},
                "settings": settings_of(last),
            }
        )
    else:
        print("\n".join(_report(results, rows)))


def look_at_solution_times(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `ost`, for ``cornetkit inspect``."""
    import cornetkit as ck

    result = ck.open_temporal(path)
    rows = _rows(result, "")
    said = _report({"": result}, rows)
    lines = [f"{path}: object solution times of {result.attrs['n_stimuli']:,} stimuli"]
    lines += [f"  {line}".rstrip() for line in said]
    return {"rows": rows, "attrs": dict(result.attrs), "lines": lines}


def _rows(result: xr.Dataset, name: str) -> list[dict[str, Any]]:
    areas = result["area"].values.tolist() if "area" in result.dims else [None]
    rows = []
    for k, area in enumerate(areas):
        at = () if area is None else (k,)
        row: dict[str, Any] = {"source": Path(name).name, "area": area or ""}
        row |= {shown: float(result[shown].values[at]) for shown in _SHOWN}
        if result.attrs["compared_with"] != "none":
            row["n_compared"] = int(result["n_compared"].values[at])
            row |= {shown: float(result[shown].values[at]) for shown in _AGREEMENT}
        rows.append(row)
    return rows


def _report(results: dict[str, xr.Dataset], rows: list[dict[str, Any]]) -> list[str]:
    from cornetkit.schema import whose

    *_, last = results.values()
    a = last.attrs
    who = [
        f"{f'{Path(name).name}: ' if name else 'of '}{whose(result.attrs)}"
        for name, result in results.items()
        if whose(result.attrs)
    ]
    heads = {"solved_fraction": "solved", "first_fraction": "at first", "tie_fraction": "tied",
             "n_distinct": "distinct", "pre_onset_rate": "pre-onset", "n_compared": "both solve",
             "spearman_low": "low", "spearman_high": "high", "spearman_error": "+-",
             "spearman_all": "all images"}  # fmt: skip
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = []
    for row in rows:
        full = {name: row.get(name, float("nan")) for name in names}
        full["n_distinct"] = f"{full['n_distinct']:.0f}"
        if "n_compared" in full:
            full["n_compared"] = str(full["n_compared"]) if "n_compared" in row else "-"
        table.append(full)
    shown = [n for n in names if not all(isinstance(r[n], float) and r[n] != r[n] for r in table)]
    shown = [n for n in shown if not all(r[n] == "" for r in table)]
    lines = [
        f"variant {a['variant']}: {a['n_thresholds']:,} images with a threshold ({a['behavior']}), "
        f"{a['n_consecutive']} in a row, {a['n_splits']} splits, seed {a['seed']}",
        f"times: {a['times']}; compared with {a['compared_with']}",
        *who,
        "",
        *lay_out_rows([{heads.get(n, n): r[n] for n in shown} for r in table]),
    ]
    return lines
