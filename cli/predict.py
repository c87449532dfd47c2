"""``cornetkit predict``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .baseline_rows import Baseline
from .baselines import Plan
from .checked_outputs import check_outputs
from .figures import check_figure, save_figure
from .inference_options import inference_options, inference_settings
from .options import parse_kinds, parse_names, parse_seeds
from .printing import print_json, print_notes, records, settings_of
from .scoring import scored
from .sources import labels_of, shared_by_all
from .split_options import split_options, split_settings

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


PROTOCOLS = "cornetkit, brainscore, papale2025, li2026, kar2019 or kar2019-within."


@click.command("predict")
@click.option("--neural", required=True, help="Recordings: a netCDF file (see inspect).")
@click.option(
    "--acts",
    multiple=True,
    default=["acts.nc"],
    help="Activations of record; several times for several models in one table. [default: acts.nc]",
)
@click.option(
    "--method", help="ridge, pls, ols, best-unit or non-negative. [default: the protocol's]"
)
@click.option("--protocol", default="cornetkit", show_default=True, help=PROTOCOLS)
@click.option("--components", type=click.IntRange(min=1), help="Of PLS. [default: 25]")
@click.option("--standardize", is_flag=True, help="Z-score units by each fold's training stimuli.")
@click.option("--areas", help="Only these areas, such as V4,IT.")
@click.option("--stratify", help="Coordinate of the stimuli to balance over train and test.")
@click.option("--no-stratify", is_flag=True, help="Do not balance, whatever the protocol says.")
@click.option(
    "--ceiling", help="split-half, brainscore, signal-power or nsd. [default: the protocol's]"
)
@click.option(
    "--match-reliability",
    help="Thin repetitions to equal reliability over time_bin, region, animal or several.",
)
@click.option(
    "--mapping",
    help="per-bin, or shared: one mapping over all time bins, scored by bin. [default: per-bin]",
)
@click.option(
    "--alignment",
    help="Of --mapping shared, which step stands for a bin: nearest-start, center, overlap, or a "
    "CSV file with the columns time_bin_start,step[,area]. [default: nearest-start]",
)
@click.option(
    "--stack",
    help="Steps side by side: time,unit (all of an area) or area,time,unit (all of all areas).",
)
@click.option("--window", help="Average the recordings over START:END ms, such as 70:170.")
@click.option("--bins", type=float, help="Rebin the recordings to this width in ms.")
@click.option(
    "--join", default="exact", show_default=True, help="exact, or inner: stimuli in both."
)
@split_options
@inference_options
@click.option("--images", help="The images, for baselines to compare with.")
@click.option(
    "--baselines",
    help="pixels,gabor,labels,untrained,animal, or none. [default: pixels, with --images]",
)
@click.option("--labels", help="Columns of the stimuli for labels. [default: object_name]")
@click.option(
    "--untrained-seeds", default="0,1,2", show_default=True, help="Of the baseline untrained."
)
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
    standardize: bool,
    areas: str | None,
    stratify: str | None,
    no_stratify: bool,
    ceiling: str | None,
    match_reliability: str | None,
    mapping: str | None,
    alignment: str | None,
    stack: str | None,
    window: str | None,
    bins: float | None,
    join: str,
    images: str | None,
    baselines: str | None,
    labels: str | None,
    untrained_seeds: str,
    out: str | None,
    plot: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **of_splits: Any,
) -> None:
    """Predict recordings from activations, area by area and step by step.

    \b
    cornetkit predict --neural it.nc
    cornetkit predict --neural it.nc --acts rt.nc --window 70:170 --images stim/
    cornetkit predict --neural it.nc --protocol brainscore --out scores.nc --plot scores.png
    cornetkit predict --neural it.nc --acts s.nc --acts rt.nc
    cornetkit predict --neural it.nc --groups movie --by animal
    cornetkit predict --neural it.nc --bootstrap 1000 --permutations 999 --out scores.nc
    cornetkit predict --neural it.nc --splits distance --space pixels --images stim/
    cornetkit predict --neural it.nc --mapping shared --alignment steps.csv
    cornetkit predict --neural it.nc --images stim.csv --baselines gabor,labels,untrained,animal
    """
    from cornetkit.errors import InputError
    from cornetkit.neural import parse_window

    _check_pairs(stratify, no_stratify, components, method, protocol)
    limits = parse_window(window) if window is not None else None
    kinds, of_seeds = (
        parse_kinds(baselines, images, also=of_splits["space"] is not None),
        parse_seeds(untrained_seeds),
    )
    check_outputs(
        {"--out": out, "--plot": plot},
        {"--neural": neural, "--acts": acts, "--alignment": alignment}
        | {f"--{name}": of_splits[name] for name in ("splits", "space")},
        overwrite=overwrite,
        images=images,
    )
    labels_of_acts = labels_of(acts)
    check_figure(plot)
    if len(acts) > 1 and (out or plot):
        raise InputError(
            f"--out and --plot take one --acts, {len(acts)} were given; run them one by one, or "
            "take the table or --json"
        )

    import pandas as pd

    import cornetkit as ck
    from cornetkit.predictivity import save_scores, score_table

    inference = inference_settings(of_splits)
    settings: dict[str, Any] = {
        "method": method,
        "standardize": standardize or None,
        "protocol": protocol,
        "n_components": components,
        "stratify": False if no_stratify else stratify,
        "ceiling": ceiling,
        "match_reliability": parse_names(
            match_reliability, "what to match reliability over", "time_bin,region"
        ),
        "mapping": mapping or "per-bin",
        "alignment": alignment,
        "stack": stack,
        "window": limits,
        "bins": bins,
        "join": join,
        "progress": False if quiet else None,
    }
    chosen = parse_names(areas)
    recordings = ck.open_recordings(neural)
    settings |= split_settings(of_splits, acts, images, recordings)
    plan = Plan.of(
        kinds, images, recordings, acts, of_seeds, parse_names(labels, "labels", "object_name")
    )
    found, tables = [], []
    notes: list[str] = []
    if join == "inner":
        recordings, notes = shared_by_all(recordings, acts, chosen, plan.ids)
    notes += plan.notes
    for path, label in zip(acts, labels_of_acts, strict=True):
        scores, said = scored(path, recordings, settings | inference | {"areas": chosen})
        found.append(scores)
        notes += said if len(acts) == 1 else [f"{path}: {note}" for note in said]
        tables.append(score_table(scores).assign(model=label, baseline=False))
    scores = found[0]
    made = []
    for baseline in plan.score(recordings, settings, chosen, scores):
        made.append(baseline)
        notes += [f"{baseline.name}: {note}" for note in baseline.notes if note not in notes]
        tables.append(baseline.table)
    table = pd.concat(tables, ignore_index=True)
    if out is not None:
        save_scores(scores, out, overwrite=overwrite)
    if plot is not None:
        _draw(scores, made, plot, neural)
    print_notes(notes, quiet)
    if as_json:
        _print_json(found, made, table, neural, notes)
    else:
        from .report import report

        remarks = [baseline.remark for baseline in made if baseline.remark]
        print(report(found, table, Path(neural).name, remarks, labels_of_acts))


def _parts(found: list[xr.Dataset]) -> dict[str, Any]:
    """Return the rows of each part of the neuroids, where they were asked for."""
    from cornetkit.predictivity import part_table

    tables = [part_table(scores) for scores in found if "score_by" in scores]
    rows = [records(table) for table in tables]
    return {"by": rows[0] if len(found) == 1 else rows} if rows else {}


def _check_pairs(
    stratify: str | None, no_stratify: bool, components: int | None, method: str | None, name: str
) -> None:
    """Refuse options of which one would not count."""
    if stratify is not None and no_stratify:
        raise click.UsageError("--stratify and --no-stratify were both given; give one")
    if components is None:
        return
    from cornetkit.predictivity import find_protocol

    if (taken := method or find_protocol(name).method) != "pls":
        whose = "" if method else f", the method of protocol {name},"
        raise click.UsageError(
            f"--components is for PLS, and {taken}{whose} has none; leave it out, or add "
            "--method pls"
        )


def _draw(scores: xr.Dataset, made: list[Baseline], path: str, neural: str) -> None:
    from cornetkit.plotting import plot_scores

    from .report import identity

    title = f"{identity(scores.attrs)}\n{Path(neural).name}"
    axes = plot_scores(scores, baseline={b.name: b.scores for b in made}, title=title)
    save_figure(axes, path)


def _print_json(
    found: list[xr.Dataset],
    made: list[Baseline],
    table: pd.DataFrame,
    neural: str,
    notes: list[str],
) -> None:
    rows = records(table)
    settings = [settings_of(scores) for scores in found]
    of_baselines = [baseline.settings for baseline in made]
    result = {
        "neural": neural,
        "rows": rows,
        "normalized": found[0]["normalized"].attrs["formula"],
        **_parts(found),
        "notes": notes,
        "settings": settings[0] if len(settings) == 1 else settings,
        "baseline_settings": of_baselines if len(made) > 1 else next(iter(of_baselines), None),
    }
    print_json(result)
