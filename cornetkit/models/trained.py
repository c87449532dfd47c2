"""What a checkpoint of `cornetkit.training` says beside its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..errors import WeightsError
from .checkpoints import Checkpoint
from .fitting import stored_classes
from .identity import MODEL_KEYS, TELLING, metadata_values
from .naming import letter_of
from .network import CORnet

HOLDER = "cornetkit"
EMA_STATE = "ema_state_dict"


def stated_letter(checkpoint: Checkpoint) -> str:
    """Return whose weights a checkpoint says it holds.

    Raises
    ------
    WeightsError
        It does not say, and its names do not tell.
    """
    for value in metadata_values(checkpoint.metadata, *MODEL_KEYS):
        if isinstance(value, str) and (letter := letter_of(value)) is not None:
            return letter
    candidates = next((who for name, who in TELLING.items() if name in checkpoint.state), ())
    if len(candidates) == 1:
        return candidates[0]
    raise WeightsError(
        f"{checkpoint.path} does not say which model it belongs to"
        f"{' (CORnet-R and RT have the same names)' if candidates else ''}; give the model: "
        f"load_model('RT', weights='{checkpoint.path}')"
    )


def with_averaged_weights(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint with the running mean of the weights in place of the last ones.

    Raises
    ------
    WeightsError
        It holds none.
    """
    found = checkpoint.metadata.get(EMA_STATE)
    if not isinstance(found, Mapping):
        raise WeightsError(
            f"{checkpoint.path} holds no running mean of the weights (ema); load it without "
            "ema=True, or train with --set ema_decay=.9999"
        )
    state = {str(name): value for name, value in found.items() if isinstance(value, Tensor)}
    return replace(checkpoint, state=state)


def take_over(model: CORnet, checkpoint: Checkpoint) -> None:
    """Give a model the input and the class names that it was trained with, where they are told."""
    told = checkpoint.metadata.get(HOLDER)
    if not isinstance(told, Mapping):
        return
    classes = told.get("classes")
    if isinstance(classes, list) and len(classes) == stored_classes(checkpoint):
        model.classes = [str(name) for name in classes]
    transform = _as_dict(told.get("transform"))
    model.stated_transform = transform
    size = transform.get("size")
    if isinstance(size, int) and not isinstance(size, bool) and size >= 1:
        model.input_size = size
    for name in ("mean", "std"):
        values = transform.get(name)
        if isinstance(values, list) and len(values) == 3:
            setattr(model, name, tuple(float(value) for value in values))


def training_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what a checkpoint says about its training: recipe, epoch, step; empty if nothing."""
    told = checkpoint.metadata.get(HOLDER)
    if not isinstance(told, Mapping):
        return {}
    return {
        f"training_{name}": value
        for name in ("recipe", "data", "epoch", "step", "seed")
        if isinstance(value := told.get(name), (str, int, float))
    }


def _as_dict(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return dict(found) if isinstance(found, Mapping) else {}
