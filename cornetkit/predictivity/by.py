"""Scores summed up for each animal, or any other part of the neuroids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from .comparison import Comparison
from .evaluate import Evaluation
from .normalize import normalize
from .protocols import Protocol
from .summary import error_over_splits, mean_over_splits, median_over_neuroids


def add_parts(
    scores: xr.Dataset,
    parts: np.ndarray,
    evaluations: Sequence[Evaluation],
    ceilings: xr.DataArray,
    ranked: np.ndarray,
    plan: Protocol,
) -> xr.Dataset:
    """Add the scores of each part to a Dataset, along a new dim ``by``.

    Parameters
    ----------
    scores
        From `collect`.
    parts
        A label for each neuroid, shape (neuroid,).
    evaluations, ceilings, ranked
        What the comparison of all neuroids was made from.
    plan
        How scores are summed up.

    Returns
    -------
    Dataset
        With ``score_by``, ``score_error_by`` and ``normalized_by`` (by, area, time, time_bin),
        ``ceiling_score_by`` (by, time_bin) and ``n_neuroids_by`` (by); the coordinate ``by``
        holds the values, its attribute ``coordinate`` their name.
    """
    values = np.unique(parts)
    dims = ("area", "time", "time_bin")
    r = scores["r"].transpose(*dims, "split", "neuroid").values
    ev = None
    if "explained_variance" in scores:
        ev = scores["explained_variance"].transpose(*dims, "neuroid").values
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("score", "error", "norm", "c")}
    for value in values:
        within = parts == value
        comparison = Comparison.of(evaluations, ceilings, ranked, plan.min_split_share, within)
        medians = median_over_neuroids(np.where(within, r, np.nan))
        found["score"].append(mean_over_splits(medians, axis=-1))
        found["error"].append(error_over_splits(medians, axis=-1))
        found["norm"].append(normalize(r, comparison, plan, ev))
        found["c"].append(comparison.ceiling)
    scores = scores.assign_coords(by=("by", values, {"coordinate": str(plan.by)}))
    scores["score_by"] = (("by", *dims), np.stack(found["score"]))
    scores["score_error_by"] = (("by", *dims), np.stack(found["error"]))
    scores["normalized_by"] = (("by", *dims), np.stack(found["norm"]))
    scores["normalized_by"].attrs = {"formula": scores["normalized"].attrs["formula"]}
    scores["ceiling_score_by"] = (("by", "time_bin"), np.stack(found["c"]))
    scores["n_neuroids_by"] = ("by", np.array([int((parts == value).sum()) for value in values]))
    return scores
