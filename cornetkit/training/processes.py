"""One process, or several under torchrun."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed as dist

from ..errors import InputError


@dataclass(frozen=True)
class Processes:
    """Which process this is, of how many, and on which device.

    Parameters
    ----------
    rank, world
        From 0; the number of processes.
    device
        What this one computes on.
    talk
        The group in which they agree; gloo on GPUs too, so that no GPU has to be waited for.
    """

    rank: int
    world: int
    device: torch.device
    talk: Any = None

    @property
    def main(self) -> bool:
        """Whether this one writes files and speaks."""
        return self.rank == 0

    def total(self, *values: float) -> list[float]:
        """Add numbers up over the processes."""
        if self.world == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(tensor, group=self.talk)
        return tensor.tolist()

    def wait(self) -> None:
        """Wait for the others."""
        if self.world > 1:
            dist.barrier(group=self.talk)


@contextmanager
def joined(device: str = "cpu") -> Iterator[Processes]:
    """Join the processes that torchrun started, or be the only one.

    Parameters
    ----------
    device
        ``"cpu"`` (gloo) or ``"cuda"`` (NCCL; the GPU of this process's local rank).

    Raises
    ------
    InputError
        There is no such device.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes(0, 1, find_device(device))
        return
    where = find_device(device)
    if where.type == "cuda":
        where = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(where)
    owner = not dist.is_initialized()
    if owner:
        dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
    try:
        yield Processes(
            dist.get_rank(), dist.get_world_size(), where, dist.new_group(backend="gloo")
        )
    finally:
        if owner:
            dist.destroy_process_group()


def find_device(name: str) -> torch.device:
    """Return a device, or raise `InputError` where it is not there."""
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


def computes_bf16() -> bool:
    """Return whether this processor has bf16 arithmetic; without it bf16 is slower than float32."""
    supported = (
        getattr(torch.cpu, name, lambda: False)
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )
    return any(bool(one()) for one in supported)
