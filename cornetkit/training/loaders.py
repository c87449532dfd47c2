"""torch's loaders, with workers that leave signals to the process that trains."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from .samples import collate


def make_loader(
    dataset: Dataset, batches: Sampler, workers: int, device: torch.device
) -> DataLoader:
    """Return a loader whose workers stay alive from epoch to epoch."""
    return DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=collate,
        pin_memory=device.type == "cuda",
        persistent_workers=workers > 0,
        worker_init_fn=_leave_signals_alone,
        prefetch_factor=4 if workers else None,
        # Workers are seeded from it; torch's own state is left alone.
        generator=torch.Generator(),
    )


class InTurn(Sampler[list[int]]):
    """Every image once, in order; each of several processes takes every so many-th."""

    def __init__(self, n_images: int, batch_size: int, rank: int = 0, world: int = 1) -> None:
        self.mine = range(rank, n_images, world)
        self.batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.mine) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        for first in range(0, len(self.mine), self.batch_size):
            yield list(self.mine[first : first + self.batch_size])


def _leave_signals_alone(worker: int) -> None:
    """Ctrl-C and a preemption reach every process of a job: the one that trains answers them."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    torch.set_num_threads(1)
