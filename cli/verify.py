"""``cornetkit verify``."""

from __future__ import annotations

import sys

import click

from .printing import print_json


@click.command("verify")
@click.argument("file")
@click.option("--images", required=True, help="The images that were recorded: folder or CSV.")
@click.option("--weights", help="The checkpoint, where the weights came from a file.")
@click.option(
    "--batches", default=8, show_default=True, type=click.IntRange(min=1), help="To compute again."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**32 - 1),
    default=0,
    show_default=True,
    help="Of the choice.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    file: str, images: str, weights: str | None, batches: int, seed: int, as_json: bool
) -> None:
    """Compute a sample of a file's activations again and say whether they hold.

    The model is made from what the file says of itself. Exit code 1 where it does not hold.

    \b
    cornetkit verify acts.nc --images stim/
    """
    import cornetkit as ck

    # A file that is not there is told before torch is loaded.
    ck.open_activations(file).close()
    found = ck.verify(file, images, weights=weights, n=batches, rng=seed)
    if as_json:
        result = {
            "file": file,
            "holds": found.holds,
            "exact": found.exact,
            "tolerance": found.tolerance,
            "problems": found.problems,
            "environment": found.environment,
            "n_batches": found.n_batches,
            "n_images": found.n_images,
            "differences": [
                {"area": area, "step": step, "difference": far}
                for (area, step), far in found.differences.items()
            ],
        }
        print_json(result)
    else:
        print(found)
    if not found.holds:
        sys.exit(1)
