"""What every way to a ceiling gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class CeilingEstimate:
    """Ceilings of all time bins and neuroids.

    Parameters
    ----------
    values
        In units of r^2, NaN where undefined; shape (time_bin, neuroid).
    half
        Correlation between halves of the repetitions, or what it would be; the same shape. Not
        above 0 where no signal was found, NaN where nothing can be said.
    n_stimuli
        Stimuli that it rests on; the same shape.
    ranked
        What is summed up to one number a time bin, shape (split, time_bin, neuroid): -inf ranks
        below all others.
    error
        Standard error of that number, shape (time_bin,); NaN where there are no splits.
    details
        More to know of each time bin and neuroid, by name.
    attrs
        Settings.
    reasons
        Why a value is undefined where the trials alone do not say it, shape (time_bin, neuroid);
        empty text elsewhere.
    notes
        What a reader has to know.
    """

    values: np.ndarray
    half: np.ndarray
    n_stimuli: np.ndarray
    ranked: np.ndarray
    error: np.ndarray
    details: dict[str, np.ndarray] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)
    reasons: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)
