"""Reading one image file as RGB."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..errors import FileError

EXTENSIONS = frozenset(
    [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"]
)


def read_rgb(path: Path) -> Image.Image:
    """Read an image file completely and convert it to 8-bit RGB.

    Raises
    ------
    FileError
        The file cannot be read, is no image, or is damaged or cut short; the message names it.
    """
    try:
        with warnings.catch_warnings():
            # Pillow only warns below its hard limit; a suspiciously large file is refused by us.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return image.convert("RGB")
    except FileNotFoundError as error:
        raise FileError(
            f"{path} is not there any more; put it back, or list it no longer"
        ) from error
    except UnidentifiedImageError as error:
        size = path.stat().st_size
        what = "is empty (0 bytes)" if size == 0 else "is not an image that can be read"
        raise FileError(f"{path} {what}; replace it, or take it out of the folder") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileError(
            f"{path} has more than {Image.MAX_IMAGE_PIXELS:,} pixels; make it smaller first"
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileError(
            f"{path} is damaged or cut short ({error}); replace it, or take it out of the folder"
        ) from error
