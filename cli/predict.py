"""``cornetkit predict``."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import parse_names
from .sources import shared_by_all

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from cornetkit.activations import Activations


@click.command("predict")
@click.option("--neural", required=True, help="Recordings: a netCDF file (see inspect).")
@click.option(
    "--acts",
    multiple=True,
    default=["acts.nc"],
    help="Activations of record; several times for several models in one table. [default: acts.nc]",
)
@click.option("--method", help="ridge, pls, ols or best-unit. [default: the protocol's]")
@click.option("--protocol", default="cornetkit", show_default=True, help="cornetkit or brainscore.")
@click.option("--components", type=click.IntRange(min=1), help="Of PLS. [default: 25]")
@click.option("--areas", help="Only these areas, such as V4,IT.")
@click.option("--stratify", help="Coordinate of the stimuli to balance over train and test.")
@click.option("--no-stratify", is_flag=True, help="Do not balance, whatever the protocol says.")
@click.option("--window", help="Average the recordings over START:END ms, such as 70:170.")
@click.option("--bins", type=float, help="Rebin the recordings to this width in ms.")
@click.option(
    "--join", default="exact", show_default=True, help="exact, or inner: stimuli in both."
)
@click.option("--images", help="The images, for a row of pixels to compare with.")
@click.option("--out", help="Write the scores to this netCDF file.")
@click.option("--plot", help="Draw the scores to this file (png, pdf, svg).")
@click.option("--overwrite", is_flag=True, help="Replace output files that are there already.")
@click.option("--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    neural: str,
    acts: tuple[str, ...],
    method: str | None,
    protocol: str,
    components: int | None,
    areas: str | None,
    stratify: str | None,
    no_stratify: bool,
    window: str | None,
    bins: float | None,
    join: str,
    images: str | None,
    out: str | None,
    plot: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    r"""Predict recordings from activations, area by area and step by step.

    \b
    cornetkit predict --neural it.nc
    cornetkit predict --neural it.nc --acts rt.nc --window 70:170 --images stim/
    cornetkit predict --neural it.nc --protocol brainscore --out scores.nc --plot scores.png
    cornetkit predict --neural it.nc --acts s.nc --acts rt.nc
    """
    from cornetkit.errors import InputError
    from cornetkit.neural import parse_window
    from cornetkit.outputs import check_output

    limits = parse_window(window) if window is not None else None
    for target in (out, plot):
        if target is not None:
            check_output(Path(target), overwrite=overwrite)
    if plot is not None:
        _check_figure(plot)
    if len(acts) > 1 and (out or plot):
        raise InputError(
            f"--out and --plot take one --acts, {len(acts)} were given; run them one by one, or "
            "take the table or --json"
        )

    import pandas as pd

    import cornetkit as ck
    from cornetkit.predictivity import save_scores, score_table

    settings: dict[str, Any] = {
        "method": method,
        "protocol": protocol,
        "n_components": components,
        "stratify": False if no_stratify else stratify,
        "window": limits,
        "bins": bins,
        "join": join,
        "progress": False if quiet else None,
    }
    chosen = parse_names(areas)
    recordings = ck.open_recordings(neural)
    pixels = None if images is None else _pixels(images, recordings)
    found, tables = [], []
    notes: list[str] = []
    if join == "inner":
        recordings, notes = shared_by_all(recordings, acts, chosen, pixels)
    for path in acts:
        scores, said = _scored(path, recordings, settings | {"areas": chosen})
        found.append(scores)
        notes += said if len(acts) == 1 else [f"{path}: {note}" for note in said]
        tables.append(score_table(scores).assign(model="" if len(acts) == 1 else Path(path).stem))
    baseline = None
    if pixels is not None:
        baseline, said = _scored(pixels, recordings, settings)
        notes += [f"pixels: {note}" for note in said if note not in notes]
        tables.append(score_table(baseline).assign(model=""))
    table = pd.concat(tables, ignore_index=True)
    scores = found[0]
    if out is not None:
        save_scores(scores, out, overwrite=overwrite)
    if plot is not None:
        _draw(scores, baseline, plot, neural)
    if not quiet:
        for note in notes:
            click.echo(f"note: {note}", err=True)
    if as_json:
        _print_json(found, baseline, table, neural, notes)
    else:
        from .report import report

        print(report(found, table, Path(neural).name))


def _scored(acts: Any, recordings: Any, settings: dict[str, Any]) -> tuple[xr.Dataset, list[str]]:
    import cornetkit as ck
    from cornetkit.errors import CornetkitWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)  # they are in the notes, shown below
        scores = ck.predict(acts, recordings, **settings)
    return scores, list(scores.attrs["notes"])


def _pixels(images: str, recordings: xr.DataArray) -> Activations:
    import cornetkit as ck

    stimuli = ck.load_stimuli(images)
    wanted = set(recordings["stimulus"].values.tolist())
    chosen = [i for i, name in enumerate(stimuli.ids) if name in wanted]
    return ck.pixels(stimuli.select(chosen) if chosen else stimuli)


def _check_figure(path: str) -> None:
    from cornetkit.errors import InputError

    if Path(path).suffix.lower() not in (".png", ".pdf", ".svg"):
        raise InputError(f"--plot {path}: expected a name that ends in .png, .pdf or .svg")


def _draw(scores: xr.Dataset, baseline: xr.Dataset | None, path: str, neural: str) -> None:
    from cornetkit.plotting import plot_scores

    from .report import identity

    title = f"{identity(scores.attrs)}\n{Path(neural).name}"
    axes = plot_scores(scores, baseline=baseline, title=title)
    axes[0].figure.savefig(path, dpi=150)


def _print_json(
    found: list[xr.Dataset],
    baseline: xr.Dataset | None,
    table: pd.DataFrame,
    neural: str,
    notes: list[str],
) -> None:
    rows = json.loads(table.to_json(orient="records"))  # NaN becomes null
    settings = [_settings(scores) for scores in found]
    result = {
        "neural": neural,
        "rows": rows,
        "normalized": found[0]["normalized"].attrs["formula"],
        "notes": notes,
        "settings": settings[0] if len(settings) == 1 else settings,
        "baseline_settings": None if baseline is None else _settings(baseline),
    }
    json.dump(result, sys.stdout, indent=1, default=str)
    print()


def _settings(scores: xr.Dataset) -> dict[str, Any]:
    return {name: value for name, value in scores.attrs.items() if name != "notes"}
