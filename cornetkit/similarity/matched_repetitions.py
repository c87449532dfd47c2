"""Responses averaged over repetitions that are drawn anew, for the matchings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError
from .trial_distances import close_gaps, dense_trials


class RedrawnMeans:
    """Draws as many repetitions of each stimulus as it has; neuroids and time bins share the draws.

    Parameters
    ----------
    trials
        Recordings, as rows of trials.
    ids
        Stimuli, in the order of the result.

    Raises
    ------
    InputError
        No stimulus was shown twice.
    """

    def __init__(self, trials: xr.DataArray, ids: Sequence[Any]) -> None:
        shown = trials.isel(presentation=np.isin(trials["stimulus"].values, list(ids)))
        rows = np.searchsorted(np.unique(shown["stimulus"].values), list(ids))
        dense = dense_trials(shown)[:, rows]
        self.trials, self.count = close_gaps(dense), (~np.isnan(dense)).sum(axis=0)
        if self.count.max(initial=0) < 2:
            raise InputError(
                "resampling repetitions needs stimuli that were shown at least twice, and each was "
                "shown once; resample 'stimulus'"
            )

    @property
    def size(self) -> int:
        """Repetitions of a stimulus."""
        return max(2, int(np.median(self.count)))

    def means(self, time_bin: int, generator: np.random.Generator) -> np.ndarray:
        """Return the responses of one resample in one time bin, (stimulus, neuroid)."""
        trials, count = self.trials[:, :, time_bin], self.count[:, time_bin]
        share = generator.random(trials.shape[:2])[:, :, None]
        which = np.minimum((share * count).astype(np.intp), np.maximum(count - 1, 0))
        drawn = np.take_along_axis(trials, which, axis=0)
        used = np.arange(len(trials))[:, None, None] < count
        total = np.where(used, drawn, 0.0).sum(axis=0)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
