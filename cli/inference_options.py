"""Options of ``cornetkit predict`` about intervals and p values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--bootstrap",
        type=int,
        help="Resamples of the held-out predictions for intervals, such as 1000.",
    ),
    click.option(
        "--resample",
        help="What they draw: stimulus or repetition, neuroid or animal, or one of each. "
        "[default: stimulus,neuroid]",
    ),
    click.option(
        "--permutations",
        type=int,
        help="Permutations of the stimuli, each fitted anew, for p values, such as 999.",
    ),
    click.option(
        "--permute-within",
        help="Coordinate of the stimuli that permutations stay in, or none. [default: that of "
        "--groups or --stratify]",
    ),
    click.option(
        "--correction",
        help="Of p over areas, steps and bins: max or cluster (of bins). [default: max]",
    ),
    click.option("--alpha", type=float, help="The p to be within reach. [default: 0.05]"),
)
NAMES = ("bootstrap", "resample", "permutations", "permute_within", "correction", "alpha")


def inference_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which gets them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def inference_settings(given: dict[str, Any]) -> dict[str, Any]:
    """Take the values of the options out of `given` and return arguments of `predict`."""
    settings = {name: given.pop(name) for name in NAMES}
    if settings["permute_within"] == "none":
        settings["permute_within"] = False
    return settings
