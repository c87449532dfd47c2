"""Pixels as activations: the baseline that every model has to beat."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..activations import Activations, AreaLayout
from ..stimuli import ImageSet, load_stimuli


def pixels(stimuli: ImageSet | str, *, size: int = 16) -> Activations:
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
    """
    images = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    rows = [
        np.asarray(image.convert("L").resize((size, size), Image.Resampling.BILINEAR), np.float32)
        for image in images
    ]
    layout = AreaLayout("pixels", (0,), (1, size, size), (True,))
    attrs = {"model": "pixels", "size": size, "stimuli_sha256": images.sha256}
    values = np.stack(rows).reshape(len(rows), 1, -1)
    return Activations({"pixels": layout.label(values, images.ids, images.metadata, attrs)}, attrs)
