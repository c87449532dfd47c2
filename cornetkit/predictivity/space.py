"""The space in which distances between stimuli are measured, and its Gram matrix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..activations.given import opened
from ..errors import InputError, StimulusMismatchError, listing, unknown_name
from ..inputs import look
from .align import Aligned
from .features import Features, list_features
from .protocols import Protocol


def gram_of_space(plan: Protocol, space: Any, data: Aligned) -> tuple[np.ndarray, Protocol]:
    """Return the Gram matrix of the stimuli in a space, and the plan with the space's name.

    Parameters
    ----------
    plan
        Takes the name, for the attributes.
    space
        An area of the activations that are scored, or other activations (a path, Activations, a
        DataArray such as ``ck.baselines(stimuli)["pixels"]``) of one area; the last step that the
        image has reached is taken.
    data
        The stimuli, and the areas that `space` may name.

    Raises
    ------
    InputError
        There is no such area, several areas, or no variation.
    StimulusMismatchError
        The space lacks some of the stimuli.
    """
    if isinstance(space, str) and space in data.areas:
        step = _last([f for f in data.features if f.area == space])
        gram = step.gram(data.ids)
    else:
        if isinstance(space, str) and look(Path(space)) is None:
            raise unknown_name("space", space, [*data.areas, "a file of activations"])
        with opened(space) as other:
            step = _last(list_features(other))
            there = set(step.array["stimulus"].values.tolist())
            missing = [i for i in data.ids if i not in there]
            if missing:
                raise StimulusMismatchError(
                    f"the space lacks {len(missing)} of {len(data.ids)} stimuli "
                    f"({listing(missing, 3)}); it has to hold all that are scored"
                )
            gram = step.gram(data.ids)
    if gram.n_constant == gram.n_units:
        raise InputError(
            f"all stimuli are the same in the space of {step.label}, so no distances can be "
            "measured; choose another space"
        )
    return gram.gram, replace(plan, space=step.label)


def _last(features: list[Features]) -> Features:
    areas = list(dict.fromkeys(f.area for f in features))
    if len(areas) != 1:
        raise InputError(
            f"space has the areas {listing(areas)}; expected one, such as space=acts['IT']"
        )
    driven = [f for f in features if f.driven is not False]
    if not driven:
        raise InputError(f"the image reaches no step of {areas[0]}; choose another space")
    return max(driven, key=lambda f: f.step)
