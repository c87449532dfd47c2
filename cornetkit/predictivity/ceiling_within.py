"""Ceilings over the stimuli that a correlation is taken over: the held-out ones of each split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .ceiling_halves import lengthened
from .ceiling_reasons import NOT_POSITIVE, sum_up_reasons
from .ceilings import measure, score_over
from .folds import Folds
from .protocols import Protocol
from .summary import mean_over_splits

OVER_ALL = (
    "the ceiling is over all stimuli, and r within the held-out ones of each split, which differ "
    "less among each other: normalised scores are too low; take the ceiling split-half "
    "(ceiling='split-half', --ceiling split-half), which is taken within them"
)


def measure_for(
    trials: xr.DataArray, plan: Protocol, folds: Folds, ids: Sequence[Any]
) -> tuple[xr.DataArray, np.ndarray, list[str]]:
    """Return both results of `measure` for the splits that are scored, and notes.

    Where the held-out stimuli of a split are alike (one object, one cluster), responses vary less
    within them than over all stimuli. A ceiling over all would promise a correlation that no
    prediction can reach; so halves are correlated within each split, as predictions are, and
    averaged over splits before they are corrected. Random splits need no such thing.

    Parameters
    ----------
    trials
        The trials that a ceiling may rest on.
    plan
        Says the ceiling.
    folds
        The splits.
    ids
        Their stimuli.
    """
    alike = folds.groups is not None or plan.splits in ("held-out", "distance", "stored")
    if not alike or len(folds.splits) < 2:
        return *measure(trials, plan.ceiling), []
    if plan.ceiling != "split-half":
        return *measure(trials, plan.ceiling), [OVER_ALL]
    stimulus = trials["stimulus"].values
    over_all = measure(trials, plan.ceiling)[0]
    within = []
    for _, test in folds.splits:
        chosen = np.isin(stimulus, [ids[row] for row in test])
        within.append(measure(trials.isel(presentation=chosen), plan.ceiling)[0])
    return *_average(over_all, within), []


def _average(
    over_all: xr.DataArray, within: Sequence[xr.DataArray]
) -> tuple[xr.DataArray, np.ndarray]:
    """Average the correlations of halves over splits, then correct once."""
    half, k = (
        mean_over_splits(np.stack([part[name].values for part in within]), axis=0)
        for name in ("half_correlation", "lengthening")
    )
    values, extrapolated = lengthened(half, k)
    # A split of n stimuli says as much as n - 1 independent ones.
    free = np.sum([np.maximum(part["half_stimuli"].values - 1, 0) for part in within], axis=0)
    ranked = np.where(half <= 0, -np.inf, values)[None]
    reasons = np.where(np.isnan(values), over_all["reason"].values, "")
    reasons = np.where(np.isnan(values) & (reasons == ""), NOT_POSITIVE, reasons)
    dims = over_all.dims
    ceilings = over_all.copy(data=values).assign_coords(
        half_correlation=(dims, half),
        lengthening=(dims, k),
        half_stimuli=(dims, free + 1),
        reason=(dims, reasons),
        ceiling_score=("time_bin", score_over(ranked)),
    )
    ceilings.attrs |= {
        "within": "the held-out stimuli of each split",
        "n_extrapolated": int(extrapolated.any(axis=0).sum()),
        "n_undefined": int(np.isnan(values).sum()),
        "reasons": sum_up_reasons(reasons),
    }
    return ceilings, ranked
