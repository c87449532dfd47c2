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


def enough_splits(r: np.ndarray, min_share: float) -> np.ndarray:
    """Whether neuroids have an r in enough splits, (..., neuroid) of r (..., split, neuroid).

    One that has it in a few only would count as much as the others, on far fewer stimuli.
    """
    share = (~np.isnan(r)).mean(axis=-2)
    return (share > 0) & (share >= min_share)


def chance_limit(n_neuroids: np.ndarray | int, n_stimuli: np.ndarray | float) -> np.ndarray:
    """Return what the median correlation between halves exceeds by chance in 5 % of cases."""
    values = np.maximum(np.multiply(n_neuroids, np.subtract(n_stimuli, 1)), 1)
    return np.asarray(_QUANTILE * _MEDIAN_ERROR / np.sqrt(values))


@dataclass(frozen=True)
class Comparison:
    """What scores are normalised by.

    Parameters
    ----------
    among
        The neuroids that are compared, shape (time_bin, neuroid): one set for all areas and
        steps, with a correlation between halves, and with one of predictions in enough splits of
        some area and step.
    ceiling
        Their ceiling, shape (time_bin,).
    noise
        Where their halves do not correlate beyond chance, shape (time_bin,).
    n_too_few_splits
        Neuroids that have a correlation of predictions in too few splits in some time bin.
    """

    among: np.ndarray
    ceiling: np.ndarray
    noise: np.ndarray
    n_too_few_splits: int = 0

    @classmethod
    def of(
        cls,
        evaluations: Sequence[Evaluation],
        ceiling: xr.DataArray,
        ranked: np.ndarray,
        min_split_share: float = 0.0,
        within: np.ndarray | bool = True,
    ) -> Comparison:
        """Find it from all evaluations and both results of `measure`.

        Of the neuroids `within` only; an r counts where it is there in the share of the splits.
        """
        half = ceiling["half_correlation"].values
        predicted, somewhere = np.zeros(half.shape, bool), np.zeros(half.shape, bool)
        for evaluation in evaluations:
            somewhere |= ~np.isnan(evaluation.r).all(axis=0)
            predicted |= enough_splits(evaluation.r.swapaxes(0, 1), min_split_share)
        too_few = (somewhere & ~predicted & within).any(axis=0)
        among = predicted & ~np.isnan(half) & within
        median = median_over_neuroids(np.where(among, half, np.nan))
        n_stimuli = median_over_neuroids(
            np.where(among, ceiling["half_stimuli"].values.astype(float), np.nan)
        )
        noise = median < chance_limit(among.sum(axis=1), n_stimuli)
        return cls(among, score_over(ranked, among), noise, int(too_few.sum()))

    def counts(self) -> int | list[int]:
        """Return the number of neuroids in each time bin; one number where all have the same."""
        counts = [int(n) for n in self.among.sum(axis=1)]
        return counts[0] if len(set(counts)) == 1 else counts
