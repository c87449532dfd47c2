"""``cornetkit decode``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .figures import check_figure, save_figure
from .options import parse_names
from .printing import print_json, print_notes, settings_of
from .time_rows import lay_out_rows, one_source, places

if TYPE_CHECKING:
    import xarray as xr


@click.command("decode")
@click.option("--neural", help="Recordings: a netCDF file (see inspect).")
@click.option("--acts", help="Activations instead.")
@click.option(
    "--labels",
    default="object_name",
    show_default=True,
    help="What is decoded: a coordinate of the stimuli, or a CSV: stimulus,label.",
)
@click.option("--window", type=float, help="Average the recordings in windows of this width, ms.")
@click.option("--step", type=float, help="A window every so many ms.  [--window]")
@click.option(
    "--generalize/--no-generalize",
    default=True,
    show_default=True,
    help="Test each decoder at all times.",
)
@click.option(
    "--match-reliability",
    is_flag=True,
    help="Thin repetitions until all windows are equally reliable.",
)
@click.option(
    "--classifier", default="logistic", show_default=True, help="logistic or correlation."
)
@click.option("--standardize/--no-standardize", default=None, help="z-score units. [of neuroids]")
@click.option(
    "--cross-validate",
    default="auto",
    show_default=True,
    help="stimuli, repetitions (pseudo-populations), or auto.",
)
@click.option("--n-splits", type=click.IntRange(min=2), help="Folds. [10, over repetitions 20]")
@click.option("--resamples", type=click.IntRange(min=1), help="Draws of pseudo-populations. [10]")
@click.option(
    "--together", help="Over repetitions: which neuroids keep their trials: session, or all."
)
@click.option("--groups", help="Coordinate of stimuli that are held out together.")
@click.option("--areas", help="Only these areas, such as V4,IT.")
@click.option(
    "--permutations",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Shuffles of the labels, for p values and the onset.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", help="Write the result to this netCDF file.")
@click.option("--plot", help="Draw it to this file (png, pdf, svg).")
@click.option("--overwrite", is_flag=True, help="Replace output files that are there already.")
@click.option("--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    neural: str | None,
    acts: str | None,
    labels: str,
    window: float | None,
    step: float | None,
    generalize: bool,
    match_reliability: bool,
    classifier: str,
    standardize: bool | None,
    cross_validate: str,
    n_splits: int | None,
    resamples: int | None,
    together: str | None,
    groups: str | None,
    areas: str | None,
    permutations: int,
    seed: int,
    out: str | None,
    plot: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Decode labels at every step or time bin, and test each decoder at all others.

    \b
    cornetkit decode --neural it.nc --labels object_name --window 150 --step 50
    cornetkit decode --acts acts.nc --labels objects.csv --areas IT --plot decoding.png
    cornetkit decode --neural it.nc --window 50 --permutations 200 --no-generalize
    """
    source = one_source(acts, neural)
    inputs = {"--neural": neural, "--acts": acts, "--labels": labels}
    check_outputs({"--out": out, "--plot": plot}, inputs, overwrite=overwrite)
    check_figure(plot)

    import cornetkit as ck

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)  # they are in the notes, shown below
        result = ck.decode(
            source,
            labels,
            window=window,
            step=step,
            generalize=generalize,
            match_reliability=match_reliability,
            classifier=classifier,
            standardize=standardize,
            cross_validate=cross_validate,
            n_splits=n_splits,
            n_resamples=resamples,
            together=together,
            groups=groups,
            areas=parse_names(areas),
            n_permutations=permutations,
            rng=seed,
            progress=False if quiet else None,
        )
    if plot is not None:
        save_figure(ck.plot_decoding(result, title=Path(source).name), plot)
    if out is not None:
        ck.save_temporal(result, out, overwrite=overwrite)
    notes = list(result.attrs["notes"])
    print_notes(notes, quiet)
    rows = _rows(result)
    if as_json:
        settings = settings_of(result)
        found = {"source": source, "rows": rows, "onsets": _onsets(result), "notes": notes}
        print_json(found | {"settings": settings})
    else:
        print("\n".join(_report(result, rows, Path(source).name)))


def look_at_decoding(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `decode`, for ``cornetkit inspect``."""
    import cornetkit as ck

    result = ck.open_temporal(path)
    rows = _rows(result)
    head, *rest = _report(result, rows, "decoding")
    lines = [f"{path}: {head}", *(f"  {line}".rstrip() for line in rest)]
    return {"rows": rows, "attrs": dict(result.attrs), "lines": lines}


def _rows(result: xr.Dataset) -> list[dict[str, Any]]:
    """Return each decoder at its own time, and how it does at the others, on average."""
    import numpy as np

    whole = str(result["accuracy"].dims[-1]).endswith("_test")
    rows = []
    for place, labels in places(result):
        values = result["accuracy"].values[place]
        at = (*place, place[-1]) if whole else place
        row = {**labels, "accuracy": float(result["accuracy"].values[at])}
        for side in ("low", "high"):
            if f"accuracy_{side}" in result:
                row[side] = float(result[f"accuracy_{side}"].values[at])
        if whole:
            others = np.delete(values, place[-1])
            known = others[~np.isnan(others)]
            row["at_other_times"] = float(known.mean()) if known.size else float("nan")
        for name in ("p", "p_cluster"):
            if name in result:
                row[name] = float(result[name].values[place])
        rows.append(row)
    return rows


def _onsets(result: xr.Dataset) -> dict[str, Any]:
    names = ("onset_step", "onset_bin", "onset_start_ms", "onset_end_ms")
    return {name: result[name].values for name in names if name in result}


def _report(result: xr.Dataset, rows: list[dict[str, Any]], source: str) -> list[str]:
    from cornetkit.schema import whose

    a = result.attrs
    lines = [
        f"{source}: {len(a['label_names'])} labels ({a['labels']}) of {a['n_stimuli']:,} stimuli; "
        f"chance {a['chance']:.3f}",
        f"{a['classifier']} classifier, {a['n_splits']} folds over {a['cross_validate']}, seed "
        f"{a['seed']}",
        *([f"of {who}"] if (who := whose(a)) else []),
        "",
        *lay_out_rows(rows),
    ]
    if "onset_start_ms" in result and result["onset_start_ms"].notnull():
        low, high = (float(result[f"onset_{side}_ms"]) for side in ("start", "end"))
        lines += ["", f"onset: {low:g} to {high:g} ms (first window of a cluster)"]
    elif "onset_step" in result:
        said = [
            f"{area} {'none' if step != step else f'step {step:g}'}"
            for area, step in zip(result["area"].values, result["onset_step"].values, strict=True)
        ]
        lines += ["", f"onset: {', '.join(said)} (first step of a cluster)"]
    elif "onset_bin" in result:
        k = float(result["onset_bin"])
        lines += ["", f"onset: {'none' if k != k else f'time bin {k:g}'}"]
    return lines
