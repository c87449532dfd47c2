"""Stimuli and recordings with a known answer, for tests, demonstrations and power."""

from .population import simulate_recordings
from .shapes import SHAPES, draw_shapes, make_shapes
from .stimuli import OBJECTS, make_stimuli

__all__ = [
    "OBJECTS",
    "SHAPES",
    "draw_shapes",
    "make_shapes",
    "make_stimuli",
    "simulate_recordings",
]
