"""Scores: the labelled result of predict, and how neuroids and splits are summed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from .comparison import Comparison
from .evaluate import Evaluation
from .features import Features
from .halves import CORRECTION, N_HALVES
from .normalize import describe_normalized, explained_variance, normalize
from .protocols import PENALISED, Protocol
from .summary import error_over_splits, mean_over_splits, median_over_neuroids

_RESAMPLES = 400
# Values of all resamples that are held at once.
_BLOCK_VALUES = 2**22


def collect(
    evaluations: Sequence[tuple[Features, Evaluation]],
    skipped: Sequence[Features],
    averaged: xr.DataArray,
    ceiling: xr.DataArray,
    comparison: Comparison,
    plan: Protocol,
    attrs: Mapping[str, Any],
    with_interval: bool = True,
) -> xr.Dataset:
    """Put the evaluations of all areas and steps into one Dataset.

    Parameters
    ----------
    evaluations
        Each scored area and step.
    skipped
        Areas and steps that the image has not reached; they stay NaN.
    averaged
        Responses of dims (stimulus, time_bin, neuroid): gives the labels.
    ceiling
        From `ceiling`.
    comparison
        What is normalised, and by what.
    plan
        How to sum up and normalise.
    attrs
        Provenance.
    with_interval
        Whether intervals come from draws of neuroids; otherwise they are NaN.
    """
    everything = [*(f for f, _ in evaluations), *skipped]
    areas = list(dict.fromkeys(f.area for f in sorted(everything, key=lambda f: f.order)))
    steps = sorted({f.step for f in everything})
    first = evaluations[0][1]
    shape = (len(areas), len(steps), *first.r.shape)
    r, alpha = np.full(shape, np.nan), np.full(shape, np.nan)
    edge, driven = np.zeros(shape, np.int8), np.zeros(shape[:2], bool)
    limits = np.full((2, *shape[:2]), np.nan)
    reliability = np.full((*shape[:2], *shape[3:]), np.nan)
    for features, evaluation in evaluations:
        where = areas.index(features.area), steps.index(features.step)
        r[where], alpha[where], edge[where] = evaluation.r, evaluation.alpha, evaluation.edge
        driven[where] = True
        if evaluation.reliability is not None:
            reliability[where] = evaluation.reliability
    for features in everything:
        limits[:, areas.index(features.area), steps.index(features.step)] = features.time_ms
    dims = ("area", "time", "split", "time_bin", "neuroid")
    order = ("area", "time", "time_bin", "split", "neuroid")
    labels = {n: c for n, c in averaged.coords.items() if c.dims in (("time_bin",), ("neuroid",))}
    data = xr.Dataset(
        {"r": xr.DataArray(r, dims=dims).transpose(*order)},
        coords={
            "area": areas,
            "time": steps,
            **labels,
            "driven": (("area", "time"), driven),
            "time_start_ms": (("area", "time"), limits[0]),
            "time_end_ms": (("area", "time"), limits[1]),
        },
        attrs=dict(attrs),
    )
    if plan.method in PENALISED:
        data["alpha"] = xr.DataArray(alpha, dims=dims).transpose(*order)
        data["alpha_at_edge"] = xr.DataArray(edge, dims=dims).transpose(*order)
    if plan.standardize:
        dropped = np.zeros(shape[:3], np.int64)
        for features, evaluation in evaluations:
            where = areas.index(features.area), steps.index(features.step)
            dropped[where] = evaluation.n_constant_units
        data["n_constant_units"] = (dims[:3], dropped)
    data["ceiling"] = (("time_bin", "neuroid"), ceiling.values, ceiling.attrs)
    if plan.normalization == "%EV":
        data["prediction_ceiling"] = (
            ("area", "time", "time_bin", "neuroid"),
            reliability,
            {"n_halves": N_HALVES, "seed": plan.seed, "correction": CORRECTION},
        )
    data["ceiling_reason"] = (("time_bin", "neuroid"), ceiling["reason"].values)
    data["half_correlation"] = (("time_bin", "neuroid"), ceiling["half_correlation"].values)
    # The printed ceiling of a frozen protocol is the protocol's.
    theirs = plan.ceiling == "brainscore"
    shown = ceiling["ceiling_score"].values if theirs else comparison.ceiling
    data["ceiling_score"] = ("time_bin", shown)
    data["ceiling_error"] = ("time_bin", ceiling["ceiling_error"].values)
    return _sum_up(data, comparison, plan, with_interval)


def _sum_up(
    data: xr.Dataset, comparison: Comparison, plan: Protocol, with_interval: bool
) -> xr.Dataset:
    """Add ``score``, its error and interval, and ``normalized`` to a Dataset with ``r``."""
    dims = ("area", "time", "time_bin")
    r = data["r"].transpose(*dims, "split", "neuroid").values
    medians = median_over_neuroids(r)
    score = mean_over_splits(medians, axis=-1)
    data["score"] = (dims, score)
    data["score_error"] = (dims, error_over_splits(medians, axis=-1))
    low, high = np.full((2, *score.shape), np.nan)
    if with_interval:
        low, high = _neuroid_interval(r, plan.seed)
        # Percentiles of a skewed bootstrap (or rounding, with one neuroid) can pass by the score.
        low, high = np.fmin(low, score), np.fmax(high, score)
    data["score_low"], data["score_high"] = (dims, low), (dims, high)
    data["score_low"].attrs = data["score_high"].attrs = {
        "interval": "95 %, bootstrap over neuroids only: neither the choice of stimuli nor that "
        "of the splits is in it"
    }
    ev = None
    if plan.normalization == "%EV":
        ev = explained_variance(r, data["ceiling"].values, data["prediction_ceiling"].values)
        data["explained_variance"] = ((*dims, "neuroid"), ev, {"units": "%"})
    data["normalized"] = (
        dims,
        normalize(r, comparison, plan, ev),
        describe_normalized(comparison, plan),
    )
    return data


def _neuroid_interval(r: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % limits of the score of r (..., split, neuroid) over draws of neuroids."""
    low, high = np.full((2, *r.shape[:-2]), np.nan)
    for where in np.ndindex(*r.shape[:-2]):
        values = r[where]
        values = values[:, ~np.isnan(values).all(axis=0)]
        if not values.size:
            continue
        rng = np.random.default_rng(seed)
        n_neuroids = values.shape[1]
        scores = np.empty(_RESAMPLES)
        # A few draws at a time: all at once would be 400 times as large as the values.
        step = max(1, _BLOCK_VALUES // values.size)
        for start in range(0, _RESAMPLES, step):
            part = scores[start : start + step]
            draws = rng.integers(n_neuroids, size=(len(part), n_neuroids))
            part[:] = mean_over_splits(median_over_neuroids(values[:, draws]), axis=0)
        low[where], high[where] = np.nanpercentile(scores, [2.5, 97.5])
    return low, high
