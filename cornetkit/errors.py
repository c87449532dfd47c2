"""What can go wrong, in words.

Every error that a user can cause is a `CornetkitError` whose message is one line:
what was given, what was expected, how to mend it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

# Less is another word: half of the letters of "pics" stand in "reps".
_NEAR = 0.6


class CornetkitError(Exception):
    """A user's mistake, told in one line. The command line prints it and exits with 1."""


class InputError(CornetkitError, ValueError):
    """An argument, an array or a file is not what it should be."""


class StimulusMismatchError(InputError):
    """Two arrays do not hold the same stimuli."""


class UnknownNameError(InputError):
    """A model, an area, a column ... that does not exist."""


class FileError(CornetkitError, OSError):
    """A file or folder that is missing, in the way, unreadable or not of the expected kind."""


class WeightsError(CornetkitError):
    """Weights that cannot be had, are damaged, or belong to another model."""


class MissingExtraError(CornetkitError, ImportError):
    """An optional dependency is not installed; the message carries its pip line."""


class CornetkitWarning(UserWarning):
    """Something a reader of the result has to know; the command line prints it in one line."""


def listing(items: Iterable[object], most: int = 5) -> str:
    """Join items for a message, cutting a long list: ``a, b, c and 12 more``."""
    texts = [str(item) for item in items]
    shown = ", ".join(texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return `` (did you mean 'IT'?)`` for the nearest known name, or an empty string.

    Near is what shares most of its letters in their order, or has the same in another one.
    """
    given, folded = str(name).lower(), {k.lower(): k for k in known}
    close = difflib.get_close_matches(given, list(folded), n=1, cutoff=_NEAR)
    close += [one for one in folded if sorted(one) == sorted(given)]
    return f" (did you mean '{folded[close[0]]}'?)" if close else ""


def unknown_name(what: str, name: str, known: Sequence[str]) -> UnknownNameError:
    """Build the error for a name that is not among the known ones."""
    return UnknownNameError(
        f"unknown {what} '{name}'{did_you_mean(name, known)}; known: {listing(known, 12)}"
    )


def counted(number: int, what: str) -> str:
    """Say how many: ``1 image``, ``2,000 images``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def in_words(size: float) -> str:
    """Say a number of bytes as a person would: ``1.7 GB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.0f} TB" if size >= 100 else f"{size:.3g} TB"


# Steps of a model differ in what they hold as well as in what recurrence made of it.
OF_STEPS = (
    "steps of one area may differ by how many features they hold, not by recurrence: a better "
    "score of a later step is no evidence of it; ck.recurrence_gain (cornetkit dynamics) compares "
    "with shuffled steps and random features of the same number"
)
