"""Recordings thinned until all windows are equally reliable, those without signal as well."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from ..neural.thinning import thin
from ..predictivity.match_reliability import match
from ..predictivity.trial_moments import trial_moments
from .windows import Windows


def equally_reliable(windows: Windows, seed: int) -> tuple[Windows, list[str]]:
    """Thin the repetitions of all windows to the reliability of the least reliable one.

    Windows that cannot be told from noise, as before onset, have no reliability to match. They
    keep as few repetitions as the window that keeps fewest: with all of them they would hold less
    noise than the others, and fewer crossings of a threshold by chance.

    Raises
    ------
    InputError
        There is one window, or none is reliable beyond chance.
    """
    matched, notes = match(windows.trials, "time_bin", None, seed)
    groups = json.loads(matched.attrs["match_reliability"])["groups"]
    noise = np.array([group["why"].startswith("not reliable") for group in groups])
    if noise.any() and not noise.all():
        keep = trial_moments(matched).count.copy()
        fewest = keep[:, ~noise].min(axis=1, keepdims=True)
        keep[:, noise] = np.minimum(keep[:, noise], np.maximum(fewest, 1))
        matched = thin(matched, keep, np.random.default_rng([seed, 10])).assign_attrs(matched.attrs)
    return replace(windows, trials=matched), notes
