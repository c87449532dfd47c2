"""Recorded activations: the labelled container and its files. Opens without torch."""

from .container import Activations
from .files import open_activations
from .layout import AreaLayout
from .writer import ActivationWriter

__all__ = ["ActivationWriter", "Activations", "AreaLayout", "open_activations"]
