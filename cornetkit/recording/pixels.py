"""Pixels as activations: the baseline that every model has to beat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .. import __version__
from ..activations import Activations, AreaLayout
from ..errors import InputError
from ..schema import SCHEMA_VERSION
from ..stimuli import ImageSet, load_stimuli


def pixels(stimuli: ImageSet | str | Path, *, size: int = 16) -> Activations:
    """Return small grey images as activations, to set beside a model's score.

    Parameters
    ----------
    stimuli
        An image set, or what `load_stimuli` takes.
    size
        Side of the grey image in pixels, resized straight and bilinearly.

    Returns
    -------
    Activations
        One area ``pixels`` of dims (stimulus, time, unit), one step, ``size * size`` units.

    Raises
    ------
    InputError
        There are no images, or the size is below 1.
    FileError
        An image cannot be read.
    """
    if size < 1:
        raise InputError(f"size must be at least 1 pixel, not {size}")
    images = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    if not len(images):
        raise InputError("there are no images; give at least one")
    rows = [
        np.asarray(image.convert("L").resize((size, size), Image.Resampling.BILINEAR), np.float32)
        for image in images
    ]
    layout = AreaLayout("pixels", (0,), (1, size, size), (True,))
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "model": "pixels",
        "size": size,
        "stimuli_sha256": images.sha256,
        "n_stimuli": len(images),
    }
    values = np.stack(rows).reshape(len(rows), 1, -1)
    return Activations({"pixels": layout.label(values, images.ids, images.metadata, attrs)}, attrs)
