"""Repeated trials as a dense array, and counts and means over repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError


def check_trials(trials: np.ndarray) -> np.ndarray:
    """Return trials (repetition, stimulus, ...) as float64 (repetition, stimulus, target).

    Repetitions that a stimulus does not have are NaN, wherever they stand on their axis.
    """
    trials = np.asarray(trials, dtype=np.float64)
    if trials.ndim < 2:
        raise InputError(
            f"trials of shape {trials.shape} were given; expected (repetition, stimulus, target...)"
        )
    flat = trials.reshape(*trials.shape[:2], -1)
    if np.isinf(flat).any():
        bad = int(np.isinf(flat).any(axis=(0, 2)).sum())
        raise InputError(f"responses are infinite for {bad} of {flat.shape[1]} stimuli; mend them")
    return flat


def count_and_mean(trials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return valid repetitions and their mean, both (stimulus, target); the mean of none is NaN.

    Equal repetitions have exactly their value as mean: one that rounds would give a silent
    neuroid a variance.
    """
    valid = ~np.isnan(trials)
    count = valid.sum(axis=0)
    total = np.where(valid, trials, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    low = np.where(valid, trials, np.inf).min(axis=0, initial=np.inf)
    high = np.where(valid, trials, -np.inf).max(axis=0, initial=-np.inf)
    return count, np.where(low == high, low, mean)


@dataclass(frozen=True)
class Moments:
    """The repetitions of each stimulus summed up, each array of shape (stimulus, target...).

    Attributes
    ----------
    count : array of int
        Valid repetitions.
    mean : array
        Their mean; NaN where there is none.
    variance : array
        Their unbiased variance; 0 where there are fewer than two.
    """

    count: np.ndarray
    mean: np.ndarray
    variance: np.ndarray

    @classmethod
    def of(cls, trials: np.ndarray) -> Moments:
        """Sum up trials of shape (repetition, stimulus, target...); missing ones are NaN."""
        shape = np.shape(trials)[1:]
        flat = check_trials(trials)
        count, mean = count_and_mean(flat)
        squares = np.where(np.isnan(flat), 0.0, flat - mean) ** 2
        variance = squares.sum(axis=0) / np.maximum(count - 1, 1)
        return cls(*(part.reshape(shape) for part in (count, mean, variance)))
