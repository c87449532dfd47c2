"""``cornetkit record``."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from .options import parse_names, parse_times, was_given
from .printing import print_json, print_notes
from .stopping import telling_how_far


@click.command("record")
@click.option("--model", "letter", required=True, help="Z, R, RT or S.")
@click.option(
    "--images", required=True, help="Folder of images, or a CSV with stimulus_id, filename."
)
@click.option("--out", default="acts.nc", show_default=True, help="File to write.")
@click.option("--areas", help="Areas or layers, such as V4,IT. [default: all areas]")
@click.option("--logits", is_flag=True, help="Record the decoder's output too, as area logits.")
@click.option("--times", help="Recurrent steps: 8 for R and RT, 2,4,2 (V2,V4,IT) for S.")
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    help="imagenet (downloaded once), random, or a checkpoint file.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of random weights."
)
@click.option(
    "--crop", is_flag=True, help="Central square, as for ImageNet, in place of a straight resize."
)
@click.option("--skip-bad", is_flag=True, help="Leave out images that cannot be read.")
@click.option(
    "--lesion",
    multiple=True,
    metavar="AREA@STEP:FACTOR",
    help="Multiply the state that a step reads, IT@1:0.0, or keep it, IT@2:freeze; repeatable.",
)
@click.option("--blank-from", type=int, help="Take the image away from this step on (R, RT).")
@click.option("--pool", type=click.Choice(["mean"]), help="Store each channel's mean over places.")
@click.option("--units", type=click.IntRange(min=1), help="Store so many random units an area.")
@click.option("--project", type=click.IntRange(min=1), help="Store so many random mixtures.")
@click.option(
    "--reduction-seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of --units and --project.",
)
@click.option(
    "--dtype", type=click.Choice(["float32", "float16"]), default="float32", show_default=True
)
@click.option("--batch-size", default=16, show_default=True, type=click.IntRange(min=1))
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option(
    "--precision", type=click.Choice(["float32", "bf16"]), default="float32", show_default=True
)
@click.option(
    "--resume", is_flag=True, help="Go on with an unfinished file; a complete one is kept."
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and write nothing.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
def command(
    letter: str,
    images: str,
    out: str,
    areas: str | None,
    logits: bool,
    times: str | None,
    weights: str,
    seed: int,
    crop: bool,
    skip_bad: bool,
    lesion: tuple[str, ...],
    blank_from: int | None,
    pool: str | None,
    units: int | None,
    project: int | None,
    reduction_seed: int,
    dtype: str,
    batch_size: int,
    device: str,
    precision: str,
    resume: bool,
    overwrite: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Record a model's areas at every recurrent step for a set of images.

    \b
    cornetkit record --model S --images stim/ --out acts.nc
    cornetkit record --model RT --times 8 --areas V4,IT --images stim.csv --out rt.nc
    """
    # What can be refused without loading torch is refused first.
    from pathlib import Path

    from cornetkit.activations import was_completed
    from cornetkit.errors import InputError, WeightsError, counted
    from cornetkit.inputs import is_file
    from cornetkit.outputs import Inputs, check_output
    from cornetkit.stimuli import load_stimuli

    if was_given("seed") and weights != "random":
        raise InputError(
            f"--seed {seed} is of random weights, and these are {weights}; leave it out, or give "
            "--weights random"
        )
    if was_given("reduction_seed") and units is None and project is None:
        raise InputError(
            f"--reduction-seed {reduction_seed} is of --units and --project; leave it out, or give "
            "one of these"
        )
    counts, names = parse_times(times), parse_names(areas)
    stimuli = load_stimuli(images)
    read: Inputs = {
        "--images": images,
        "one of --images": stimuli.paths,
        "--weights": weights if weights not in ("imagenet", "random") else None,
    }
    complete = False
    if dry_run:
        check_output(Path(out), overwrite=True, inputs=read, name="--out")
    else:
        complete = not overwrite and (was_completed(out) or (resume and is_file(Path(out))))
        if not complete:
            check_output(Path(out), overwrite=overwrite, inputs=read, name="--out")
    if stimuli.ignored:
        no_images = "that is no image" if len(stimuli.ignored) == 1 else "that are no images"
        tables = [path for path in stimuli.ignored if path.suffix.lower() == ".csv"]
        table = (
            f"; if {tables[0]} is about them: --images {Path(images, tables[0])}" if tables else ""
        )
        _say(
            f"left out {counted(len(stimuli.ignored), 'file')} in {images} {no_images}{table}",
            quiet,
        )

    print_notes(stimuli.notes, quiet)

    import cornetkit as ck

    try:
        model = ck.load_model(letter, weights=weights, seed=seed, times=counts)
    except WeightsError:
        if not dry_run or weights != "imagenet":
            raise
        # Sizes and times are those of any weights, and nobody should download them to know.
        _say("the published weights are not at hand: sizes are told with random ones", quiet)
        model = ck.load_model(letter, weights="random", seed=seed, times=counts)
    number = counted(len(stimuli), "image")
    asked = [*lesion, *([] if blank_from is None else [f"blank from step {blank_from}"])]
    lesioned = f", virtual lesion {', '.join(asked)}" if asked else ""
    _say(f"CORnet-{model.letter}, {model.provenance['identity']}{lesioned}; {number}", quiet)
    settings: dict[str, Any] = {
        "areas": names,
        "logits": logits,
        "pool": pool,
        "units": units,
        "project": project,
        "reduction_seed": reduction_seed,
        "dtype": dtype,
        "batch_size": batch_size,
        "device": device,
        "precision": precision,
        "crop": crop,
        "skip_bad": skip_bad,
        "lesion": list(lesion) or None,
        "blank_from": blank_from,
    }
    if dry_run:
        _dry_run(model, stimuli, out, settings, as_json)
        return
    begun = time.monotonic()
    settings |= {"resume": resume or complete, "overwrite": overwrite, "progress": not quiet}
    with telling_how_far(out, len(stimuli), complete=complete):
        acts = ck.record(model, stimuli, out, **settings)
    seconds = time.monotonic() - begun
    size = Path(out).stat().st_size
    from cornetkit.errors import in_words

    held = ", ".join(f"{area} {x.sizes['time']} x {x.sizes['unit']:,}" for area, x in acts.items())
    n_stimuli = int(acts.attrs["n_stimuli"])  # fewer than were given where bad ones are left out
    rate = n_stimuli / seconds
    if complete:
        _say(f"{out} is complete already ({in_words(size)}): {held} (steps x units)", quiet)
    else:
        _say(f"wrote {out} ({in_words(size)}): {held} (steps x units); {rate:.1f} images/s", quiet)
    if as_json:
        result = {
            "out": out,
            "model": model.letter,
            "identity": acts.attrs["identity"],
            "n_stimuli": n_stimuli,
            "skipped": json.loads(acts.attrs.get("skipped", "{}")),
            "bytes": size,
            "images_per_second": None if complete else round(rate, 2),
            "areas": {
                a: {"steps": x.sizes["time"], "units": x.sizes["unit"]} for a, x in acts.items()
            },
        }
        print_json(result)


def _dry_run(model: Any, stimuli: Any, out: str, settings: dict[str, Any], as_json: bool) -> None:
    from dataclasses import asdict
    from pathlib import Path

    from cornetkit.recording import estimate

    found = estimate(model, stimuli, out, **settings)
    if Path(out).exists():
        found.notes.append(f"{out} is there already: --overwrite would replace it")
    if as_json:
        print_json({"out": out} | asdict(found))
    else:
        print(f"would write {out}: {found}")


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        click.echo(text, err=True)
