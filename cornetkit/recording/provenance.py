"""Where a recording comes from, as attributes of its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from .. import __version__
from ..models import hash_weights
from ..schema import SCHEMA_VERSION, to_attribute
from ..stimuli import ImageSet, Transform
from .layers import Layer
from .lesion import WHOLE, VirtualLesion
from .reductions import Reduction

# What decides the values; the rest only decides how they are rounded.
DECISIVE = (
    *("model", "times", "weights_sha256"),
    *("areas", "transform", "stimuli_sha256", "precision"),
    *("reduction_pool", "reduction_units", "reduction_project", "reduction_seed", "stored_dtype"),
)


def provenance(
    model: nn.Module,
    layers: Sequence[Layer],
    images: ImageSet,
    transform: Transform,
    reduction: Reduction,
    batch_size: int,
    precision: str,
    device: torch.device,
    lesion: VirtualLesion = WHOLE,
) -> dict[str, Any]:
    """Return all that decides a recording's values; no clock, so equal inputs give equal files."""
    attrs = {
        **describe_model(model, layers, lesion),
        "transform": transform.to_json(),
        "stimuli_sha256": images.sha256,
        "n_stimuli": len(images),
        # Ids and reasons; absent where none was, so that asking for it changes no file.
        **({"skipped": images.skipped} if images.skipped else {}),
        **reduction.attributes(),
        "batch_size": batch_size,
        "precision": precision,
        "device": device.type,
        "threads": torch.get_num_threads(),
    }
    return {name: to_attribute(value) for name, value in attrs.items()}


def describe_model(
    model: nn.Module, layers: Sequence[Layer], lesion: VirtualLesion = WHOLE
) -> dict[str, Any]:
    """Return whose activations they are, whatever images were shown and however they were run."""
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "model": getattr(model, "letter", type(model).__name__),
        "times": getattr(model, "times", None),
        **_weights(model, lesion),
        **lesion.attributes(),
        "areas": {layer.area: layer.module for layer in layers},
        "torch_version": str(torch.__version__),
    }
    return {name: to_attribute(value) for name, value in attrs.items()}


def _weights(model: nn.Module, lesion: VirtualLesion) -> dict[str, Any]:
    """Say whose weights these are; hashed now, as they may have changed since they were loaded."""
    unknown = {"weights": "not stated", "seed": None, "identity": "not stated"}
    stated = unknown | dict(getattr(model, "provenance", {}))
    sha256 = hash_weights(model)
    if stated.get("weights_sha256", sha256) != sha256:
        stated["identity"] = f"weights changed after loading; before: {stated['identity']}"
    if lesion.words:  # where results say whose activations they are
        stated["identity"] = f"{stated['identity']}; {lesion.words}"
    return stated | {"weights_sha256": sha256}
