"""In which order images are seen: a function of the seed and the epoch, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from torch.utils.data import Sampler


class Key(NamedTuple):
    """One image in one epoch; what is random about it follows from these and the seed."""

    epoch: int
    image: int


class EpochOrder(Sampler[list[Key]]):
    """The parts of one epoch's batches that one process takes.

    Every process draws the same permutation and takes its share of each batch, so that several
    processes see the batches of a single one. The last batch of an epoch may be smaller, as the
    original's; a process for which nothing is left of it gets an empty part.

    Parameters
    ----------
    n_images
        Images in all.
    batch_size
        Images of a step, over all processes and parts.
    seed, epoch
        Which permutation.
    rank, world
        Which process, of how many.
    accumulate
        Parts of each process's share.
    start
        Steps of this epoch that are done already.
    """

    def __init__(
        self,
        n_images: int,
        batch_size: int,
        *,
        seed: int,
        epoch: int,
        rank: int = 0,
        world: int = 1,
        accumulate: int = 1,
        start: int = 0,
    ) -> None:
        self.n_images, self.batch_size = n_images, batch_size
        self.seed, self.epoch, self.start = seed, epoch, start
        self.rank, self.world, self.accumulate = rank, world, accumulate

    def __len__(self) -> int:
        return (steps_of(self.n_images, self.batch_size) - self.start) * self.accumulate

    def __iter__(self) -> Iterator[list[Key]]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.n_images)
        for first in range(self.start * self.batch_size, self.n_images, self.batch_size):
            batch = order[first : first + self.batch_size]
            share = np.array_split(batch, self.world)[self.rank]
            for part in np.array_split(share, self.accumulate):
                yield [Key(self.epoch, int(index)) for index in part]


def steps_of(n_images: int, batch_size: int) -> int:
    """Return the optimisation steps of an epoch."""
    return -(-n_images // batch_size)
