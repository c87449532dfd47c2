"""Stimuli and recordings with a known answer, for tests, demonstrations and power."""

from .population import simulate_recordings
from .stimuli import OBJECTS, make_stimuli

__all__ = ["OBJECTS", "make_stimuli", "simulate_recordings"]
