"""``cornetkit rsa``."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .options import parse_names
from .printing import print_json

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_MOST_ROWS = 60


@click.command("rsa")
@click.option(
    "--acts", default="acts.nc", show_default=True, help="Activations of record, or model RDMs."
)
@click.option("--neural", help="Recordings: a netCDF file (see inspect).")
@click.option("--rdms", help="RDMs instead, say of several subjects: a netCDF file.")
@click.option("--group", help="Which group of the file of --rdms.")
@click.option("--acts-group", help="Which group of --acts, where it holds model RDMs.")
@click.option(
    "--metric",
    default="correlation",
    show_default=True,
    help="Of the model's RDMs: correlation, euclidean or cosine.",
)
@click.option(
    "--neural-metric", help="Of the recordings' RDMs; also mahalanobis, crossnobis. [--metric]"
)
@click.option(
    "--compare",
    default="spearman",
    show_default=True,
    help="spearman, pearson, kendall, cosine, whitened-cosine or whitened-pearson.",
)
@click.option(
    "--noise",
    default="shrinkage",
    show_default=True,
    help="Covariance of the noise: shrinkage, ledoit-wolf, diagonal, full or identity.",
)
@click.option(
    "--constant-units",
    default="keep",
    show_default=True,
    help="keep or drop units that are constant over the stimuli.",
)
@click.option("--areas", help="Only these areas, such as V4,IT.")
@click.option("--subjects", help="Coordinate that tells subjects apart, such as animal.")
@click.option(
    "--ceiling",
    default="auto",
    show_default=True,
    help="auto, subjects, repetitions or none.",
)
@click.option("--pool", default="mean", show_default=True, help="mean or normalized.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of halves.")
@click.option("--window", help="Average the recordings over START:END ms, such as 70:170.")
@click.option("--bins", type=float, help="Rebin the recordings to this width in ms.")
@click.option(
    "--join", default="exact", show_default=True, help="exact, or inner: stimuli in both."
)
@click.option("--out", help="Write the result to this netCDF file.")
@click.option("--plot", help="Draw the RDMs to this file (png, pdf, svg).")
@click.option("--category", help="Coordinate of the stimuli that colours the bars of the figure.")
@click.option("--overwrite", is_flag=True, help="Replace output files that are there already.")
@click.option("--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    acts: str,
    neural: str | None,
    rdms: str | None,
    group: str | None,
    acts_group: str | None,
    metric: str,
    neural_metric: str | None,
    compare: str,
    noise: str,
    constant_units: str,
    areas: str | None,
    subjects: str | None,
    ceiling: str,
    pool: str,
    seed: int,
    window: str | None,
    bins: float | None,
    join: str,
    out: str | None,
    plot: str | None,
    category: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare RDMs of every area and step with those of a brain.

    \b
    cornetkit rsa --neural it.nc
    cornetkit rsa --neural it.nc --neural-metric crossnobis --window 70:170
    cornetkit rsa --rdms rdms.nc --group human_IT --plot rdms.png --category category
    """
    from cornetkit.errors import InputError
    from cornetkit.neural import parse_window

    if (neural is None) == (rdms is None):
        raise InputError(
            "give either --neural (recordings) or --rdms (RDMs of a brain), "
            f"{'not both' if neural else 'one of them is needed'}"
        )
    if group is not None and rdms is None:
        raise InputError("--group is for --rdms; recordings have no groups")
    if category is not None and plot is None:
        raise InputError("--category is for the figure; give --plot too")
    limits = parse_window(window) if window is not None else None
    check_outputs(
        {"--out": out, "--plot": plot},
        {"--acts": acts, "--neural": neural, "--rdms": rdms},
        overwrite=overwrite,
    )
    if plot is not None and Path(plot).suffix.lower() not in (".png", ".pdf", ".svg"):
        raise InputError(f"--plot {plot}: expected a name that ends in .png, .pdf or .svg")

    import cornetkit as ck
    from cornetkit.errors import CornetkitWarning
    from cornetkit.similarity import save_rsa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)  # they are in the notes, shown below
        source = neural or rdms
        result = ck.rsa(
            acts,
            source,
            metric=metric,
            neural_metric=neural_metric,
            compare=compare,
            areas=parse_names(areas),
            subjects=subjects,
            group=group,
            acts_group=acts_group,
            ceiling=ceiling,
            pool=pool,
            rng=seed,
            window=limits,
            bins=bins,
            join=join,
            noise=noise,
            constant_units=constant_units,
            progress=False if quiet else None,
        )
        table = ck.rsa_table(result)
        if plot is not None:
            from .rsa_figure import draw

            draw(
                result,
                acts,
                str(source),
                plot,
                category=category,
                groups=(acts_group, group),
                brain={"window": limits, "bins": bins},
            )
    if out is not None:
        save_rsa(result, out, overwrite=overwrite)
    notes = list(result.attrs["notes"])
    if not quiet:
        for note in notes:
            click.echo(f"note: {note}", err=True)
    if as_json:
        _print_json(result, table, str(source), notes)
    else:
        print("\n".join(_report(result, table, Path(str(source)).name, Path(acts).name)))


def _report(result: xr.Dataset, table: pd.DataFrame, neural: str, acts: str) -> list[str]:
    """Return the heading, the table (the best of a long one) and what the columns are."""
    a = result.attrs
    known = a.get("acts_identity")
    model = a.get("acts_model")
    name = acts if model is None else f"CORnet-{model}" if model in ("Z", "R", "RT", "S") else model
    who = f"{name}, {known}" if known else name
    lines = [
        f"{who} -> {neural}: RDMs of {a['n_stimuli']:,} stimuli, compared by {a['compare']}",
        f"distances: {a['metric']} (model), {a['neural_metric']} (brain)",
        "",
    ]
    shown = table
    if len(table) > _MOST_ROWS:
        scored = table[table["score"].notna()]
        by = [column for column in ("area",) if column in table.columns]
        best = (
            scored.groupby(by, sort=False)["score"].idxmax() if by else [scored["score"].idxmax()]
        )
        shown = scored.loc[best]
        lines.append(
            f"the best of {len(table)} rows, chosen on what they show (all: --out, --json):"
        )
    lines += _lay_out(shown)
    if a["ceiling"] != "none":
        lines += ["", f"ceiling over {a['ceiling']}: {a['ceiling_meaning']}"]
    return lines


def _lay_out(table: pd.DataFrame) -> list[str]:
    heads = {
        "step_ms": "model ms",
        "bin_ms": "neural ms",
        "score": "similarity",
        "score_error": "+-",
        "ceiling_lower": "lower",
        "ceiling_upper": "upper",
    }
    cells: dict[str, list[str]] = {}
    for name in table.columns:
        column = table[name]
        if (column.isna().all() and name == "score_error") or (column.astype(str) == "").all():
            continue
        if name in ("score", "score_error", "ceiling_lower", "ceiling_upper"):
            values = [f"{value:.3f}" if value == value else "-" for value in column]
        else:
            values = [str(value) for value in column]
        cells[heads.get(name, name)] = values
    widths = {head: max(len(head), *map(len, column)) for head, column in cells.items()}
    rows = [list(cells), *zip(*cells.values(), strict=True)]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths.values(), strict=True)).rstrip()
        for row in rows
    ]


def _print_json(result: xr.Dataset, table: pd.DataFrame, neural: str, notes: list[str]) -> None:
    settings: dict[str, Any] = {k: v for k, v in result.attrs.items() if k != "notes"}
    found = {
        "neural": neural,
        "rows": json.loads(table.to_json(orient="records")),  # NaN becomes null
        "notes": notes,
        "settings": settings,
    }
    print_json(found)
