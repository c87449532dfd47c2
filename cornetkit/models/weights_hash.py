"""One hash for a model's weights, whatever file they came from."""

from __future__ import annotations

import hashlib

import torch
from torch import nn


def hash_weights(model: nn.Module) -> str:
    """Return the SHA-256 of a model's weights, as 64 hex digits.

    It covers every entry of the state dict in the order of names: name, dtype, shape and
    values. Memory format, device and the file's own layout play no part.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(memoryview(flat.view(torch.uint8).numpy()))
    return digest.hexdigest()
