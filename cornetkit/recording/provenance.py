"""Where a recording comes from, as attributes of its file."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import nn

from .. import __version__
from ..schema import SCHEMA_VERSION, to_attribute
from ..stimuli import ImageSet, Transform


def provenance(
    model: nn.Module,
    images: ImageSet,
    transform: Transform,
    batch_size: int,
    precision: str,
    device: torch.device,
) -> dict[str, Any]:
    """Return all that decides a recording's values; no clock, so equal inputs give equal files."""
    known = dict(getattr(model, "provenance", {}))
    if "weights_sha256" not in known:
        known["weights_sha256"] = hash_weights(model)
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "model": getattr(model, "letter", type(model).__name__),
        "times": getattr(model, "times", None),
        **known,
        "transform": transform.to_json(),
        "stimuli_sha256": images.sha256,
        "n_stimuli": len(images),
        "batch_size": batch_size,
        "precision": precision,
        "device": device.type,
        "threads": torch.get_num_threads(),
        "torch_version": torch.__version__,
    }
    return {name: to_attribute(value) for name, value in attrs.items()}


def hash_weights(model: nn.Module) -> str:
    """Return the SHA-256 over a model's state, whatever file it came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
