"""The way from an image to a model's input, in full and on record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from numbers import Integral

import numpy as np
from PIL import Image

from ..errors import InputError

# Stored with every recording.
_WAYS = {
    "resize": ("straight", "crop"),
    "interpolation": ("bilinear",),
    "colour": ("RGB",),
}


# An image resized to more than this takes gigabytes for a strip that nobody sees.
_MOST_PIXELS = 2**26


@dataclass(frozen=True)
class Transform:
    """RGB image to a normalised array of shape (3, size, size).

    The default is the original models' for feature extraction: a straight bilinear resize to
    224 x 224 pixels (the aspect ratio is not kept, nothing is cropped), then the ImageNet mean
    and standard deviation. ``resize="crop"`` is the validation transform of ImageNet: the short
    side to 256 (for other sizes, ``size * 256 / 224`` rounded), then the central square.

    Parameters
    ----------
    size
        Side of the model's input in pixels.
    mean, std
        Of each colour channel, for values in [0, 1].
    resize
        ``"straight"``, or ``"crop"``: aspect ratio kept, what is outside the central square lost.
    interpolation, colour
        How it is done, for the record: ``"bilinear"``, ``"RGB"``.

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
        for name, ways in _WAYS.items():
            if getattr(self, name) not in ways:
                known = " or ".join(repr(way) for way in ways)
                raise InputError(f"{name} must be {known}, not {getattr(self, name)!r}")

    def __call__(self, image: Image.Image) -> np.ndarray:
        """Transform one image; returns float32 of shape (3, size, size)."""
        if image.mode != self.colour:
            image = image.convert(self.colour)
        pixels = np.asarray(self.resized(image), dtype=np.float32) / np.float32(255)
        mean, std = (np.array(values, dtype=np.float32) for values in (self.mean, self.std))
        pixels = (pixels - mean) / std
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def resized(self, image: Image.Image) -> Image.Image:
        """Return the part of an image that is looked at, size x size pixels, in its own colours."""
        return self._cropped(image) if self.resize == "crop" else self._straight(image)

    def batch(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Transform several images; returns float32 of shape (len(images), 3, size, size)."""
        return np.stack([self(image) for image in images])

    def _straight(self, image: Image.Image) -> Image.Image:
        return image.resize((self.size, self.size), Image.Resampling.BILINEAR)

    def _cropped(self, image: Image.Image) -> Image.Image:
        _, (width, height) = self._before_cropping(*image.size)
        if reason := self.cannot_take(*image.size):
            raise InputError(
                f"an image of {image.width} x {image.height} pixels {reason}; cut it to shape "
                "first, or resize it straight (without --crop)"
            )
        resized = image.resize((width, height), Image.Resampling.BILINEAR)
        left, top = round((width - self.size) / 2), round((height - self.size) / 2)
        return resized.crop((left, top, left + self.size, top + self.size))

    def cannot_take(self, width: int, height: int) -> str | None:
        """Say why an image of this size cannot be transformed, or None where it can."""
        short, (wide, high) = self._before_cropping(width, height)
        if self.resize != "crop" or wide * high <= _MOST_PIXELS:
            return None
        return (
            f"is too narrow to crop: with a short side of {short} it would have "
            f"{wide * high:,} pixels"
        )

    def _before_cropping(self, width: int, height: int) -> tuple[int, tuple[int, int]]:
        """Return the short side, and width and height, of what is cropped."""
        short = round(self.size * 256 / 224)
        # The long side is cut down to whole pixels and the margins are rounded, as torchvision
        # does: an image shifted by half a pixel would not give the published accuracies' inputs.
        shortest = min(width, height)
        return short, (int(short * width / shortest), int(short * height / shortest))

    def to_json(self) -> str:
        """Describe the transform in full, for the provenance of a file."""
        return json.dumps(asdict(self), sort_keys=True)
