"""Why a ceiling is undefined, in words."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..neural.grouping import StimulusGroups, group_sums

NO_RESPONSE = "no response"
CONSTANT = "constant"
ONE_REPETITION = "fewer than 2 repetitions"
FEW_STIMULI = "fewer than 3 stimuli with 2 repetitions"
NOT_POSITIVE = "not positive"
UNSTABLE = "predictions from the two halves do not agree"
UNDEFINED = "halves are constant"

# Responses whose range is below this share of their size vary by rounding only.
_ROUNDING = 1e-12
_MIN_STIMULI = 3


def is_constant(trials: xr.DataArray) -> np.ndarray:
    """Whether a neuroid's responses are all the same, shape (time_bin, neuroid)."""
    values = trials.transpose("presentation", "time_bin", "neuroid").values
    # fmin and fmax pass over NaN without the warning of nanmin for an empty slice.
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    size = np.maximum(np.abs(low), np.abs(high)).astype(float)
    return np.asarray(high.astype(float) - low <= _ROUNDING * size)


def count_repetitions(trials: xr.DataArray) -> np.ndarray:
    """Return the valid repetitions, shape (stimulus, time_bin, neuroid)."""
    values = trials.transpose("presentation", "time_bin", "neuroid").values
    return group_sums(values, StimulusGroups.of(trials["stimulus"].values))[1]


def find_reasons(
    values: np.ndarray, half: np.ndarray, count: np.ndarray, constant: np.ndarray
) -> np.ndarray:
    """Say why each undefined ceiling is so.

    Parameters
    ----------
    values
        Ceilings, NaN where undefined; shape (time_bin, neuroid).
    half
        Correlations between halves; the same shape.
    count
        Valid repetitions, shape (stimulus, time_bin, neuroid).
    constant
        From `is_constant`.

    Returns
    -------
    numpy.ndarray
        Text of shape (time_bin, neuroid), empty where the ceiling is defined.
    """
    few = (count >= 2).sum(axis=0) < _MIN_STIMULI
    found = np.select(
        [
            ~np.isnan(values),
            count.max(axis=0) == 0,
            constant,
            count.max(axis=0) < 2,
            few,
            half <= 0,
        ],
        ["", NO_RESPONSE, CONSTANT, ONE_REPETITION, FEW_STIMULI, NOT_POSITIVE],
        UNDEFINED,
    )
    return np.asarray(found)


def sum_up_reasons(reasons: np.ndarray) -> str:
    """Count reasons: ``3 not positive, 1 constant``; ``none`` where there is none."""
    names, counts = np.unique(reasons[reasons != ""], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{counts[i]} {names[i]}" for i in order) or "none"
