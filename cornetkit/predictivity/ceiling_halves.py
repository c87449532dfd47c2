"""Ceilings from random halves of the repetitions."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..kernels.reliability import SplitHalf, spearman_brown, split_half, split_half_brainscore
from ..neural import repetitions_array
from .ceiling_estimate import CeilingEstimate
from .summary import error_over_splits, mean_over_splits, median_over_neuroids

# Where the scored means rest on about twice the data of a half, the field's plain doubling holds.
_ABOUT_TWICE = (1.8, 2.2)


def halves_of_repetitions(trials: xr.DataArray, n_halves: int, seed: int) -> CeilingEstimate:
    """Correlate halves of each stimulus's repetitions and correct once."""
    found = _split_half(trials, n_halves, seed)
    half, k = found.r_half, found.k
    values, extrapolated = lengthened(half, k)
    return CeilingEstimate(
        values,
        half,
        found.n_stimuli,
        np.where(half <= 0, -np.inf, values)[None],
        np.full(len(values), np.nan),
        {"lengthening": k},
        {
            "n_halves": n_halves,
            "seed": seed,
            "n_extrapolated": int(extrapolated.any(axis=0).sum()),
        },
    )


def lengthened(half: np.ndarray, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correct correlations of halves to the scored means, which rest on k times their data.

    Returns the corrected values, and where they were not simply doubled.
    """
    low, high = _ABOUT_TWICE
    extrapolated = ((k < low - 1e-9) | (k > high + 1e-9)) & (half > 0)
    return spearman_brown(half, np.where(extrapolated, k, 2.0)), extrapolated


def _split_half(trials: xr.DataArray, n_halves: int, seed: int) -> SplitHalf:
    """Return halves of arrays of shape (time_bin, neuroid)."""
    # A stimulus shown once would pad the dense array to many times its size.
    stimulus = np.unique(trials["stimulus"].values, return_inverse=True)[1]
    repeated = np.bincount(stimulus)[stimulus] > 1
    if not repeated.any():
        nothing = np.full((trials.sizes["time_bin"], trials.sizes["neuroid"]), np.nan)
        return SplitHalf(nothing, nothing, np.zeros(nothing.shape, int), nothing)
    once = trials.transpose("presentation", "time_bin", "neuroid").values[~repeated]
    n_once = (~np.isnan(once)).sum(axis=0)
    if not repeated.all():
        trials = trials.isel(presentation=repeated)
    return split_half(repetitions_array(trials), n_halves, seed, n_once)


def halves_of_repetition_ids(trials: xr.DataArray) -> CeilingEstimate:
    """Correlate halves of the repetition ids, each corrected by itself (Brain-Score)."""
    dense = repetitions_array(trials, by="repetition")
    shape = dense.shape[2:]
    n_paired = ((~np.isnan(dense)).sum(axis=0) > 1).sum(axis=0)
    if len(dense) < 2:
        half, ranked = np.full(shape, np.nan), np.full((1, *shape), np.nan)
    else:
        splits = split_half_brainscore(dense)
        half, ranked = mean_over_splits(splits.r_half, axis=0), splits.spearman_brown
    # The protocol corrects negative halves too; of one neuroid that says nothing.
    values = np.where(half > 0, mean_over_splits(ranked, axis=0), np.nan)
    error = error_over_splits(median_over_neuroids(ranked), axis=0)
    return CeilingEstimate(values, half, n_paired, ranked, error, {}, {"n_halves": 10, "seed": 1})
