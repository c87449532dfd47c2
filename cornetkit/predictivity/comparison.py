"""Which neuroids a normalised score rests on, and where there is no signal to normalise by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from .ceilings import score_over
from .evaluate import Evaluation
from .summary import median_over_neuroids

# One-sided 5 % of a normal distribution, and how much wider than a mean's a median's error is.
_QUANTILE = 1.645
_MEDIAN_ERROR = 1.2533


@dataclass(frozen=True)
class Comparison:
    """What scores are normalised by.

    Parameters
    ----------
    among
        The neuroids that are compared, shape (time_bin, neuroid): one set for all areas and
        steps, with a correlation between halves and with one of predictions somewhere.
    ceiling
        Their ceiling, shape (time_bin,).
    noise
        Where their halves do not correlate beyond chance, shape (time_bin,).
    """

    among: np.ndarray
    ceiling: np.ndarray
    noise: np.ndarray

    @classmethod
    def of(
        cls, evaluations: Sequence[Evaluation], ceiling: xr.DataArray, ranked: np.ndarray
    ) -> Comparison:
        """Find it from all evaluations and both results of `measure`."""
        half = ceiling["half_correlation"].values
        predicted = np.zeros(half.shape, bool)
        for evaluation in evaluations:
            predicted |= ~np.isnan(evaluation.r).all(axis=0)
        among = predicted & ~np.isnan(half)
        median = median_over_neuroids(np.where(among, half, np.nan))
        n_stimuli = median_over_neuroids(
            np.where(among, ceiling["half_stimuli"].values.astype(float), np.nan)
        )
        values = np.maximum(among.sum(axis=1) * (n_stimuli - 1), 1)
        noise = median < _QUANTILE * _MEDIAN_ERROR / np.sqrt(values)
        return cls(among, score_over(ranked, among), noise)

    def counts(self) -> int | list[int]:
        """Return the number of neuroids in each time bin; one number where all have the same."""
        counts = [int(n) for n in self.among.sum(axis=1)]
        return counts[0] if len(set(counts)) == 1 else counts
