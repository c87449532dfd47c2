"""Reading one image file as RGB."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..errors import FileError

EXTENSIONS = frozenset(
    [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"]
)
# Pillow's modes of more than 8 bits a channel; its conversion to RGB cuts them off at 255.
_DEEP_MODES = frozenset(["I", "F", "I;16", "I;16L", "I;16B", "I;16N"])


def read_rgb(path: Path) -> Image.Image:
    """Read an image file completely and convert it to 8-bit RGB.

    Raises
    ------
    FileError
        The file cannot be read, is no image, is damaged or cut short, is far too large, or has
        more than 8 bits a channel; the message names it.
    """
    try:
        with Image.open(path) as image:
            # Pillow itself only warns below twice this limit.
            if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise Image.DecompressionBombError
            if image.mode in _DEEP_MODES:
                raise FileError(
                    f"{path} has more than 8 bits a channel (mode {image.mode}), which as RGB "
                    "would be cut off at 255; save it as an 8-bit image"
                )
            return image.convert("RGB")
    except FileError:
        raise
    except PermissionError as error:
        raise FileError(f"no permission to read {path}; change its permissions") from error
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
