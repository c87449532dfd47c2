"""Options and values that several commands share."""

from __future__ import annotations

from cornetkit.errors import InputError


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


def parse_names(text: str | None) -> list[str] | None:
    """Read ``V4,IT`` as a list of names."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError("the list of areas is empty; expected names such as V4,IT")
    return names
