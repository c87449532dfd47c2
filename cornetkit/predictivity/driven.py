"""Steps that the image has reached, and those that it has not."""

from __future__ import annotations

from ..errors import InputError
from .align import Aligned
from .features import Features


def driven_or_not(data: Aligned) -> tuple[list[Features], list[Features]]:
    """Return the steps that the image has reached, or is taken to have, and the others.

    Raises
    ------
    InputError
        It has reached none.
    """
    used = [f for f in data.features if f.driven is not False]
    undriven = [f for f in data.features if f.driven is False]
    if not used:
        raise InputError(
            f"the image reaches none of the {len(undriven)} steps of {', '.join(data.areas)}; "
            "record more steps with times=8 (--times 8), or give other areas= (--areas)"
        )
    return used, undriven
