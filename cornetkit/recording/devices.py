"""Which device was meant, and whether it is there."""

from __future__ import annotations

import torch
from torch import nn

from ..errors import InputError


def find_device(name: str | torch.device | None) -> torch.device | None:
    """Return the device of this name; None stays None.

    Raises
    ------
    InputError
        There is no such device, or torch does not see it here.
    """
    if name is None:
        return None
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise InputError(f"unknown device {name!r}; expected cpu, cuda, cuda:1, mps") from error
    if device.type == "meta":
        raise InputError("device 'meta' computes no values; expected cpu, cuda, cuda:1, mps")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device '{name}' was asked for, but torch sees no GPU here; use cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"device '{name}' was asked for, but torch sees {torch.cuda.device_count()} GPUs"
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise InputError("device 'mps' was asked for, but torch sees no Apple GPU here; use cpu")
    return device


def home_of(model: nn.Module) -> torch.device:
    """Return the device that a model's parameters and buffers are on; the CPU if it has none.

    Raises
    ------
    InputError
        They are on several devices.
    """
    homes = {tensor.device for tensor in [*model.parameters(), *model.buffers()]}
    if len(homes) > 1:
        raise InputError(
            f"the model is spread over {', '.join(sorted(map(str, homes)))}; move it to one device"
        )
    return homes.pop() if homes else torch.device("cpu")
