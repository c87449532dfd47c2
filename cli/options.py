"""Options and values that several commands share."""

from __future__ import annotations

from collections.abc import Collection

import click
from click.core import ParameterSource

from cornetkit.errors import InputError, unknown_name

KINDS = ("pixels", "gabor", "labels", "untrained", "animal")
_FROM_IMAGES = ("pixels", "gabor", "untrained")


def parse_times(text: str | None) -> int | tuple[int, ...] | None:
    """Read ``8`` or ``2,4,2`` as step counts."""
    if text is None:
        return None
    try:
        counts = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--times {text} is not a number of steps; expected 8, or 2,4,2 (V2,V4,IT) for S"
        ) from None
    return counts[0] if len(counts) == 1 else counts


def parse_names(text: str | None, what: str = "areas", like: str = "V4,IT") -> list[str] | None:
    """Read ``V4,IT`` as a list of names."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError(f"the list of {what} is empty; expected names such as {like}")
    return names


def parse_kinds(text: str | None, images: str | None, *, also: bool = False) -> list[str]:
    """Read ``pixels,gabor`` or ``none``; left out: pixels where there are images.

    `also` says that something else is made of the images.
    """
    if text is None:
        return [] if images is None else ["pixels"]
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if names == ["none"]:
        return []
    for name in names:
        if name not in KINDS:
            raise unknown_name("baseline", name, [*KINDS, "none"])
    if not names:
        raise InputError("--baselines is empty; expected names such as pixels,gabor, or none")
    if images is not None and not also and not set(names) & {*_FROM_IMAGES, "labels"}:
        raise InputError(
            f"--images {images} is for baselines that are made of them, and --baselines {text} "
            "needs none; leave --images out"
        )
    for name in names:
        if name in _FROM_IMAGES and images is None:
            raise InputError(f"--baselines {name} is made from the images; add --images FOLDER")
    return names


def refuse_others(mode: str, allowed: Collection[str]) -> None:
    """Raise where an option was given that a mode of the running command has no use for.

    Parameters
    ----------
    mode
        The option that asks for the mode, for the message.
    allowed
        Parameters of the command that the mode takes.
    """
    context = click.get_current_context()
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is ParameterSource.COMMANDLINE and parameter.name not in allowed:
            raise InputError(f"{parameter.opts[-1]} has no use with {mode}; leave it out")


def was_given(name: str) -> bool:
    """Whether a parameter of the running command was given, and is not its default."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def parse_seeds(text: str) -> list[int]:
    """Read ``0,1,2`` as seeds."""
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        seeds = []
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise InputError(
            f"--untrained-seeds {text}: expected different whole numbers from 0 up, as 0,1,2"
        )
    return seeds
