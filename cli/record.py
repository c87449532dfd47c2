"""``cornetkit record``."""

from __future__ import annotations

import json
import sys
import time

import click

from .options import parse_names, parse_times


@click.command("record")
@click.option("--model", "letter", required=True, help="Z, R, RT or S.")
@click.option(
    "--images", required=True, help="Folder of images, or a CSV with stimulus_id, filename."
)
@click.option("--out", default="acts.nc", show_default=True, help="File to write.")
@click.option("--areas", help="Areas or layers, such as V4,IT. [default: all areas]")
@click.option("--times", help="Recurrent steps: 8 for R and RT, 2,4,2 (V2,V4,IT) for S.")
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    help="imagenet (downloaded once), random, or a checkpoint file.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of random weights.")
@click.option("--batch-size", default=16, show_default=True, type=click.IntRange(min=1))
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option(
    "--precision", type=click.Choice(["float32", "bf16"]), default="float32", show_default=True
)
@click.option(
    "--resume", is_flag=True, help="Go on with an unfinished file; a complete one is kept."
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
def command(
    letter: str,
    images: str,
    out: str,
    areas: str | None,
    times: str | None,
    weights: str,
    seed: int,
    batch_size: int,
    device: str,
    precision: str,
    resume: bool,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    r"""Record a model's areas at every recurrent step for a set of images.

    \b
    cornetkit record --model S --images stim/ --out acts.nc
    cornetkit record --model RT --times 8 --areas V4,IT --images stim.csv --out rt.nc
    """
    # What can be refused without loading torch is refused first.
    from pathlib import Path

    from cornetkit.activations import check_output
    from cornetkit.stimuli import load_stimuli

    counts, names = parse_times(times), parse_names(areas)
    stimuli = load_stimuli(images)
    if Path(out).exists() and resume and not overwrite:
        _say(f"{out} is complete already", quiet)
        return
    check_output(Path(out), overwrite=overwrite)
    if stimuli.ignored:
        _say(f"left out {len(stimuli.ignored)} files in {images} that are no images", quiet)

    import cornetkit as ck

    model = ck.load_model(letter, weights=weights, seed=seed, times=counts)
    _say(f"CORnet-{model.letter}, {model.provenance['identity']}; {len(stimuli):,} images", quiet)
    begun = time.monotonic()
    acts = ck.record(
        model,
        stimuli,
        out,
        areas=names,
        batch_size=batch_size,
        device=device,
        precision=precision,
        resume=resume,
        overwrite=overwrite,
        progress=False if quiet else None,
    )
    seconds = time.monotonic() - begun
    size = Path(out).stat().st_size
    from cornetkit.errors import in_words

    held = ", ".join(f"{area} {x.sizes['time']} x {x.sizes['unit']:,}" for area, x in acts.items())
    rate = len(stimuli) / seconds
    _say(f"wrote {out} ({in_words(size)}): {held} (steps x units); {rate:.1f} images/s", quiet)
    if as_json:
        result = {
            "out": out,
            "model": model.letter,
            "identity": model.provenance["identity"],
            "n_stimuli": len(stimuli),
            "bytes": size,
            "images_per_second": round(rate, 2),
            "areas": {
                a: {"steps": x.sizes["time"], "units": x.sizes["unit"]} for a, x in acts.items()
            },
        }
        json.dump(result, sys.stdout)
        print()


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        click.echo(text, err=True)
