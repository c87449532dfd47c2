"""Distances that need repetitions: Mahalanobis and crossnobis, and RDMs of halves of the trials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..errors import InputError
from ..kernels.crossnobis import covariance_of, crossnobis, has_own_noise, squared_distances
from ..kernels.noise_covariance import whiten
from ..neural import repetitions_array

TRIAL_METRICS = ("crossnobis", "mahalanobis")


@dataclass
class Population:
    """The trials of some neuroids in one time bin.

    Parameters
    ----------
    trials
        Shape (repetition, stimulus, neuroid); a missing trial is NaN in all neuroids.
    n_silent
        Neuroids left out: no response at all, or no noise.
    n_lost
        Trials left out because only some of the neuroids have a response.
    own_noise
        Whether distances had to be measured in noise that enters them, which biases them.
    """

    trials: np.ndarray
    n_silent: int = 0
    n_lost: int = 0
    own_noise: bool = False

    @classmethod
    def of(cls, trials: np.ndarray) -> Population:
        """Take trials with responses missing anywhere."""
        nowhere = np.isnan(trials).all(axis=(0, 1))
        kept = trials[:, :, ~nowhere]
        missing = np.isnan(kept)
        n_lost = 0
        if missing.any():
            whole = ~missing.any(axis=2)
            if (missing.all(axis=2) | whole).all():
                pass  # whole trials are missing
            else:
                kept = close_gaps(kept)
                missing = np.isnan(kept)
                partly = missing.any(axis=2) & ~missing.all(axis=2)
                n_lost = int(partly.sum())
                kept = np.where(partly[:, :, None], np.nan, kept)
        still = _without_noise(kept)
        return cls(kept[:, :, ~still], int(nowhere.sum() + still.sum()), n_lost)

    @property
    def n_units(self) -> int:
        """Number of neuroids."""
        return self.trials.shape[2]

    def rdm(self, metric: str, noise: str) -> np.ndarray:
        """Return the RDM (stimulus, stimulus), per neuroid; NaN where nothing can be said."""
        n = self.trials.shape[1]
        count = (~np.isnan(self.trials[:, :, :1])).sum(axis=(0, 2)) if self.n_units else np.zeros(n)
        if not self.n_units or count.max(initial=0) < 2:
            return np.full((n, n), np.nan)
        if metric == "crossnobis":
            if noise == "identity":
                return crossnobis(self.trials, noise)
            self.own_noise = has_own_noise(self.trials)
            trials = self.trials if self.own_noise else self._noisy_without_any()
            return crossnobis(trials, noise) if trials.shape[2] else np.full((n, n), np.nan)
        whitened = whiten(self.trials, covariance_of(self.trials, noise))
        there = ~np.isnan(whitened[:, :, :1])
        mean = np.where(there, whitened, 0.0).sum(axis=0) / np.maximum(count, 1)[:, None]
        mean[count == 0] = np.nan
        products = mean @ mean.T
        return squared_distances(products, self.n_units)

    def _noisy_without_any(self) -> np.ndarray:
        """Return the trials of neuroids that have noise whichever repetition is left out.

        One that fires in a single repetition has none in the others, and no unit to be measured in.
        """
        still = np.zeros(self.n_units, dtype=bool)
        for repetition in range(len(self.trials)):
            still |= _without_noise(np.delete(self.trials, repetition, axis=0))
        self.n_silent += int(still.sum())
        self.trials = self.trials[:, :, ~still]
        return self.trials


def close_gaps(trials: np.ndarray) -> np.ndarray:
    """Move each neuroid's valid repetitions of a stimulus to the front, in their order.

    Neuroids that were recorded on different days share no trial; their noise is independent, and
    their first trials, second trials, ... stand in for common ones.
    """
    order = np.argsort(np.isnan(trials), axis=0, kind="stable")
    return np.take_along_axis(trials, order, axis=0)


def _without_noise(trials: np.ndarray) -> np.ndarray:
    """Return which neuroids respond the same in all trials of every stimulus, by range."""
    if not trials.size:
        return np.zeros(trials.shape[2], dtype=bool)
    missing = np.isnan(trials)
    high = np.where(missing, -np.inf, trials).max(axis=0)
    low = np.where(missing, np.inf, trials).min(axis=0)
    return ~(high > low).any(axis=0)


def dense_trials(trials: xr.DataArray) -> np.ndarray:
    """Return (repetition, stimulus, time_bin, neuroid), stimuli sorted by id.

    Repetitions go by their ids where these count them, so that a run stays a run; otherwise each
    stimulus's trials are counted in the order of their labels.
    """
    if "repetition" in trials.coords:
        _, counts = np.unique(trials["stimulus"].values, return_counts=True)
        n_ids = len(np.unique(trials["repetition"].values))
        if n_ids == counts.max():
            return repetitions_array(trials, by="repetition").astype(np.float64, copy=False)
    return repetitions_array(trials).astype(np.float64, copy=False)


def check_repeated(trials: xr.DataArray, metric: str) -> None:
    """Raise `InputError` where no stimulus was shown twice."""
    _, counts = np.unique(trials["stimulus"].values, return_counts=True)
    if counts.max() < 2:
        raise InputError(
            f"'{metric}' needs repetitions, and every stimulus was shown once; use metric="
            "'correlation' or 'euclidean'"
        )


def populations(
    dense: np.ndarray, codes: np.ndarray, n_subjects: int
) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    """Yield ((subject, time bin), trials of shape (repetition, stimulus, neuroid))."""
    for subject in range(n_subjects):
        for time_bin in range(dense.shape[2]):
            yield (subject, time_bin), dense[:, :, time_bin][:, :, codes == subject]
