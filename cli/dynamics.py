"""``cornetkit dynamics``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .columns import lay_out, number
from .dynamics_rsa import rsa_lines
from .options import parse_kinds, parse_names
from .printing import print_json, print_notes, records, settings_of
from .report import identity

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@click.command("dynamics")
@click.option("--acts", default="acts.nc", show_default=True, help="Activations of record.")
@click.option("--neural", required=True, help="Recordings with time bins: a netCDF file.")
@click.option("--area", default="IT", show_default=True, help="Whose steps are compared.")
@click.option("--analyses", help="Only these, such as matrix,alignment,gain. [what can be made]")
@click.option("--labels", help="Coordinate of the stimuli to decode, such as object_name.")
@click.option("--images", help="The images of the stimuli, for baselines.")
@click.option("--baselines", help="pixels,gabor,labels, or none. [pixels with --images]")
@click.option("--feedforward", help="Activations of a separately trained feed-forward variant.")
@click.option("--method", default="ridge", show_default=True, help="ridge, pls or ols.")
@click.option("--n-splits", type=int, help="Folds. [10]")
@click.option("--groups", help="Coordinate whose values are never split, or duplicates.")
@click.option("--no-match", is_flag=True, help="No copy at matched reliability.")
@click.option("--unique", is_flag=True, help="Add the unique variance of each later step.")
@click.option(
    "--interval-over", default="neuroid", show_default=True, help="neuroid or animal, and stimuli."
)
@click.option("--draws", default=200, show_default=True, help="Bootstrap draws of intervals.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of folds.")
@click.option("--window", help="Take the recordings of START:END ms, with --bins.")
@click.option("--bins", type=float, help="Rebin the recordings to this width in ms.")
@click.option(
    "--join", default="exact", show_default=True, help="exact, or inner: stimuli in both."
)
@click.option("--out", help="Write everything to this netCDF file, one group an analysis.")
@click.option("--plots", help="Draw the figures into this folder.")
@click.option("--format", "suffix", help="Of the figures: png, pdf or svg. [png]")
@click.option("--overwrite", is_flag=True, help="Replace output files that are there already.")
@click.option("--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    acts: str,
    neural: str,
    area: str,
    analyses: str | None,
    labels: str | None,
    images: str | None,
    baselines: str | None,
    feedforward: str | None,
    method: str,
    n_splits: int | None,
    groups: str | None,
    no_match: bool,
    unique: bool,
    interval_over: str,
    draws: int,
    seed: int,
    window: str | None,
    bins: float | None,
    join: str,
    out: str | None,
    plots: str | None,
    suffix: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say which recurrent step explains which moment, and what recurrence adds.

    \b
    cornetkit dynamics --acts rt.nc --neural it.nc --out dynamics.nc --plots figures/
    cornetkit dynamics --neural it.nc --images stim/ --baselines pixels,gabor
    """
    from cornetkit.errors import InputError
    from cornetkit.neural import parse_window

    from .dynamics_figures import check_figures, draw_figures

    limits = parse_window(window) if window is not None else None
    if window is not None and bins is None:
        raise InputError("--window alone makes one time bin, and a course needs more; add --bins")
    kinds = parse_kinds(baselines, images)
    names = parse_names(analyses, "analyses", "matrix,gain")
    if images is not None and names is not None and "matrix" not in names:
        raise InputError("--images is for baselines of the matrix, which --analyses leaves out")
    if wrong := [kind for kind in kinds if kind in ("untrained", "animal")]:
        raise InputError(
            f"--baselines {wrong[0]} is not for dynamics: other animals are compared where there "
            "are some, and an untrained model is recorded like any other (cornetkit record)"
        )
    check_outputs(
        {"--out": out},
        {"--acts": acts, "--neural": neural, "--feedforward": feedforward},
        overwrite=overwrite,
        images=images,
    )
    if suffix is not None and plots is None:
        raise InputError(f"--format {suffix} is of the figures; add --plots FOLDER")
    figures = check_figures(plots, suffix or "png", overwrite)

    import cornetkit as ck
    from cornetkit.errors import CornetkitWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)  # they are in the notes, shown below
        others: dict[str, Any] = {}
        for kind in kinds:
            if kind == "labels":
                others[kind] = ck.baselines(None, kind, recordings=neural, labels=labels)
            else:
                others[kind] = ck.baselines(images, kind)
        # The baseline of labels needs them too, whether or not they are decoded.
        of_baseline = "labels" in kinds and names is not None and "decoding" not in names
        tree = ck.dynamics(
            acts,
            neural,
            area=area,
            analyses=names,
            baselines=others,
            feedforward=feedforward,
            labels=None if of_baseline else labels,
            method=method,
            n_splits=n_splits,
            groups=groups,
            match_reliability=not no_match,
            unique=unique,
            interval_over=interval_over,
            n_draws=draws,
            rng=seed,
            window=limits,
            bins=bins,
            join=join,
            progress=False if quiet else None,
        )
    if out is not None:
        ck.save_dynamics(tree, out, overwrite=overwrite)
    drawn = draw_figures(tree, figures)
    notes = list(tree.attrs["notes"])
    print_notes(notes, quiet)
    if not quiet:
        for path in drawn:
            click.echo(f"drawn: {path}", err=True)
    if as_json:
        print_json(_facts(tree, notes))
    else:
        print("\n".join(report(tree, Path(neural).name, Path(acts).name)))


def report(tree: xr.DataTree, neural: str, acts: str) -> list[str]:
    """Return the table over time, the alignments, and what is said of recurrence."""
    import cornetkit as ck

    first = next(iter(tree.children.values())).attrs
    lines = [
        f"{identity(first, acts)}, {tree.attrs['area']} -> {neural}: "
        f"{first['n_stimuli']:,} stimuli",
        f"groups: {tree.attrs['analyses']}",
    ]
    if "matrix" in tree.children:
        a = tree["matrix"].attrs
        lines += [
            f"{a['n_neuroids']:,} neuroids in all bins, {a['n_driven_steps']} driven steps "
            f"(not reached: {a['undriven_steps']}); {a['method']}, {a['n_splits']} folds, seed "
            f"{a['seed']}",
            "",
            *_table(ck.dynamics_table(tree)),
            "",
            "r: median over neuroids, mean over folds; norm.: r / sqrt(ceiling); best: chosen "
            "inside training stimuli;",
            f"limits {a['interval']}",
        ]
    if "rsa" in tree.children:
        lines += ["", *rsa_lines(tree["rsa"].to_dataset())]
    if "alignment" in tree.children:
        lines += ["", *_alignments(tree["alignment"].to_dataset())]
    if "mapping" in tree.children:
        lines += ["", *_mappings(tree["mapping"].to_dataset())]
    if "gain" in tree.children:
        lines += ["", *_gains(tree["gain"].to_dataset())]
    return lines


_HEADS = {
    "bin_ms": "neural ms", "n_reliable": "reliable", "first_r": "first r", "first_norm": "norm.",
    "best_step": "best step", "best_r": "best r", "best_low": "low", "best_high": "high",
    "best_norm": "norm. ", "matched_step": "matched step", "matched_norm": "matched norm.",
    "gain_low": "low ", "gain_high": "high ", "gain_p": "p",
}  # fmt: skip


def _table(table: pd.DataFrame) -> list[str]:
    cells: dict[str, list[str]] = {}
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "f":
            values = [number(value) for value in column]
        elif column.dtype.kind == "b":
            values = ["*" if value else "" for value in column]
        else:
            values = [str(value) for value in column]
        cells[_HEADS.get(name, name.replace("_", " "))] = values
    return lay_out(cells, left=list(cells))


def _alignments(data: xr.Dataset) -> list[str]:
    lines = ["alignment of steps to bins, scored on held-out stimuli:"]
    one = data.isel(copy=0)
    for family in one["family"].values.astype(str):
        rule = one.sel(family=family)
        text = f"  {family:<13} mean r {float(rule['score_mean']):.3f}"
        for label, key in (("onset", "onset"), ("a step", "step")):
            value, low, high = (float(rule[f"{key}_{x}"]) for x in ("ms", "low", "high"))
            if value == value:
                ends = f" ({low:.0f} to {high:.0f})" if low == low else ""
                text += f"; {label} {value:.0f}{ends} ms"
        lines.append(text)
    said = str(data.attrs["identifiable"])
    return lines if said == "true" else [*lines, f"  {said}"]


def _mappings(data: xr.Dataset) -> list[str]:
    one = data.isel(copy=-1)

    def text(name: str) -> str:
        value, low, high = (float(one[f"{name}_mean{x}"]) for x in ("", "_low", "_high"))
        return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"

    return [
        f"one mapping for all bins (copy {one['copy'].item()}; alignment "
        f"{data.attrs['alignment']}), mean r over bins with signal:",
        f"  less one a bin: {text('difference')}; less the first step for all bins: "
        f"{text('dynamics')}",
    ]


def _gains(data: xr.Dataset) -> list[str]:
    on = str(data.attrs["claimed_on"])
    better, claimed = (int(data[name].values.sum()) for name in ("better", "claimed"))
    one = data.sel(copy=on)
    grows = "grows over time" if bool(data["grows"]) else "does not grow over time beyond doubt"
    lines = [
        f"recurrence gain (copy {on}): over every control in {better} of "
        f"{data.sizes['time_bin']} bins; it {grows}: recurrence is claimed in {claimed} (*)"
    ]
    unit = data["gain_slope"].attrs.get("units", "")
    for name in one["control"].values.astype(str):
        slope, low, high = (
            float(one[f"gain_slope{x}"].sel(control=name)) for x in ("", "_low", "_high")
        )
        lines.append(
            f"  over {name:<13} changes by {slope:+.3f} ({low:+.3f} to {high:+.3f}) {unit}"
        )
    return lines


def _facts(tree: xr.DataTree, notes: list[str]) -> dict[str, Any]:
    import cornetkit as ck

    found: dict[str, Any] = {"groups": list(tree.children), "notes": notes}
    if "matrix" in tree.children:
        found["rows"] = records(ck.dynamics_table(tree))
        found["settings"] = settings_of(tree["matrix"].to_dataset())
    if "alignment" in tree.children:
        data = tree["alignment"].to_dataset().isel(copy=0)
        names = ("score_mean", "onset_ms", "onset_low", "onset_high", "step_ms", "step_low",
                 "step_high", "constant_ms")  # fmt: skip
        found["alignment"] = {
            str(f): {name: float(data[name].sel(family=f)) for name in names}
            for f in data["family"].values
        }
        found["identifiable"] = data.attrs["identifiable"]
    if "gain" in tree.children:
        gain = tree["gain"].to_dataset()
        found["claimed"] = gain["claimed"].values.astype(bool)
        found["better"] = gain["better"].values.astype(bool)
        found["grows"] = bool(gain["grows"])
        found["claimed_on"] = gain.attrs["claimed_on"]
    return found
