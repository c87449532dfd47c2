"""``cornetkit behavior``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .columns import lay_out, number
from .figures import check_figure, save_figure
from .options import parse_names
from .printing import print_json, print_notes, settings_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@click.command("behavior")
@click.option("--acts", default="acts.nc", show_default=True, help="Activations to decode from.")
@click.option("--behavior", "trials", help="CSV of trials: stimulus, sample, distractor, choice.")
@click.option(
    "--labels",
    default="object_name",
    show_default=True,
    help="What is decoded: a column, or a CSV.",
)
@click.option("--areas", help="Only these, such as IT,decoder.avgpool. [default: all]")
@click.option(
    "--n-splits", default=10, show_default=True, type=click.IntRange(min=2), help="Folds."
)
@click.option("--variant", help="Of the halves of trials: cornetkit or brainscore. [cornetkit]")
@click.option("--halves", type=click.IntRange(min=1), help="Random halves of the trials. [50]")
@click.option("--join", help="inner: go on with the stimuli that the trials share. [exact]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--plot", help="Draw it to this file (png, pdf, svg).")
@click.option("--out", help="Write the result to this netCDF file.")
@click.option("--overwrite", is_flag=True, help="Replace an output file that is there already.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors and the result.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    acts: str,
    trials: str | None,
    labels: str,
    areas: str | None,
    n_splits: int,
    variant: str | None,
    halves: int | None,
    join: str | None,
    seed: int,
    plot: str | None,
    out: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Decode objects at every step, and compare with subjects' choices.

    \b
    cornetkit record --model RT --areas decoder.avgpool,IT --images stim.csv --out rt.nc
    cornetkit behavior --acts rt.nc
    cornetkit behavior --acts rt.nc --behavior trials.csv --plot behavior.png
    """
    from cornetkit.errors import InputError

    names = parse_names(areas)
    given = {"variant": variant, "n_halves": halves, "join": join}
    settings: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
    if trials is None and settings:
        flag = {"n_halves": "--halves"}.get(one := next(iter(settings)), f"--{one}")
        raise InputError(f"{flag} is for trials of subjects; add --behavior FILE.csv")
    check_outputs(
        {"--out": out, "--plot": plot},
        {"--acts": acts, "--behavior": trials, "--labels": labels},
        overwrite=overwrite,
    )
    check_figure(plot)

    import cornetkit as ck

    table = None if trials is None else ck.open_trials(trials)
    if table is not None:
        _check_trials(acts, table, settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)  # told below, as notes
        P = ck.choice_probabilities(
            acts, labels=labels, areas=names, n_splits=n_splits, rng=seed,
            progress=False if quiet else None,
        )  # fmt: skip
    accuracy = ck.speed_accuracy(P, rng=seed)
    scores = kappa = None
    if table is not None:
        scores = ck.behavior_scores(P, table, rng=seed, **settings)
        same = {"join": settings["join"]} if "join" in settings else {}
        kappa = ck.error_consistency(P, table, rng=seed, **same)
    if plot is not None:
        drawn = accuracy if scores is None else scores
        save_figure(ck.plot_behavior(drawn, title=Path(acts).name), plot)
    if out is not None:
        ck.save_behavior(accuracy if scores is None else scores, out, overwrite=overwrite)
    notes = list(P.attrs["notes"])
    print_notes(notes, quiet)
    rows = _rows(accuracy, scores, kappa)
    if as_json:
        result: dict[str, Any] = {"acts": acts, "behavior": trials, "rows": rows, "notes": notes}
        result["settings"] = settings_of(accuracy)
        if scores is not None:
            result["ceilings"] = {
                str(s): float(scores["ceiling"].sel(signature=s))
                for s in scores["signature"].values
            }
            result["settings"] |= settings_of(scores)
        print_json(result)
        return
    print("\n".join(_report(acts, trials, accuracy, scores, rows)))


def _check_trials(acts: str, table: pd.DataFrame, settings: dict[str, Any]) -> None:
    """Raise before anything is decoded where the trials cannot be compared with it."""
    import cornetkit as ck
    from cornetkit.behavior import check_scoring

    with ck.open_activations(acts) as activations:
        ids = next(iter(activations.values()))["stimulus"].values
    check_scoring(ids, table, **{k: v for k, v in settings.items() if k != "n_halves"})


def _rows(
    accuracy: xr.Dataset, scores: xr.Dataset | None, kappa: xr.Dataset | None
) -> list[dict[str, Any]]:
    rows = []
    for area in accuracy["area"].values:
        for step in accuracy["time"].values:
            here = accuracy.sel(area=area, time=step)
            if not bool(here["accuracy"].notnull()):
                continue
            row: dict[str, Any] = {"area": str(area), "step": int(step)}
            row |= {name: float(here[name]) for name in ("accuracy", "accuracy_low")}
            row |= {name: float(here[name]) for name in ("accuracy_high", "gain", "log_loss")}
            if scores is not None and kappa is not None:
                of_step = scores.sel(area=area, time=step)
                for signature in scores["signature"].values:
                    one = of_step.sel(signature=signature)
                    row[str(signature)] = {
                        "r": float(one["score"]),
                        "consistency": float(one["consistency"]),
                        "low": float(one["consistency_low"]),
                        "high": float(one["consistency_high"]),
                        "n_cells": int(one["n_cells"]),
                        "reason": str(one["reason"].item()),
                    }
                same = kappa.sel(area=area, time=step)
                row["kappa"] = {
                    "kappa": float(same["kappa"]),
                    "low": float(same["kappa_low"]),
                    "high": float(same["kappa_high"]),
                    "n_trials": int(same["n_trials"]),
                }
            rows.append(row)
    return rows


def _report(
    acts: str,
    trials: str | None,
    accuracy: xr.Dataset,
    scores: xr.Dataset | None,
    rows: list[dict[str, Any]],
) -> list[str]:
    from cornetkit.schema import whose

    a = accuracy.attrs
    lines = [
        f"{Path(acts).name}: {int(accuracy['n_stimuli']):,} stimuli, chance "
        f"{float(accuracy['chance']):.3f}",
        f"{a['decoder']}, a head for each step; {a['n_splits']} folds, seed {a['seed']}",
        *([f"of {who}"] if (who := whose(a)) else []),
    ]
    shown: dict[str, list[str]] = {
        "area": [row["area"] for row in rows],
        "step": [str(row["step"]) for row in rows],
        "accuracy": [f"{row['accuracy']:.3f}" for row in rows],
        "95 %": [f"{row['accuracy_low']:.2f}-{row['accuracy_high']:.2f}" for row in rows],
        "gain": [f"{row['gain']:+.3f}" for row in rows],
    }
    after = ["", "gain: over the area's first driven step, on the same stimuli"]
    if scores is not None and trials is not None:
        b = scores.attrs
        lines.append(
            f"{Path(trials).name}: {b['n_trials']:,} trials of {b['n_stimuli']:,} stimuli; "
            f"{b['variant']}, {b['n_halves']} halves"
        )
        for signature in [str(s) for s in scores["signature"].values]:
            shown[signature] = [number(row[signature]["consistency"]) for row in rows]
        shown["kappa"] = [number(row["kappa"]["kappa"]) for row in rows]
        ceilings = ", ".join(
            f"{s} {number(float(scores['ceiling'].sel(signature=s)))}"
            for s in scores["signature"].values
        )
        after += [
            f"i1 ... i2n: r with half of the trials / sqrt(r between halves); these are {ceilings}",
            "kappa: being right on the same trials, beyond what the accuracies explain",
        ]
        reasons = {row[s]["reason"] for row in rows for s in ("i1", "i1n", "i2", "i2n")} - {""}
        after += [f"- : {reason}" for reason in sorted(reasons)]
    return [*lines, "", *lay_out(shown, left=["area"]), *after]
