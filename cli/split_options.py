"""Options of ``cornetkit predict`` about splits, and what they ask `predict` for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.inputs import look

from .baselines import Plan

if TYPE_CHECKING:
    import xarray as xr

_OPTIONS = (
    click.option(
        "--splits",
        help="kfold, shuffle, stratified, grouped, held-out, distance, stored (a coordinate "
        "'split'), or a file: .csv with the columns stimulus_id,split,role (train, test or out), "
        ".json, .nc. [default: the protocol's]",
    ),
    click.option(
        "--groups",
        help="Coordinate of the stimuli whose values are never split, such as movie; or "
        "duplicates: copies of an image.",
    ),
    click.option("--held-out", help="Coordinate whose values are held out, each in turn."),
    click.option(
        "--space",
        help="Of --splits distance: an area, a file of activations, or pixels (of --images).",
    ),
    click.option("--n-splits", type=click.IntRange(min=2), help="Number of splits. [default: 10]"),
    click.option("--seed", type=click.IntRange(min=0), help="Of the splits. [default: 0]"),
    click.option("--targets", help="Of PLS: joint or separate. [default: joint]"),
    click.option("--alphas", help="Penalties: relative, brainscore, or numbers such as 1,10,100."),
    click.option("--alpha-per", help="neuroid, or all: one penalty for all of them."),
    click.option(
        "--normalization", help="r/sqrt(c), r^2/c, (r/c)^2, r or %EV. [default: the protocol's]"
    ),
    click.option("--by", help="Coordinate of the neuroids: scores for each value, as of animal."),
)


def split_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which gets them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def split_settings(
    given: dict[str, Any], acts: Sequence[str], images: str | None, recordings: xr.DataArray
) -> dict[str, Any]:
    """Return arguments of `predict` from the values of the options.

    Parameters
    ----------
    given
        Values by the names of the options.
    acts
        Files of activations; an area that --space names is that of the first, for all.
    images
        Of --images, or None.
    recordings
        Their stimuli are the ones that --space pixels is made of.
    """
    settings = dict(given)
    settings["rng"] = settings.pop("seed")
    settings["alphas"] = parse_alphas(settings["alphas"])
    settings["space"] = _space(settings["space"], acts, images, recordings)
    return settings


def parse_alphas(text: str | None) -> str | list[float] | None:
    """Read ``relative``, or ``1,10,100`` as penalties."""
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        if "," in text or not text.replace("-", "").isalpha():
            raise InputError(
                f"--alphas {text}: expected relative, brainscore, or numbers such as 1,10,100"
            ) from None
        return text


def _space(
    text: str | None, acts: Sequence[str], images: str | None, recordings: xr.DataArray
) -> Any:
    import cornetkit as ck

    if text is None:
        return None
    if text == "pixels":
        if images is None:
            raise InputError("--space pixels is made from the images; add --images FOLDER")
        return Plan.of(["pixels"], images, recordings, acts, [], None).made["pixels"]
    with ck.open_activations(acts[0]) as first:
        # Baselines and further models have other areas, and are compared on the same splits.
        if text in first:
            return first[text].load()
        known = list(first)
    if look(Path(text)) is None:
        raise UnknownNameError(
            f"--space {text} is neither an area of {acts[0]} ({', '.join(known)}), nor a file of "
            "activations, nor pixels"
        )
    return text
