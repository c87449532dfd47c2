"""The way from an image to a model's input, in full and on record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Transform:
    """RGB image to a normalised array of shape (3, size, size).

    The default is the original models' for feature extraction: a straight bilinear resize to
    224 x 224 pixels (the aspect ratio is not kept, nothing is cropped), then the ImageNet mean
    and standard deviation.

    Parameters
    ----------
    size
        Side of the model's input in pixels.
    mean, std
        Of each colour channel, for values in [0, 1].
    """

    size: int = 224
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    resize: str = "straight"
    interpolation: str = "bilinear"
    colour: str = "RGB"

    def __call__(self, image: Image.Image) -> np.ndarray:
        """Transform one RGB image; returns float32 of shape (3, size, size)."""
        resized = image.resize((self.size, self.size), Image.Resampling.BILINEAR)
        pixels = np.asarray(resized, dtype=np.float32) / np.float32(255)
        pixels = (pixels - np.float32(self.mean)) / np.float32(self.std)
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def batch(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Transform several images; returns float32 of shape (len(images), 3, size, size)."""
        return np.stack([self(image) for image in images])

    def to_json(self) -> str:
        """Describe the transform in full, for the provenance of a file."""
        return json.dumps(asdict(self), sort_keys=True)
