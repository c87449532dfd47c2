"""Putting a checkpoint's weights into a model, or saying why they do not fit."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

from ..errors import WeightsError, listing
from .checkpoints import Checkpoint
from .identity import metadata_values
from .network import AREA_NAMES, CORnet

STEP_NORM = re.compile(r"(V2|V4|IT)\.norm[123]_(\d+)\.")


def stored_times(checkpoint: Checkpoint, letter: str) -> tuple[int, int, int] | int | None:
    """Return the step counts a checkpoint was made with, or None where it does not say.

    CORnet-S has a batch norm a step; R and RT can only say it in their metadata.
    """
    if letter == "S":
        matches = [match for name in checkpoint.state if (match := STEP_NORM.match(name))]
        v2, v4, it = (len({m[2] for m in matches if m[1] == area}) for area in AREA_NAMES[1:])
        return (v2, v4, it) if v2 and v4 and it else None
    if letter in ("R", "RT"):
        for value in metadata_values(checkpoint.metadata, "times"):
            if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
                return value
    return None


def stored_classes(checkpoint: Checkpoint) -> int | None:
    """Return how many outputs a checkpoint's decoder has, or None where it has none."""
    weight = checkpoint.state.get("decoder.linear.weight")
    return weight.shape[0] if weight is not None and weight.ndim else None


def check_steps(checkpoint: Checkpoint, asked: tuple[int, ...], stored: tuple[int, ...]) -> str:
    """Compare the steps asked of CORnet-S with those of its checkpoint.

    Returns
    -------
    str
        Empty where they are the same; a sentence about the lesion where fewer are asked for.

    Raises
    ------
    WeightsError
        More steps are asked for than the checkpoint has batch norms.
    """
    if asked == stored:
        return ""
    given, has = ("/".join(map(str, counts)) for counts in (asked, stored))
    if any(a > s for a, s in zip(asked, stored, strict=True)):
        raise WeightsError(
            f"{checkpoint.path} has batch norms for V2/V4/IT = {has} steps, fewer than the {given} "
            f"asked for; CORnet-S cannot run on beyond them: ask for times={stored} or fewer"
        )
    return f"lesion: run with V2/V4/IT = {given} of the checkpoint's {has} steps"


def load_into(model: CORnet, checkpoint: Checkpoint) -> None:
    """Copy a checkpoint's weights into a model of the same names and shapes.

    Batch norms of steps that the model does not run are left out.

    Raises
    ------
    WeightsError
        Names or shapes differ, or a weight is not a finite number.
    """
    path, state = checkpoint.path, dict(checkpoint.state)
    for name in checkpoint.state:
        match = STEP_NORM.match(name)
        if match and model.letter == "S" and int(match[2]) >= model.steps[match[1]]:
            del state[name]

    expected = model.state_dict()
    missing = [name for name in expected if name not in state]
    extra = [name for name in state if name not in expected]
    if missing or extra:
        parts = [f"missing {listing(missing)}"] if missing else []
        parts += [f"unknown {listing(extra)}"] if extra else []
        raise WeightsError(
            f"{path} does not fit {model.name}: {'; '.join(parts)}; "
            f"give a checkpoint of {model.name}, whole and without additions"
        )
    for name, tensor in state.items():
        _check_entry(name, tensor, expected[name], checkpoint, model)
    model.load_state_dict(state, strict=True)


def _check_entry(
    name: str, tensor: Tensor, like: Tensor, checkpoint: Checkpoint, model: CORnet
) -> None:
    given, wanted = tuple(tensor.shape), tuple(like.shape)
    if given != wanted and name.startswith("decoder.linear.") and given[:1] != wanted[:1]:
        raise WeightsError(
            f"{checkpoint.path} has {given[0] if given else 'no'} classes, the model was asked "
            f"for with {wanted[0]}; load it with num_classes={given[0] if given else '...'}"
        )
    if given != wanted:
        raise WeightsError(
            f"{checkpoint.path} does not fit {model.name}: '{name}' has shape {given}, "
            f"expected {wanted}; give a checkpoint of {model.name}"
        )
    if like.is_floating_point() and not _all_finite(tensor):
        raise WeightsError(
            f"{checkpoint.path} has NaN, infinite or non-float values in '{name}'; "
            "its training went wrong or the file is damaged: take an earlier checkpoint"
        )


def _all_finite(tensor: Any) -> bool:
    return bool(tensor.is_floating_point() and torch.isfinite(tensor).all())
