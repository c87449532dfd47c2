"""Virtual lesions: recurrent states scaled or kept at given steps, or the image taken away.

What is changed is the state that a step *reads*: ``{"IT": {2: 0.0}}`` takes from IT, at step 2,
what it was at step 1; what comes from the area below is left as it is.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import InputError, did_you_mean, listing, unknown_name

if TYPE_CHECKING:
    from .network import CORnet

FREEZE = "freeze"
# Area -> step -> factor of the state that is read, or FREEZE.
Lesion = dict[str, dict[int, float | str]]


def check_lesion(model: Any, lesion: Any) -> Lesion:
    """Return a lesion in its plain form, without factors of 1, which change nothing.

    Parameters
    ----------
    model
        A CORnet.
    lesion
        Mapping from area to a mapping from step to a factor (0 or more), or to ``"freeze"``.

    Raises
    ------
    UnknownNameError
        An area that does not exist.
    InputError
        The model, the area or the step has no recurrent state to lesion, or a wrong value.
    """
    if not isinstance(lesion, Mapping):
        raise InputError(
            f"lesion={lesion!r} was given; expected areas, steps and factors such as "
            "{'IT': {1: 0.0}} (--lesion IT@1:0.0)"
        )
    if not lesion:
        return {}
    _check_cornet(model, "a lesion needs the recurrent state of a CORnet's areas", "lesion")
    able = [area for area in model.areas if model.state_steps(area)]
    if not able:
        raise InputError(
            f"{model.name} has no recurrence at these step counts, so there is no state to lesion; "
            "take CORnet-R, RT or S with more than one step"
        )
    checked: Lesion = {}
    for area, steps in lesion.items():
        if area not in model.areas:
            raise unknown_name("area to lesion", str(area), able)
        if area not in able:
            raise InputError(
                f"{area} of {model.name} has one step and no recurrent state to lesion; areas that "
                f"have one: {listing(able)}"
            )
        if not isinstance(steps, Mapping):
            raise InputError(
                f"the lesion of {area} is {steps!r}; expected steps and factors such as "
                f"{{{model.state_steps(area)[0]}: 0.0}}"
            )
        for step, value in steps.items():
            factor = _factor(area, step, value)
            number = _step(model, area, step)
            if factor != 1.0:
                checked.setdefault(area, {})[number] = factor
    return {area: dict(sorted(checked[area].items())) for area in model.areas if area in checked}


def check_blank(model: Any, blank_from: Any) -> int | None:
    """Return the step from which on the image is taken away, or None.

    Raises
    ------
    InputError
        The model has no common clock, no such step, or would never see the image.
    """
    if blank_from is None:
        return None
    _check_cornet(model, "blank_from needs the clock of a CORnet", "blank_from")
    if not getattr(model, "reads_image_each_step", False):
        raise InputError(
            f"{model.name} takes the image in once, so it cannot be blanked from a step on; "
            "take CORnet-R or RT, which read it at every step"
        )
    last = model.steps[model.areas[0]] - 1
    try:
        step = operator.index(blank_from)
    except TypeError:
        step = -1
    if isinstance(blank_from, bool) or not 1 <= step <= last:
        known = f"1 to {last}" if last else "none: it has one step"
        why = "; from 0 on there would be no image at all" if step == 0 else ""
        raise InputError(
            f"blank_from={blank_from!r} (--blank-from): {model.name} can be blanked from step "
            f"{known}{why}"
        )
    return step


@contextmanager
def lesioned(model: Any, lesion: Lesion, blank_from: int | None) -> Iterator[None]:
    """Run the model with a checked lesion inside the context; as it was before on leaving."""
    if not lesion and blank_from is None:
        yield  # any model
        return
    before = model.lesion, model.blank_from
    model.lesion, model.blank_from = lesion, blank_from
    try:
        yield
    finally:
        model.lesion, model.blank_from = before


def describe_lesion(lesion: Lesion, blank_from: int | None) -> str:
    """Say a lesion in words, for the identity of a result; empty where there is none."""
    parts = [
        f"{area} state {'kept' if factor == FREEZE else f'x {factor:g}'} at step {step}"
        for area, steps in lesion.items()
        for step, factor in steps.items()
    ]
    if blank_from is not None:
        parts.append(f"image blanked from step {blank_from} on")
    return f"virtual lesion: {', '.join(parts)}" if parts else ""


def driven_steps(model: CORnet, area: str, incoming: Sequence[bool]) -> list[bool]:
    """Return by which steps an area depends on the image, given when what it reads does."""
    found: list[bool] = []
    for step, arrives in enumerate(incoming):
        factor = model.lesion.get(area, {}).get(step, 1.0)
        before = bool(found) and found[-1]
        if factor == FREEZE:
            found.append(before)
        else:
            found.append(arrives or (before and factor != 0))
    return found


def _check_cornet(model: Any, why: str, name: str) -> None:
    if not hasattr(model, "state_steps"):
        raise InputError(
            f"{why}; {type(model).__name__} is another model: record it without {name}="
        )


def _step(model: CORnet, area: str, step: Any) -> int:
    able = model.state_steps(area)
    try:
        number = operator.index(step)
    except TypeError:
        number = -1
    if number in able and not isinstance(step, bool):
        return number
    first = "; step 0 reads no earlier state" if number == 0 else ""
    raise InputError(
        f"{area} of {model.name} has no state to lesion at step {step!r}; its steps that read one: "
        f"{listing(able, 12)}{first}"
    )


def _factor(area: str, step: Any, value: Any) -> float | str:
    if value == FREEZE:
        return FREEZE
    if isinstance(value, str):
        raise InputError(
            f"the lesion {area}@{step} is '{value}'{did_you_mean(value, [FREEZE])}; expected a "
            "factor of 0 or more, such as 0.0, or freeze"
        )
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise InputError(
            f"the lesion {area}@{step} is {value!r}; expected a factor of 0 or more, such as 0.0, "
            "or 'freeze'"
        )
    return number
