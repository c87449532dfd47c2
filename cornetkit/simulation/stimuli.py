"""Images of simple objects on textured backgrounds, varied in position, size and rotation."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from ..errors import FileError, InputError
from ..schema import check_rng

Polygon = list[tuple[float, float]]


def _star(points: int, inner: float) -> Polygon:
    radii = [1.0 if k % 2 == 0 else inner for k in range(2 * points)]
    return [
        (r * math.sin(math.pi * k / points), -r * math.cos(math.pi * k / points))
        for k, r in enumerate(radii)
    ]


def _regular(corners: int, stretch: float = 1.0) -> Polygon:
    angles = [2 * math.pi * k / corners for k in range(corners)]
    return [(math.sin(a) * stretch, -math.cos(a)) for a in angles]


# Each object is an outline in a unit circle; its filling comes with the image.
_OUTLINES: dict[str, Callable[[], Polygon]] = {
    "disc": lambda: _regular(48),
    "ellipse": lambda: _regular(48, 0.45),
    "triangle": lambda: _regular(3),
    "square": lambda: _regular(4),
    "star": lambda: _star(5, 0.4),
    "flower": lambda: _star(9, 0.7),
    "cross": lambda: [
        *[(-0.3, -1.0), (0.3, -1.0), (0.3, -0.3), (1.0, -0.3), (1.0, 0.3), (0.3, 0.3)],
        *[(0.3, 1.0), (-0.3, 1.0), (-0.3, 0.3), (-1.0, 0.3), (-1.0, -0.3), (-0.3, -0.3)],
    ],
    "arrow": lambda: [
        *[(0.0, -1.0), (0.8, -0.1), (0.3, -0.1), (0.3, 1.0)],
        *[(-0.3, 1.0), (-0.3, -0.1), (-0.8, -0.1)],
    ],
}
OBJECTS = tuple(_OUTLINES)


def make_stimuli(
    folder: str | Path,
    n_stimuli: int = 160,
    *,
    size: int = 224,
    rng: int | np.random.Generator = 0,
) -> Path:
    """Draw images of objects and write them with a CSV table.

    Parameters
    ----------
    folder
        Made if it is not there; gets ``images/*.png`` and ``stimuli.csv``.
    n_stimuli
        Number of images; the 8 objects of `OBJECTS` take turns.
    size
        Side in pixels.
    rng
        Seed or generator.

    Returns
    -------
    Path
        The table: ``stimulus_id, filename, object_name, position_x, position_y, size,
        rotation`` (positions and size as fractions of the side, rotation in degrees);
        `load_stimuli` takes it. Equal arguments give equal files.

    Raises
    ------
    InputError
        No image, or too small ones, were asked for.
    FileError
        The folder cannot be made.
    """
    if n_stimuli < 1 or size < 16:
        raise InputError(f"{n_stimuli} images of {size} pixels were asked for; at least 1 of 16")
    check_rng(rng)
    rng = np.random.default_rng(rng)
    folder = Path(folder)
    images = folder / "images"
    try:
        images.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make the folder {images}: {error.strerror}") from error
    digits = len(str(n_stimuli - 1))
    rows = []
    for k in range(n_stimuli):
        name = OBJECTS[k % len(OBJECTS)]
        x, y = rng.uniform(0.3, 0.7, 2)
        extent, rotation = rng.uniform(0.12, 0.28), rng.uniform(0, 360)
        image = _draw(name, x, y, extent, rotation, size, rng)
        stimulus = f"{name}_{k:0{digits}d}"
        image.save(images / f"{stimulus}.png")
        rows.append((stimulus, f"images/{stimulus}.png", name, x, y, extent, rotation))
    columns = [
        "stimulus_id",
        "filename",
        "object_name",
        "position_x",
        "position_y",
        "size",
        "rotation",
    ]
    table = folder / "stimuli.csv"
    pd.DataFrame(rows, columns=columns).round(4).to_csv(table, index=False)
    return table


def _draw(
    name: str,
    x: float,
    y: float,
    extent: float,
    rotation: float,
    size: int,
    rng: np.random.Generator,
) -> Image.Image:
    """Draw one object, at twice the size for smooth edges, on its background."""
    mask = Image.new("L", (2 * size, 2 * size))
    turn = math.radians(rotation)
    corners = [
        (
            2 * size * (x + extent * (px * math.cos(turn) - py * math.sin(turn))),
            2 * size * (y + extent * (px * math.sin(turn) + py * math.cos(turn))),
        )
        for px, py in _OUTLINES[name]()
    ]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    mask = mask.resize((size, size), Image.Resampling.LANCZOS)
    return Image.composite(_texture(size, 1.0, rng), _texture(size, 2.5, rng), mask)


def _texture(size: int, steepness: float, rng: np.random.Generator) -> Image.Image:
    """Noise whose amplitude falls with spatial frequency to the power of `steepness`, tinted."""
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]
    amplitude = np.hypot(fx, fy)
    amplitude[0, 0] = np.inf
    amplitude = amplitude**-steepness
    phases = rng.uniform(0, 2 * np.pi, amplitude.shape)
    noise = np.fft.irfft2(amplitude * np.exp(1j * phases), s=(size, size))
    noise /= noise.std()
    tint = rng.uniform(60, 195, 3)
    pixels = tint + 30 * noise[..., None] * rng.uniform(0.6, 1.4, 3)
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
