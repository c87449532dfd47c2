"""Ten classes of small images that a network learns within minutes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..errors import FileError, InputError
from ..schema import check_rng, seed_of
from .stimuli import _OUTLINES, Polygon, _regular

_SIDE = 64


def _ring() -> Polygon:
    """A disc with a hole: outside one way round, inside the other."""
    outer = [(math.cos(2 * math.pi * k / 48), math.sin(2 * math.pi * k / 48)) for k in range(49)]
    return outer + [(0.55 * x, 0.55 * y) for x, y in reversed(outer)]


_BAR: Polygon = [(-0.22, -1.0), (0.22, -1.0), (0.22, 1.0), (-0.22, 1.0)]
_CLASSES: dict[str, Polygon] = {
    "disc": _OUTLINES["disc"](),
    "ring": _ring(),
    "triangle": _OUTLINES["triangle"](),
    "square": _regular(4),
    "star": _OUTLINES["star"](),
    "flower": _OUTLINES["flower"](),
    "cross": _OUTLINES["cross"](),
    "arrow": _OUTLINES["arrow"](),
    "bar": _BAR,
    "two_bars": [],  # drawn as two
}
SHAPES = tuple(sorted(_CLASSES))


def draw_shapes(
    n_per_class: int, *, size: int = _SIDE, rng: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of ten shapes, varied in place, size, rotation, colour and background.

    Parameters
    ----------
    n_per_class
        Images of each class of `SHAPES`.
    size
        Side in pixels, 16 or more.
    rng
        Seed or generator. Another seed gives other images of the same classes: a held-out set.

    Returns
    -------
    images : array of shape (10 n_per_class, size, size, 3), uint8
    labels : array of shape (10 n_per_class,), int64
        Positions in `SHAPES`.

    Raises
    ------
    InputError
        No image, or too small ones, were asked for.

    Examples
    --------
    >>> from cornetkit.simulation import SHAPES, draw_shapes
    >>> images, labels = draw_shapes(2, rng=0)
    >>> images.shape, [SHAPES[k] for k in labels[:3]]
    ((20, 64, 64, 3), ['arrow', 'bar', 'cross'])
    """
    if n_per_class < 1 or size < 16:
        raise InputError(
            f"{n_per_class} images a class of {size} pixels were asked for; at least 1 of 16"
        )
    check_rng(rng)
    rng = np.random.default_rng(rng)
    labels = np.tile(np.arange(len(SHAPES), dtype=np.int64), n_per_class)
    images = np.stack([_draw(SHAPES[label], size, rng) for label in labels])
    return images, labels


def make_shapes(
    folder: str | Path,
    n_train: int = 300,
    n_val: int = 50,
    *,
    size: int = _SIDE,
    rng: int | np.random.Generator = 0,
) -> Path:
    """Write images of ten shapes as ``train/<class>/*.png`` and ``val/<class>/*.png``.

    Parameters
    ----------
    folder
        Made if it is not there.
    n_train, n_val
        Images of each class.
    size
        Side in pixels.
    rng
        Seed or generator; the two splits are drawn with different ones.

    Returns
    -------
    Path
        The folder, as ``cornetkit train --data`` takes it.

    Raises
    ------
    InputError
        No image, or too small ones, were asked for.
    FileError
        The folder cannot be written.
    """
    folder = Path(folder)
    seed = seed_of(rng)
    for part, (split, count) in enumerate((("train", n_train), ("val", n_val))):
        images, labels = draw_shapes(count, size=size, rng=np.random.default_rng([seed, part]))
        try:
            for k, (image, label) in enumerate(zip(images, labels, strict=True)):
                name = SHAPES[label]
                place = folder / split / name
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(place / f"{name}_{split}_{k // len(SHAPES):04d}.png")
        except OSError as error:
            raise FileError(f"cannot write into {folder}: {error.strerror or error}") from error
    return folder


def _draw(name: str, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one image at twice its size, for smooth edges; returns (size, size, 3), uint8."""
    extent = rng.uniform(0.26, 0.4)
    x, y = rng.uniform(extent, 1 - extent, 2)
    turn = rng.uniform(0, 2 * math.pi)
    background, figure = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
    while np.abs(background - figure).max() < 90:  # to be seen at all
        figure = rng.integers(0, 256, 3)
    mask = Image.new("L", (2 * size, 2 * size))
    for outline in _parts(name):
        corners = [
            (
                2 * size * (x + extent * (px * math.cos(turn) - py * math.sin(turn))),
                2 * size * (y + extent * (px * math.sin(turn) + py * math.cos(turn))),
            )
            for px, py in outline
        ]
        ImageDraw.Draw(mask).polygon(corners, fill=255)
    share = np.asarray(mask.resize((size, size), Image.Resampling.BOX), dtype=float)[..., None]
    share /= 255
    pixels = share * figure + (1 - share) * background + rng.normal(0, 12, (size, size, 3))
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def _parts(name: str) -> list[Polygon]:
    if name == "two_bars":
        return [[(px + shift, py) for px, py in _BAR] for shift in (-0.55, 0.55)]
    return [_CLASSES[name]]
