"""The lesion of a recording: from what was asked for to what is done, and its attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from ..errors import InputError
from ..models.lesions import Lesion, check_blank, check_lesion, describe_lesion

_LIKE = "AREA@STEP:FACTOR such as IT@1:0.0, or AREA@STEP:freeze"


@dataclass(frozen=True)
class VirtualLesion:
    """What is done to a model while it is recorded; nothing by default.

    Parameters
    ----------
    states
        Area -> step -> factor of the state that is read there, or ``"freeze"``.
    blank_from
        The step from which on the input is zero (after normalisation: the mean colour).
    """

    states: Lesion = field(default_factory=dict)
    blank_from: int | None = None

    @classmethod
    def of(cls, model: nn.Module, lesion: Any, blank_from: Any) -> VirtualLesion:
        """Check what was asked for against a model."""
        asked = {} if lesion is None else _from_text(lesion)
        return cls(check_lesion(model, asked), check_blank(model, blank_from))

    @property
    def words(self) -> str:
        """What is done, for messages; empty where nothing is."""
        return describe_lesion(self.states, self.blank_from)

    def attributes(self) -> dict[str, Any]:
        """Return what a file says of it: nothing where nothing is done."""
        found: dict[str, Any] = {}
        if self.states:
            found["virtual_lesion"] = {
                area: {str(step): factor for step, factor in steps.items()}
                for area, steps in self.states.items()
            }
        if self.blank_from is not None:
            found |= {"blank_from": self.blank_from, "blank": "zero after normalisation"}
        return found


WHOLE = VirtualLesion()
# Of a file that was recorded without, they are absent.
LESION_ATTRIBUTES = ("virtual_lesion", "blank_from")


def stated_lesion(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments ``lesion`` and ``blank_from`` that a file was recorded with."""
    stated = json.loads(str(attrs.get("virtual_lesion", "{}")))
    lesion = {
        area: {int(step): factor for step, factor in steps.items()}
        for area, steps in stated.items()
    }
    blank = attrs.get("blank_from")
    return {"lesion": lesion or None, "blank_from": None if blank is None else int(blank)}


def _from_text(lesion: Any) -> Any:
    """Read ``IT@1:0.0``, or several of them; a mapping stays as it is."""
    if isinstance(lesion, str):
        lesion = [lesion]
    if isinstance(lesion, Mapping) or not isinstance(lesion, Sequence):
        return lesion
    found: dict[str, dict[int, float | str]] = {}
    for text in lesion:
        area, at, rest = str(text).partition("@")
        step, colon, value = rest.partition(":")
        if not (area.strip() and at and colon and step.strip().isdecimal() and value.strip()):
            raise InputError(f"--lesion {text}: expected {_LIKE}")
        steps = found.setdefault(area.strip(), {})
        if int(step) in steps:
            raise InputError(f"--lesion {area}@{step} was given twice; give one for each step")
        steps[int(step)] = _value(value.strip())
    return found


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # "freeze", or what will be refused by name
