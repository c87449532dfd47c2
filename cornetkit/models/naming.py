"""What the four models are called."""

from __future__ import annotations

from ..errors import UnknownNameError, unknown_name

LETTERS = ("Z", "R", "RT", "S")


def letter_of(name: object) -> str | None:
    """Return the letter that a spelling like ``"s"`` or ``"CORnet-S"`` means, or None."""
    folded = str(name).strip().lower()
    for ignored in ("cornet", "-", "_", " "):
        folded = folded.replace(ignored, "")
    return next((letter for letter in LETTERS if letter.lower() == folded), None)


def unknown_model(name: object) -> UnknownNameError:
    """Build the error for a model that does not exist, suggesting in the user's own spelling."""
    full = "cornet" in str(name).lower()
    return unknown_name("model", str(name), [f"CORnet-{x}" if full else x for x in LETTERS])
