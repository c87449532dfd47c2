"""What a file says of how it was made, read so that it can be made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..activations import Activations
from ..errors import InputError, listing
from ..models import MODELS, load_model
from ..models.network import CORnet
from ..stimuli import Transform

_Value = TypeVar("_Value")
_NEEDED = (
    *("weights", "times", "num_classes", "seed", "weights_sha256"),
    *("areas", "transform", "stimuli_sha256", "batch_size", "precision"),
)


def check_stated(acts: Activations, weights: str | Path | None) -> None:
    """Refuse a file that does not say all that is needed.

    Raises
    ------
    InputError
        It holds another model's activations, was not written by `record`, or its weights came
        from a file and `weights` was not given.
    """
    letter = str(acts.attrs.get("model"))
    if letter not in MODELS:
        raise InputError(
            f"{acts.path} holds activations of {letter!r}, which cannot be made again from the "
            f"file; expected a CORnet ({', '.join(MODELS)}): record that model again and compare"
        )
    if missing := [name for name in _NEEDED if name not in acts.attrs]:
        raise InputError(
            f"{acts.path} does not say its {listing(missing, len(_NEEDED))}; it was not written by "
            "cornetkit record, or changed since: record again"
        )
    if weights is None and acts.attrs["weights"] not in ("random", "imagenet"):
        raise InputError(
            f"{acts.path} was recorded with weights from a file, which it does not hold; give that "
            "checkpoint: weights='ckpt.pth' (--weights ckpt.pth)"
        )


def stated_model(acts: Activations, weights: str | Path | None) -> CORnet:
    """Make the model that a file was recorded from; `weights` is the checkpoint where it had one.

    Raises
    ------
    InputError
        An attribute is not of its kind.
    WeightsError
        The weights cannot be had.
    """
    given = str(acts.attrs["weights"]) if weights is None else weights
    return load_model(
        str(acts.attrs["model"]),
        given,
        seed=stated_whole(acts, "seed") if given == "random" else 0,
        times=_stated(acts, "times", _times),
        num_classes=stated_whole(acts, "num_classes"),
    )


def stated_whole(acts: Activations, name: str) -> int:
    """Return an attribute that is a whole number."""
    return _stated(acts, name, int)


def stated_areas(acts: Activations) -> dict[str, str]:
    """Return the layer of each area, of which the file has to hold every one and no other."""
    areas = _stated(acts, "areas", _object)
    if set(areas) != set(acts):
        raise InputError(
            f"{acts.path} says that it holds {listing(areas, 8)}, but it holds {listing(acts, 8)}; "
            "it was changed after recording: record again"
        )
    return {str(area): str(layer) for area, layer in areas.items()}


def stated_transform(acts: Activations) -> Transform:
    """Return the transform from image to input."""
    stated = _stated(acts, "transform", _object)
    try:
        return Transform(**stated)
    except TypeError as error:
        raise InputError(
            f"the file's transform ({acts.attrs['transform']}) is not one that this version knows; "
            "use the version of cornetkit that wrote it"
        ) from error


def _stated(acts: Activations, name: str, convert: Callable[[Any], _Value]) -> _Value:
    value = acts.attrs[name]
    try:
        return convert(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{acts.path} says that its {name} is {str(value)[:60]!r}, which cornetkit record does "
            "not write; it was changed after recording: record again"
        ) from error


def _times(value: Any) -> int | tuple[int, ...]:
    return tuple(int(t) for t in value) if np.ndim(value) else int(value)


def _object(value: Any) -> dict[str, Any]:
    found = json.loads(value)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
