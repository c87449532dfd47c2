"""Image sets, their ids, and the transform from image to model input."""

from .image_set import ImageSet
from .load import load_stimuli
from .transform import Transform

__all__ = ["ImageSet", "Transform", "load_stimuli"]
