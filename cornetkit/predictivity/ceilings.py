"""Noise ceilings: how much of a response repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import unknown_name
from ..kernels.reliability import split_half, split_half_brainscore
from ..neural import open_recordings, repetitions_array
from .summary import median_over_neuroids

METHODS = ("split-half", "brainscore")


def ceiling(
    recordings: Any,
    *,
    method: str = "split-half",
    n_halves: int = 100,
    rng: int | np.random.Generator = 0,
    stimuli: Sequence[Any] | None = None,
) -> xr.DataArray:
    """Return each neuroid's reliability over repetitions, in units of r^2.

    Parameters
    ----------
    recordings
        What `open_recordings` takes.
    method
        ``split-half``: the repetitions of every stimulus are split into random equal halves; the
        correlation of the half means over stimuli is averaged over many splits and then
        corrected once (Spearman-Brown). ``brainscore``: 10 random halves of the repetition ids
        (seed 1), each corrected by itself.
    n_halves
        Number of random halves (``split-half``).
    rng
        Seed or generator of the halves (``split-half``).
    stimuli
        Take only these stimulus ids.

    Returns
    -------
    DataArray
        ``ceiling`` of dims (time_bin, neuroid), NaN where it is undefined: fewer than 2
        repetitions, fewer than 3 stimuli, or halves that do not correlate positively.
        Coordinates: ``half_correlation`` (time_bin, neuroid), between the halves, before the
        correction; ``ceiling_score`` and ``ceiling_error`` (time_bin), the median over neuroids
        and its standard error over the splits of the ``brainscore`` method (NaN otherwise). In
        the median of ``split-half`` a neuroid whose halves do not correlate positively ranks
        below all others instead of being left out, which would flatter the rest.

    Notes
    -----
    A perfect prediction reaches r = sqrt(ceiling) on average, and r^2 = ceiling.
    """
    if method not in METHODS:
        raise unknown_name("ceiling method", method, METHODS)
    trials = open_recordings(recordings)
    if stimuli is not None:
        trials = trials.isel(presentation=np.isin(trials["stimulus"].values, list(stimuli)))
    coords = {
        name: c for name, c in trials.coords.items() if c.dims in (("time_bin",), ("neuroid",))
    }
    shape = (trials.sizes["time_bin"], trials.sizes["neuroid"])
    if method == "split-half":
        dense = repetitions_array(trials)
        halves = split_half(dense.reshape(*dense.shape[:2], -1), n_halves=n_halves, rng=rng)
        values = halves.spearman_brown.reshape(shape)
        half = halves.r_half.reshape(shape)
        ranked = median_over_neuroids(np.where(half <= 0, -np.inf, values))
        score = np.where(np.isfinite(ranked), ranked, np.nan)
        error = np.full(shape[0], np.nan)
    else:
        dense = repetitions_array(trials, by="repetition")
        splits = split_half_brainscore(dense.reshape(*dense.shape[:2], -1))
        corrected = splits.spearman_brown.reshape(-1, *shape)
        values, half = _mean(corrected), _mean(splits.r_half.reshape(-1, *shape))
        medians = median_over_neuroids(corrected)
        score, error = _mean(medians), medians.std(axis=0) / np.sqrt(len(medians))
    return xr.DataArray(
        values,
        dims=("time_bin", "neuroid"),
        coords={
            **coords,
            "half_correlation": (("time_bin", "neuroid"), half),
            "ceiling_score": ("time_bin", score),
            "ceiling_error": ("time_bin", error),
        },
        name="ceiling",
        attrs={"method": method, "units": "r^2", "n_undefined": int(np.isnan(values).sum())},
    )


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis of what is defined, NaN where nothing is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
