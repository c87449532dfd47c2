"""``cornetkit rsa``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .figures import check_figure
from .options import parse_names
from .printing import print_json, print_notes, records, settings_of
from .rsa_table import report

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@click.command("rsa")
@click.option(
    "--acts", default="acts.nc", show_default=True, help="Activations of record, or model RDMs."
)
@click.option("--neural", help="Recordings: a netCDF file (see inspect).")
@click.option("--rdms", help="RDMs instead, say of several subjects: a netCDF file.")
@click.option("--group", help="Which group of the file of --rdms.")
@click.option("--acts-group", help="Which group of --acts, where it holds model RDMs.")
@click.option("--metric", help="Of the model's RDMs: correlation (default), euclidean or cosine.")
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
    help="Covariance of the noise, for mahalanobis and crossnobis: shrinkage (default), "
    "ledoit-wolf, diagonal, full or identity.",
)
@click.option(
    "--constant-units",
    help="keep (default) or drop units that are constant over the stimuli.",
)
@click.option("--areas", help="Only these areas, such as V4,IT.")
@click.option("--subjects", help="Coordinate that tells subjects apart, such as animal.")
@click.option(
    "--ceiling",
    default="auto",
    show_default=True,
    help="auto, subjects, repetitions or none.",
)
@click.option("--pool", help="Of a ceiling over subjects: mean (default) or normalized.")
@click.option("--by", help="Score each animal (subject) by itself: a coordinate, such as animal.")
@click.option("--permutations", type=int, help="p values from so many permutations, such as 999.")
@click.option("--permute-within", help="Permute inside the values of this coordinate of stimuli.")
@click.option("--alpha", type=float, help="The p to be reached: refuses too few permutations.")
@click.option("--correction", help="Of p over all scores: max or cluster (of bins). [default: max]")
@click.option("--bootstrap", type=int, help="Intervals from so many resamples, such as 1000.")
@click.option(
    "--resample",
    help="What is resampled: stimulus (default), subject, neuroid, animal, repetition; or "
    "stimulus,subject ...",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all random draws."
)
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
    metric: str | None,
    neural_metric: str | None,
    compare: str,
    noise: str | None,
    constant_units: str | None,
    areas: str | None,
    subjects: str | None,
    ceiling: str,
    pool: str | None,
    by: str | None,
    permutations: int | None,
    permute_within: str | None,
    alpha: float | None,
    correction: str | None,
    bootstrap: int | None,
    resample: str | None,
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
    cornetkit rsa --neural it.nc --permutations 999 --bootstrap 1000 --by animal
    cornetkit rsa --rdms rdms.nc --bootstrap 1000 --resample stimulus,subject
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
    check_figure(plot)

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
            by=by,
            permutations=permutations,
            permute_within=permute_within,
            alpha=alpha,
            correction=correction,
            bootstrap=bootstrap,
            resample=parse_names(resample, "things to resample", "stimulus,subject"),
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
                distances={"noise": noise, "constant_units": constant_units},
            )
    if out is not None:
        save_rsa(result, out, overwrite=overwrite)
    notes = list(result.attrs["notes"])
    print_notes(notes, quiet)
    if as_json:
        _print_json(result, table, str(source), notes)
    else:
        print("\n".join(report(result, table, Path(str(source)).name, Path(acts).name)))


def _print_json(result: xr.Dataset, table: pd.DataFrame, neural: str, notes: list[str]) -> None:
    settings: dict[str, Any] = settings_of(result)
    found = {
        "neural": neural,
        "rows": records(table),
        "notes": notes,
        "settings": settings,
    }
    print_json(found)
