"""The steps of an area of other activations, such as a control or a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..activations.given import as_activations
from ..errors import InputError, listing
from ..predictivity.features import Features, list_features


def area_features(acts: Any, area: str) -> tuple[list[Features], dict[str, Any]]:
    """Return the driven steps of an area of other activations, and their attributes.

    Where they hold one area only, that one is taken whatever it is called.
    """
    activations = as_activations(acts)
    if not activations:
        raise InputError("the activations hold no area")
    name = area if area in activations or len(activations) > 1 else next(iter(activations))
    if name not in activations:
        raise InputError(
            f"the activations hold {listing(list(activations), 8)} and no area '{area}'; take one "
            "of them (acts['...'])"
        )
    found = [f for f in list_features(activations) if f.area == name and f.driven is not False]
    if not found:
        raise InputError(f"the image reaches no step of {name}; record more steps (times=8)")
    return sorted(found, key=lambda f: f.step), dict(activations.attrs)


def check_ids(features: Sequence[Features], ids: Sequence[Any], what: str) -> None:
    """Raise unless features hold all stimuli of a design."""
    there = set(features[0].array["stimulus"].values.tolist())
    missing = [i for i in ids if i not in there]
    if missing:
        raise InputError(
            f"{what} lack {len(missing)} of {len(ids)} stimuli ({listing(missing, 3)}); record "
            "them for the same images"
        )
