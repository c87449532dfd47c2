"""Weights in the layout of the original's checkpoints, for tools that expect it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..errors import WeightsError
from ..models.checkpoints import read_checkpoint
from ..models.trained import HOLDER, with_averaged_weights
from ..outputs import complete_or_not


def export_weights(
    checkpoint: str | Path, out: str | Path, *, ema: bool = False, overwrite: bool = False
) -> Path:
    """Write a checkpoint's weights as the original did: ``state_dict`` with ``module.`` keys.

    Parameters
    ----------
    checkpoint
        A checkpoint of a training, or any that `load_model` takes.
    out
        File to write; `load_model` takes it too.
    ema
        Write the running mean of the weights.
    overwrite
        Replace a file that is there.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    WeightsError
        The checkpoint cannot be read, or holds no running mean.
    FileError
        The file is there already, or cannot be written.
    """
    found = read_checkpoint(checkpoint)
    if ema:
        found = with_averaged_weights(found)
    content: dict[str, Any] = {
        "state_dict": {f"module.{name}": value for name, value in found.state.items()}
    }
    if "epoch" in found.metadata:
        content["epoch"] = found.metadata["epoch"]
    told = found.metadata.get(HOLDER)
    if isinstance(told, dict):
        # The hash in it is that of the last weights, not of their mean.
        content[HOLDER] = {k: v for k, v in told.items() if not (ema and k == "weights_sha256")}
    out = Path(out)
    if out.exists() and out.resolve() == Path(checkpoint).resolve():
        raise WeightsError(f"{out} is the checkpoint itself; give another name")
    with complete_or_not(out, overwrite=overwrite) as partial, partial.open("wb") as file:
        torch.save(content, file)
    return out
