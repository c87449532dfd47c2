"""The way from an image to a model's input, in full and on record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from numbers import Integral

import numpy as np
from PIL import Image

from ..errors import InputError

# Stored with every recording; so far there is one way to do each.
_ONLY = {"resize": "straight", "interpolation": "bilinear", "colour": "RGB"}


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
    resize, interpolation, colour
        How it is done, for the record: ``"straight"``, ``"bilinear"``, ``"RGB"``.

    Raises
    ------
    InputError
        A size below 1, a mean or standard deviation that is not one number a channel, or a way
        that does not exist.
    """

    size: int = 224
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    resize: str = "straight"
    interpolation: str = "bilinear"
    colour: str = "RGB"

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, Integral) or self.size < 1:
            raise InputError(f"size must be a whole number of pixels from 1 up, not {self.size!r}")
        object.__setattr__(self, "size", int(self.size))
        for name in ("mean", "std"):
            # Plain floats, so that a tensor or an array describes itself in JSON all the same.
            values = tuple(float(v) for v in getattr(self, name))
            if len(values) != 3 or (name == "std" and min(values) <= 0):
                raise InputError(
                    f"{name} must be three numbers, one a colour channel"
                    f"{', above 0' if name == 'std' else ''}; got {values}"
                )
            object.__setattr__(self, name, values)
        for name, only in _ONLY.items():
            if getattr(self, name) != only:
                raise InputError(f"{name} can only be '{only}' so far, not {getattr(self, name)!r}")

    def __call__(self, image: Image.Image) -> np.ndarray:
        """Transform one image; returns float32 of shape (3, size, size)."""
        if image.mode != self.colour:
            image = image.convert(self.colour)
        resized = image.resize((self.size, self.size), Image.Resampling.BILINEAR)
        pixels = np.asarray(resized, dtype=np.float32) / np.float32(255)
        mean, std = (np.array(values, dtype=np.float32) for values in (self.mean, self.std))
        pixels = (pixels - mean) / std
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def batch(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Transform several images; returns float32 of shape (len(images), 3, size, size)."""
        return np.stack([self(image) for image in images])

    def to_json(self) -> str:
        """Describe the transform in full, for the provenance of a file."""
        return json.dumps(asdict(self), sort_keys=True)
