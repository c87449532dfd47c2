"""Checkpoints: what is in them, and files that are whole or not there."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from .. import __version__
from ..errors import FileError, WeightsError
from ..models import hash_weights
from ..models.checkpoints import read_checkpoint
from ..models.network import CORnet
from ..models.trained import EMA_STATE, HOLDER
from ..outputs import complete_or_not
from .dataset import TrainingData
from .samples import validation_transform
from .settings import Settings

STATE = "training"


def weights_content(
    model: CORnet,
    averaged: CORnet | None,
    settings: Settings,
    data: TrainingData,
    *,
    step: int,
    epoch: float,
) -> dict[str, Any]:
    """Return a checkpoint of the weights with all that says whose they are."""
    content: dict[str, Any] = {
        "state_dict": dict(model.state_dict()),
        "epoch": epoch,
        HOLDER: {
            "version": __version__,
            "model": model.letter,
            "times": list(model.times) if isinstance(model.times, tuple) else model.times,
            "classes": list(data.classes),
            "transform": json.dumps(asdict(validation_transform(settings)), sort_keys=True),
            "weights_sha256": hash_weights(model),
            "recipe": settings.recipe,
            "data": data.source,
            "seed": settings.seed,
            "step": step,
            "epoch": epoch,
            "settings": settings.to_json(),
        },
    }
    if averaged is not None:
        content[EMA_STATE] = dict(averaged.state_dict())
    return content


def write(content: dict[str, Any], path: Path) -> None:
    """Write a checkpoint; what was there before stays until the new one is whole and on disk.

    Raises
    ------
    FileError
        It cannot be written.
    """
    with complete_or_not(path, overwrite=True) as partial, partial.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())


def read_state(path: Path) -> tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]:
    """Read a state to go on from.

    Returns
    -------
    dict, dict or None, dict
        The weights, their running mean, and the state of everything else.

    Raises
    ------
    FileError
        It is damaged, or holds weights alone.
    """
    try:
        found = read_checkpoint(path)
    except WeightsError as error:
        raise FileError(f"cannot go on from {path}: {error}") from error
    state = found.metadata.get(STATE)
    if not isinstance(state, dict):
        raise FileError(
            f"{path} holds weights alone, no state of a training; start from it with "
            f"--set weights={path}"
        )
    return found.state, found.metadata.get(EMA_STATE), state
