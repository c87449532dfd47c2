"""What training reads: images with class names, whatever form they lie in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Split:
    """The images of one split, read one at a time.

    Parameters
    ----------
    names
        Of each image, for messages: a path.
    labels : array of shape (images,)
        Index of each image's class.
    read
        Returns the image at a position as RGB.
    """

    names: Sequence[str]
    labels: np.ndarray
    read: Callable[[int], Image.Image]

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, per_class: int) -> Split:
        """Return the split with the first images of each class only."""
        kept = [
            np.flatnonzero(self.labels == label)[:per_class] for label in np.unique(self.labels)
        ]
        return self.select(np.sort(np.concatenate(kept)))

    def select(self, positions: np.ndarray) -> Split:
        """Return the split with only the images at these positions."""
        return Split(
            [self.names[i] for i in positions],
            self.labels[positions],
            _Picked(self.read, positions),
        )


@dataclass(frozen=True)
class _Picked:
    """Reading through a choice of positions; a class, so that worker processes can be sent it."""

    read: Callable[[int], Image.Image]
    positions: np.ndarray

    def __call__(self, index: int) -> Image.Image:
        return self.read(int(self.positions[index]))


@dataclass(frozen=True)
class TrainingData:
    """A data set: two splits of the same classes.

    Parameters
    ----------
    train, val
        The splits.
    classes
        Names, in the order of the decoder's outputs.
    source
        Where it came from.
    """

    train: Split
    val: Split
    classes: list[str]
    source: str

    def subset(self, per_class: int) -> TrainingData:
        """Return it with so many training images a class (0: all); validation stays whole."""
        return replace(self, train=self.train.first(per_class)) if per_class else self

    def fingerprint(self) -> str:
        """Return a hash of the classes and of the training images' names and labels."""
        digest = hashlib.sha256("\0".join(self.classes).encode())
        for name, label in zip(self.train.names, self.train.labels.tolist(), strict=True):
            digest.update(f"{name.rpartition('/')[2]}\0{label}\n".encode())
        return digest.hexdigest()
