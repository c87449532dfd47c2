"""What a checkpoint holds, in facts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import WeightsError
from .checkpoints import read_checkpoint
from .identity import OtherModelError, identify
from .trained import EMA_STATE, HOLDER, stated_letter, training_of


def describe_checkpoint(path: str | Path) -> dict[str, Any]:
    """Return what a checkpoint holds and says of itself.

    Parameters
    ----------
    path
        A checkpoint of torch: a dict with ``state_dict``, or a state dict itself.

    Returns
    -------
    dict
        ``model`` (Z, R, RT, S, or None where nothing tells, or what tells is contradictory),
        ``identity`` (how sure that is),
        ``n_arrays``, ``n_values``, ``sha256`` of the file; of a training ``training`` (recipe,
        data, epoch, step, seed) and ``classes``, empty where it says nothing of them;
        ``running_mean`` and ``resumable`` (it holds the state to go on from).

    Raises
    ------
    WeightsError
        It is missing, damaged, no checkpoint, or asks for code to be run.
    """
    checkpoint = read_checkpoint(path)
    letter: str | None = None
    identity = "identity not verified"
    try:
        stated = stated_letter(checkpoint)
        letter, identity = stated, identify(checkpoint, stated)
    except OtherModelError as error:
        identity = f"contradictory: it says CORnet-{stated} and {error.finding}"
    except WeightsError:  # of another kind of model, or of R or RT without a word which
        pass
    told = checkpoint.metadata.get(HOLDER)
    classes = told.get("classes") if isinstance(told, Mapping) else None
    return {
        "model": letter,
        "identity": identity,
        "n_arrays": len(checkpoint.state),
        "n_values": sum(tensor.numel() for tensor in checkpoint.state.values()),
        "sha256": checkpoint.sha256,
        "training": {k.removeprefix("training_"): v for k, v in training_of(checkpoint).items()},
        "classes": [str(name) for name in classes] if isinstance(classes, list) else [],
        "running_mean": EMA_STATE in checkpoint.metadata,
        "resumable": "training" in checkpoint.metadata,
    }
