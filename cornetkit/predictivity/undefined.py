"""Why a correlation is undefined, split by split and neuroid by neuroid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from .evaluate import Evaluation
from .splits import MIN_TEST, Split

# In the order of the numbers that stand for them.
REASONS = (
    "defined",
    "no_response",
    "constant_features",
    "too_few_stimuli",
    "constant_response",
    "constant_prediction",
    "not_driven",
)
_CODE = {name: code for code, name in enumerate(REASONS)}


def why_undefined(
    evaluation: Evaluation, responses: np.ndarray, splits: Sequence[Split]
) -> np.ndarray:
    """Return a number for each correlation, its place in `REASONS`; int8, the shape of ``r``.

    Parameters
    ----------
    evaluation
        Of one area and step.
    responses
        Shape (n, time_bin, neuroid); NaN where a neuroid has no response.
    splits
        Train and test; where correlations are pooled over them, they count as one.
    """
    undefined = np.isnan(evaluation.r)
    code = np.zeros(evaluation.r.shape, np.int8)
    if not undefined.any():
        return code
    # Only those are looked at, since a copy of all responses may not fit beside them.
    columns = undefined.any(axis=0)
    responses = responses[:, columns]
    present = ~np.isnan(responses)
    if len(evaluation.r) < len(splits):
        tests = np.unique(np.concatenate([test for _, test in splits]))
        splits = [(np.arange(len(responses)), tests)]
    for k, (train, test) in enumerate(splits):
        few = (present[train].sum(axis=0) < MIN_TEST) | (present[test].sum(axis=0) < MIN_TEST)
        found = np.select(
            [~present.any(axis=0), few, _constant(responses[test]), _constant(responses[train])],
            [
                _CODE["no_response"],
                _CODE["too_few_stimuli"],
                _CODE["constant_response"],
                _CODE["constant_response"],
            ],
            _CODE["constant_features" if evaluation.constant_features else "constant_prediction"],
        )
        code[k][columns] = np.where(undefined[k][columns], found, 0)
    return code


def _constant(values: np.ndarray) -> np.ndarray:
    missing = np.isnan(values)
    high = np.where(missing, -np.inf, values).max(axis=0)
    low = np.where(missing, np.inf, values).min(axis=0)
    return np.asarray(high <= low)


def add_reasons(scores: xr.Dataset, found: Sequence[tuple[str, int, np.ndarray]]) -> xr.Dataset:
    """Add ``undefined`` to scores, with the dims of ``r``: 0, or why there is none.

    Parameters
    ----------
    scores
        From `collect`.
    found
        Area, step and what `why_undefined` returned, for each that was scored.
    """
    dims = ("area", "time", "split", "time_bin", "neuroid")
    shape = tuple(scores.sizes[dim] for dim in dims)
    code = np.full(shape, _CODE["not_driven"], np.int8)
    areas, steps = scores["area"].values.tolist(), scores["time"].values.tolist()
    for area, step, values in found:
        code[areas.index(area), steps.index(step)] = values
    scores["undefined"] = xr.DataArray(
        code,
        dims=dims,
        attrs={
            "flag_values": list(range(len(REASONS))),
            "flag_meanings": " ".join(REASONS),
        },
    ).transpose(*scores["r"].dims)
    return scores
