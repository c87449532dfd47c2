"""Recordings of neurons: open, validate, bin, average, describe and save them.

Knows nothing of models and needs no torch. The canonical form is one row a trial:
a DataArray ``response`` with dims ``presentation, time_bin, neuroid``.
"""

from .as_features import animals, of_animal, other_animals
from .average import average
from .bins import parse_window, rebin
from .describe import describe
from .recordings import open_recordings
from .repetitions import repetitions_array
from .validate import validate
from .write import save_recordings

__all__ = [
    "animals",
    "average",
    "describe",
    "of_animal",
    "open_recordings",
    "other_animals",
    "parse_window",
    "rebin",
    "repetitions_array",
    "save_recordings",
    "validate",
]
