"""Reading one image file as RGB, and saying what is wrong with one that cannot be read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..errors import FileError
from .colours import NoColourError, to_rgb

EXTENSIONS = frozenset(
    [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"]
)
_REPLACE = "replace it, or take it out of the folder"


class UnreadableImageError(FileError):
    """An image file that cannot be read as RGB.

    Parameters
    ----------
    path
        The file.
    reason
        What is wrong with it, without its path: "is empty (0 bytes)".
    advice
        How to mend it.
    """

    def __init__(self, path: Path, reason: str, advice: str) -> None:
        super().__init__(f"{path} {reason}; {advice}")
        self.path = path
        self.reason = reason


def read_rgb(path: Path) -> Image.Image:
    """Read an image file completely and convert it to 8-bit RGB.

    Raises
    ------
    UnreadableImageError
        The file cannot be read, is no image, is damaged or cut short, is far too large, or has
        values that cannot be made 8-bit RGB; the message names it.
    """
    return _read(path, smallest=False)


def check_image(path: Path) -> None:
    """Decode an image once and raise what `read_rgb` would raise.

    A JPEG is decoded at an eighth of its size where it can be: all of the file is still gone
    through, so that the same files are found damaged, in about half of the time.
    """
    _read(path, smallest=True)


def _read(path: Path, smallest: bool) -> Image.Image:
    try:
        with Image.open(path) as image:
            # Pillow itself only warns below twice this limit.
            if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise Image.DecompressionBombError
            if smallest:
                image.draft(None, (1, 1))
            return to_rgb(image)
    except NoColourError as error:
        raise UnreadableImageError(path, error.reason, error.advice) from error
    except PermissionError as error:
        raise UnreadableImageError(
            path, "cannot be read: no permission", "change its permissions"
        ) from error
    except FileNotFoundError as error:
        raise UnreadableImageError(
            path, "is not there any more", "put it back, or list it no longer"
        ) from error
    except UnidentifiedImageError as error:
        empty = path.stat().st_size == 0
        reason = "is empty (0 bytes)" if empty else "is not an image that can be read"
        raise UnreadableImageError(path, reason, _REPLACE) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        reason = f"has more than {Image.MAX_IMAGE_PIXELS:,} pixels"
        raise UnreadableImageError(path, reason, "make it smaller first") from error
    except MemoryError as error:  # a damaged length asks for gigabytes
        reason = "is damaged, or takes more memory than there is"
        raise UnreadableImageError(path, reason, _REPLACE) from error
    # What Pillow's readers let through when a file's content contradicts itself.
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        told = getattr(error, "strerror", None) or error  # without the path, where it has both
        raise UnreadableImageError(path, f"is damaged or cut short ({told})", _REPLACE) from error
