"""Recorded activations: the labelled container and its files. Opens without torch."""

from .container import Activations
from .files import open_activations
from .journal import stimuli_written, was_completed
from .layout import AreaLayout
from .memory import available_bytes
from .writer import ActivationWriter

__all__ = [
    "ActivationWriter",
    "Activations",
    "AreaLayout",
    "available_bytes",
    "open_activations",
    "stimuli_written",
    "was_completed",
]
