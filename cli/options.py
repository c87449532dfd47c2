"""Options and values that several commands share."""

from __future__ import annotations

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


def parse_kinds(text: str | None, images: str | None) -> list[str]:
    """Read ``pixels,gabor`` or ``none``; left out: pixels where there are images."""
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
    for name in names:
        if name in _FROM_IMAGES and images is None:
            raise InputError(f"--baselines {name} is made from the images; add --images FOLDER")
    return names


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
