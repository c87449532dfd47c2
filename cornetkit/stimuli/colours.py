"""From what a file stores (palette, CMYK, 16 bits ...) to 8-bit RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image

_SIXTEEN_BITS = frozenset(["I;16", "I;16L", "I;16B", "I;16N"])
# TIFF tags, and the values that matter here.
_BITS, _COMPRESSION, _PHOTOMETRIC, _PLANES, _SAMPLE_FORMAT = 258, 259, 262, 284, 339
_UNCOMPRESSED, _WHITE_IS_ZERO, _SEPARATE, _SIGNED = 1, 0, 2, 2


class NoColourError(ValueError):
    """What a file stores has no agreed meaning as 8-bit RGB; the message says why and what to do.

    The two parts are joined by a semicolon where the file's name is known.
    """

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}; {advice}")
        self.reason = reason
        self.advice = advice


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert an opened image to 8-bit RGB.

    As the original models' ``Image.open(path).convert("RGB")`` does it: no EXIF rotation, alpha
    dropped (not blended), no colour profile, the first frame or page. Only 16-bit grey is done
    otherwise, since Pillow cuts it off at 255: it is scaled, 65535 becoming 255.

    Raises
    ------
    NoColourError
        Floating-point, signed or 32-bit values, or an order of channels that Pillow misreads.
    """
    image.load()
    # Converting keeps the pixels and only tells that transparency is lost, as is documented.
    image.info.pop("transparency", None)
    if image.mode in _SIXTEEN_BITS or (image.mode == "I" and image.format == "PPM"):
        return _sixteen_bit_grey(image)
    if image.mode == "F":
        raise NoColourError(
            "has floating-point values, and nothing says which is black and which is white",
            "save it with 8 or 16 bits a channel",
        )
    if image.mode == "I" or _tag(image, _SAMPLE_FORMAT) == _SIGNED:
        raise NoColourError(
            "has signed or 32-bit values, and nothing says which is black and which is white",
            "save it with 8 or 16 unsigned bits a channel",
        )
    if (
        _tag(image, _PLANES) == _SEPARATE
        and _tag(image, _BITS) == 16
        and _tag(image, _COMPRESSION) == _UNCOMPRESSED
    ):
        raise NoColourError(
            "has uncompressed planes of 16 bits, which Pillow reads as if they had 8",
            "save it with 8 bits a channel, or interleaved",
        )
    return image.convert("RGB")


def _sixteen_bit_grey(image: Image.Image) -> Image.Image:
    if image.format not in ("PNG", "TIFF", "PPM"):
        raise NoColourError(
            f"has more than 8 bits a channel in a {image.format} file",
            "save it with 8 bits a channel",
        )
    # Pillow leaves a TIFF's 12 bits unscaled, and does not turn it around where white is zero.
    top = 4095 if _tag(image, _BITS) == 12 else 65535
    values = np.asarray(image).astype(np.uint32)
    if _tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO:
        values = top - values
    eight = (values * 255 + top // 2) // top  # rounded to the nearest, in whole numbers
    return Image.fromarray(eight.astype(np.uint8)).convert("RGB")


def _tag(image: Image.Image, number: int) -> int | None:
    """Return a TIFF's tag (of its first channel), or None for other files."""
    tags = getattr(image, "tag_v2", None) if image.format == "TIFF" else None
    value = tags.get(number) if tags is not None else None
    return value[0] if isinstance(value, tuple) else value
