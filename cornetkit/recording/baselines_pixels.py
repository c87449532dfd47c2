"""Small grey images: the baseline that every model has to beat."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..stimuli import Transform


def seen(image: Image.Image, crop: bool) -> Image.Image:
    """Return an image in grey, in full or (`crop`) the central square that a model is shown."""
    grey = image.convert("L")
    return Transform(resize="crop").resized(grey) if crop else grey


def small_pixels(grey: Image.Image, size: int) -> np.ndarray:
    """Return a grey image resized straight and bilinearly, shape (1, size, size), 0 to 255."""
    small = grey.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32)[None]
