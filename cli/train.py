"""``cornetkit train``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from .options import refuse_others
from .printing import print_json


@click.command("train")
@click.option("--model", "letter", help="Z, R, RT or S.")
@click.option(
    "--data",
    help="Folder with train/ and val/, a CSV (filename,class,split), WebDataset shards, or shapes.",
)
@click.option("--out", help="Folder of the run.")
@click.option("--recipe", help="original (as published), modern, or shapes.  [default: original]")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="Any setting, again.")
@click.option("--config", help="The config.json of a run, to train another like it.")
@click.option("--epochs", type=click.IntRange(min=1), help="As --set epochs=N.")
@click.option("--subset", type=click.IntRange(min=1), help="Training images a class.")
@click.option("--times", help="Recurrent steps: 8 for R and RT, 2,4,2 (V2,V4,IT) for S.")
@click.option("--seed", type=click.IntRange(min=0), help="As --set seed=N.")
@click.option("--workers", type=click.IntRange(min=0), help="Processes that read images.")
@click.option("--skip-bad", is_flag=True, help="Leave out and count images that cannot be read.")
@click.option("--tensorboard", is_flag=True, help="Write TensorBoard events too.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, with its settings.")
@click.option("--overwrite", is_flag=True, help="Start anew where a run is.")
@click.option("--settings", "list_settings", is_flag=True, help="Print all settings and stop.")
@click.option("--report", help="Draw the curves of this run, into curves.png in it, and stop.")
@click.option("--export", help="Write a checkpoint in the original's layout to --to, and stop.")
@click.option("--to", help="File of --export.")
@click.option("--ema", is_flag=True, help="Of --export: the running mean of the weights.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
def command(
    letter: str | None,
    data: str | None,
    out: str | None,
    recipe: str | None,
    values: tuple[str, ...],
    config: str | None,
    epochs: int | None,
    subset: int | None,
    times: str | None,
    seed: int | None,
    workers: int | None,
    skip_bad: bool,
    tensorboard: bool,
    device: str,
    resume: bool,
    overwrite: bool,
    list_settings: bool,
    report: str | None,
    export: str | None,
    to: str | None,
    ema: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train a model on images of named classes.

    \b
    cornetkit train --model Z --data shapes --out runs/z
    cornetkit train --model S --data imagenet/ --out runs/s1 --device cuda --workers 12
    cornetkit train --resume --out runs/s1
    torchrun --nproc-per-node 4 -m cornetkit_cli train --model S --data imagenet/ ...
    cornetkit train --report runs/s1
    """
    from cornetkit.errors import InputError

    if report is not None:
        refuse_others("--report", ("report", "quiet", "as_json"))
        _report(report, quiet, as_json)
        return
    if list_settings:
        refuse_others("--settings", ("list_settings", "letter", "recipe", "as_json", "quiet"))
        _list_settings(letter, recipe)
        return
    if export is not None or to is not None or ema:
        refuse_others("--export", ("export", "to", "ema", "overwrite", "quiet"))
        _export(export, to, ema, overwrite, quiet)
        return

    import cornetkit as ck
    from cornetkit.training import parse_settings

    settings: dict[str, object] = dict(parse_settings(values))
    given = {"epochs": epochs, "subset": subset, "times": times, "seed": seed, "workers": workers}
    given |= {"skip_bad": skip_bad or None, "tensorboard": tensorboard or None}
    for name, value in given.items():
        if value is None:
            continue
        if name in settings:
            raise InputError(f"{name} was given twice, by --set and by its own option; keep one")
        settings[name] = value
    if out is None:
        raise InputError("no --out was given; expected a folder for the run, such as runs/s1")
    run = ck.train(
        letter,
        data,
        out,
        recipe=recipe,
        settings=settings,
        config=config,
        device=device,
        resume=resume,
        overwrite=overwrite,
        progress=not quiet,
    )
    if not _speaks():
        return
    if as_json:
        print_json(asdict(run))
        return
    print(
        f"{run.out}: {run.epochs} epoch{'s' * (run.epochs != 1)}, {run.steps:,} steps; "
        f"validation top-1 {run.top1:.3f}, "
        f"top-5 {run.top5:.3f}, best top-1 {run.best_top1:.3f}"
    )
    if run.bad_images:
        times = f"{run.bad_images:,} time{'s' * (run.bad_images != 1)}"
        print(f"images that could not be read were met {times} and left out")
    print(f"the best weights: {run.best}")


def _list_settings(letter: str | None, recipe: str | None) -> None:
    from cornetkit.training import recipe_settings

    print_json(recipe_settings(letter or "S", recipe or "original").to_json())


def _report(run: str, quiet: bool, as_json: bool) -> None:
    import cornetkit as ck
    from cornetkit.outputs import complete_or_not

    curves = ck.training_curves(run)
    path = Path(run) / "curves.png"
    # A drawing of the log, which goes on growing: it is drawn again without being asked.
    with complete_or_not(path, overwrite=True) as partial:
        ck.plot_training(curves)[0].figure.savefig(partial, format="png", dpi=120)
    if as_json:
        print_json({name: curves[name].values for name in curves.variables})
        return
    if not quiet:
        click.echo(f"wrote {path}", err=True)
    print("epoch  train loss  top-1  val loss  top-1  top-5  images/s  waiting")
    per_epoch = curves["step_epoch"].values
    for k, epoch in enumerate(curves["epoch"].values):
        inside = (per_epoch > epoch - 1) & (per_epoch <= epoch)
        speed, wait = (
            float(curves[name].values[inside].mean()) if inside.any() else float("nan")
            for name in ("images_per_second", "data_wait")
        )
        one = curves.isel(epoch=k)
        print(
            f"{int(epoch):5d}  {float(one.train_loss):10.3f}  {float(one.train_top1):5.3f}  "
            f"{float(one.val_loss):8.3f}  {float(one.val_top1):5.3f}  {float(one.val_top5):5.3f}  "
            f"{speed:8.3g}  {wait:7.0%}"
        )


def _export(export: str | None, to: str | None, ema: bool, overwrite: bool, quiet: bool) -> None:
    from cornetkit.errors import InputError

    if export is None or to is None:
        raise InputError("--export CHECKPOINT and --to FILE belong together (--ema is of these)")

    import cornetkit as ck

    path = ck.export_weights(export, to, ema=ema, overwrite=overwrite)
    if not quiet:
        click.echo(f"wrote {path}", err=True)


def _speaks() -> bool:
    """Under torchrun one process prints the result."""
    import os

    return os.environ.get("RANK", "0") == "0"
