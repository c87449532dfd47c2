"""From an image file to pixels in a batch. What is random follows from seed, epoch and image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import transforms

from ..stimuli import Transform
from ..stimuli.decode import UnreadableImageError
from .dataset import Split
from .order import Key
from .settings import Settings


@dataclass(frozen=True)
class Bad:
    """An image that cannot be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Sample:
    """One image: uint8 of shape (side, side, 3), its label and name."""

    pixels: Tensor
    label: int
    name: str


@dataclass
class Part:
    """Images of one forward.

    Parameters
    ----------
    pixels : Tensor of shape (images, 3, side, side), uint8
        Not normalised: that is done where the model is.
    labels : Tensor of shape (images,)
    names
        Of the images.
    bad
        Those that could not be read, and are in none of the others.
    """

    pixels: Tensor
    labels: Tensor
    names: list[str]
    bad: list[Bad]

    def pin_memory(self) -> Part:
        """Copy it to where a GPU fetches from quickly; called by torch's loader."""
        return Part(self.pixels.pin_memory(), self.labels.pin_memory(), self.names, self.bad)


class TrainingSamples(Dataset[Sample | Bad]):
    """Training images, randomly cropped and mirrored.

    torchvision's transforms draw from torch's generator. It is seeded for each image by the seed,
    the epoch and the image, and put back after: so the outcome depends neither on the number of
    worker processes nor on where a run was taken up again.
    """

    def __init__(self, split: Split, settings: Settings) -> None:
        self.split, self.seed = split, settings.seed
        size = settings.image_size
        steps: list[object] = [
            transforms.RandomResizedCrop(size, scale=(settings.crop_scale_min, 1.0))
        ]
        if settings.flip:
            steps.append(transforms.RandomHorizontalFlip())
        if settings.trivial_augment:
            steps.append(transforms.TrivialAugmentWide())
        self.augment = transforms.Compose(steps)

    def __getitem__(self, key: Key) -> Sample | Bad:
        name = str(self.split.names[key.image])
        try:
            image = self.split.read(key.image)
        except UnreadableImageError as error:
            return Bad(name, error.reason)
        drawn = np.random.default_rng([self.seed, key.epoch, key.image]).integers(2**62)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(int(drawn))
            image = self.augment(image)
        return Sample(_pixels(image), int(self.split.labels[key.image]), name)


class ValidationSamples(Dataset[Sample | Bad]):
    """Images to validate on, resized in one fixed way."""

    def __init__(self, split: Split, transform: Transform) -> None:
        self.split, self.transform = split, transform

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: int) -> Sample | Bad:
        name = str(self.split.names[index])
        try:
            image = self.split.read(index)
        except UnreadableImageError as error:
            return Bad(name, error.reason)
        if reason := self.transform.cannot_take(*image.size):
            return Bad(name, reason)
        return Sample(_pixels(self.transform.resized(image)), int(self.split.labels[index]), name)


def validation_transform(settings: Settings) -> Transform:
    """Return the transform of validation images; it is stored with the checkpoints."""
    return Transform(size=settings.image_size, resize=settings.val_resize)


def collate(samples: Sequence[Sample | Bad]) -> Part:
    """Put samples together, those that can be read."""
    good = [sample for sample in samples if isinstance(sample, Sample)]
    return Part(
        # Seen as (images, 3, side, side) without a copy: that is the layout called channels-last.
        torch.stack([sample.pixels for sample in good]).permute(0, 3, 1, 2)
        if good
        else torch.empty(0, 3, 0, 0, dtype=torch.uint8),
        torch.tensor([sample.label for sample in good], dtype=torch.int64),
        [sample.name for sample in good],
        [sample for sample in samples if isinstance(sample, Bad)],
    )


def _pixels(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image))
