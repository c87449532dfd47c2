"""``cornetkit evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .printing import print_json

if TYPE_CHECKING:
    import xarray as xr

_MOST_CLASSES = 40


@click.command("evaluate")
@click.option("--weights", required=True, help="A checkpoint, or imagenet (with --model).")
@click.option(
    "--data", required=True, help="Folder of class folders, data as for train, or shapes."
)
@click.option("--model", "letter", help="Z, R, RT or S, where the checkpoint does not say.")
@click.option("--ema", is_flag=True, help="Evaluate the running mean of the weights.")
@click.option("--heads", help="Data to fit a classifier on for each recurrent step of IT.")
@click.option(
    "--heads-per-class", type=click.IntRange(min=0),
    help="Images of each class for --heads (0: all).  [default: 50]",
)  # fmt: skip
@click.option(
    "--straight", is_flag=True, help="Resize straight, where the checkpoint says nothing."
)
@click.option("--confusion", help="Write the confusion matrix to this CSV file.")
@click.option("--out", help="Write the result to this netCDF file.")
@click.option("--batch-size", default=64, show_default=True, type=click.IntRange(min=1))
@click.option("--workers", default=0, show_default=True, type=click.IntRange(min=0))
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option(
    "--precision", type=click.Choice(["float32", "bf16"]), default="float32", show_default=True
)
@click.option("--skip-bad", is_flag=True, help="Leave out images that cannot be read.")
@click.option("--overwrite", is_flag=True, help="Replace the files of --confusion and --out.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def command(
    weights: str,
    data: str,
    letter: str | None,
    ema: bool,
    heads: str | None,
    heads_per_class: int | None,
    straight: bool,
    confusion: str | None,
    out: str | None,
    batch_size: int,
    workers: int,
    device: str,
    precision: str,
    skip_bad: bool,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say how well a checkpoint names images, by class and by recurrent step.

    \b
    cornetkit evaluate --weights runs/s1/checkpoints/best.pth --data imagenet/val/
    cornetkit evaluate --weights runs/z/checkpoints/best.pth --data shapes --heads shapes
    """
    from .checked_outputs import check_outputs

    outputs = {"--confusion": confusion, "--out": out}
    check_outputs(outputs, {"--weights": weights}, overwrite=overwrite)

    import cornetkit as ck

    result = ck.evaluate(
        weights,
        data,
        model=letter,
        ema=ema,
        heads=heads,
        heads_per_class=heads_per_class,
        crop=not straight,
        batch_size=batch_size,
        workers=workers,
        device=device,
        precision=precision,
        skip_bad=skip_bad,
    )
    skipped = list(result.attrs["skipped"])
    if skipped and not quiet:
        click.echo(f"left out {len(skipped):,} images that cannot be read", err=True)
    if confusion is not None:
        _write_confusion(result, confusion, overwrite)
    if out is not None:
        ck.save_evaluation(result, out, overwrite=overwrite)
    for path in outputs.values():
        if path is not None and not quiet:
            click.echo(f"wrote {path}", err=True)
    if as_json:
        print_json(_as_dict(result))
    else:
        print("\n".join(_lines(result)))


def look_at_evaluation(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file that `save_evaluation` wrote."""
    import cornetkit as ck

    result = ck.open_evaluation(path)
    lines = [f"{path}: evaluation on {result.attrs['data']}"]
    lines += [f"  {line}".rstrip() for line in _lines(result)]
    return {"sizes": dict(result.sizes), "attrs": dict(result.attrs), "lines": lines}


def _lines(result: xr.Dataset) -> list[str]:
    attrs = result.attrs
    lines = [
        f"CORnet-{attrs['model']}, {attrs['identity']}; {int(result.n_images.sum()):,} images",
        f"top-1 {float(result.top1):.4f}  top-5 {float(result.top5):.4f}  "
        f"cross-entropy {float(result.loss):.4f}",
    ]
    if "step_top1" in result:
        n_train = int(result.step_top1.attrs["n_train"])
        lines += ["", f"IT step  top-1 of a head fitted on {n_train:,} images"]
        for time, value in zip(result.time.values, result.step_top1.values, strict=True):
            shown = f"{value:.4f}" if value == value else "- (the image has not reached IT)"
            lines.append(f"{int(time):7d}  {shown}")
    order = result.class_top1.argsort().values
    wide = max(len(str(name)) for name in result["class"].values)
    lines += ["", f"{'class':{wide}}  images  top-1  taken most often for"]
    for k in order[:_MOST_CLASSES]:
        row = result.confusion.values[k].copy()
        row[k] = 0
        other = f"{result.predicted.values[row.argmax()]} ({row.max()})" if row.any() else ""
        name, images = str(result["class"].values[k]), int(result.n_images.values[k])
        share = float(result.class_top1[k])
        lines.append(f"{name:{wide}}  {images:6d}  {share:.3f}  {other}".rstrip())
    if len(order) > _MOST_CLASSES:
        more = len(order) - _MOST_CLASSES
        lines.append(f"... and {more:,} classes with more right (all with --json)")
    return lines


def _as_dict(result: xr.Dataset) -> dict[str, object]:
    names = [str(name) for name in result["class"].values]
    found: dict[str, object] = {name: float(result[name]) for name in ("top1", "top5", "loss")}
    found["classes"] = names
    for name in ("class_top1", "n_images", "confusion", "step_top1"):
        if name in result:
            found[name] = result[name].values
    return found | {"attributes": result.attrs}


def _write_confusion(result: xr.Dataset, path: str, overwrite: bool) -> None:
    from cornetkit.outputs import complete_or_not

    table = result.confusion.to_pandas()
    with complete_or_not(Path(path), overwrite=overwrite) as partial:
        table.to_csv(partial)
