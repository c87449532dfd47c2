"""Recorded activations: the labelled container and its files. Opens without torch."""

from .container import Activations
from .files import open_activations
from .layout import AreaLayout
from .memory import available_bytes
from .writer import ActivationWriter, check_output

__all__ = [
    "ActivationWriter",
    "Activations",
    "AreaLayout",
    "available_bytes",
    "check_output",
    "open_activations",
]
