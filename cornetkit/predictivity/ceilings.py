"""Noise ceilings: how much of a response repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, listing, unknown_name
from ..kernels.reliability import spearman_brown, split_half, split_half_brainscore
from ..neural import open_recordings, repetitions_array
from .summary import error_over_splits, mean_over_splits, median_over_neuroids

METHODS = ("split-half", "brainscore")
# Where the scored means rest on about twice the data of a half, the field's plain doubling holds.
_ABOUT_TWICE = (1.8, 2.2)


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
        correlation r of the half means over stimuli is averaged over many splits and then
        corrected once (Spearman-Brown, see Notes). ``brainscore``: 10 random halves of the
        repetition ids (seed 1), each corrected by itself.
    n_halves
        Number of random halves (``split-half``).
    rng
        Seed or generator of the halves (``split-half``).
    stimuli
        Take only these stimulus ids; the recordings have to hold all of them.

    Returns
    -------
    DataArray
        ``ceiling`` of dims (time_bin, neuroid), NaN where it is undefined: fewer than 2
        repetitions, fewer than 3 stimuli, or halves that do not correlate positively.
        Coordinates: ``half_correlation`` (time_bin, neuroid), between the halves, before the
        correction; ``half_stimuli`` (time_bin, neuroid), the stimuli with two repetitions or
        more that it rests on; ``lengthening`` (time_bin, neuroid), k of the Notes
        (``split-half`` only); ``ceiling_score`` and ``ceiling_error`` (time_bin), the median
        over neuroids and its standard error over the splits of the ``brainscore`` method (NaN
        otherwise). In the median of ``split-half`` a neuroid whose halves do not correlate
        positively ranks below all others instead of being left out, which would flatter the rest;
        under ``brainscore`` it enters with what the correction makes of it, as the protocol has
        it.

    Raises
    ------
    InputError
        The recordings are not valid, or do not hold all of `stimuli`.
    UnknownNameError
        There is no such method.

    Notes
    -----
    A perfect prediction reaches r = sqrt(ceiling) on average, and r^2 = ceiling.

    ``split-half`` corrects to the means over all repetitions of all stimuli, which are what is
    scored. These rest on k times the data of a half: k is the mean over repeated stimuli of 1/m
    (m = n // 2 repetitions a half) over the mean over all stimuli of 1/n. With even and equal
    repetitions k = 2. From 1.8 to 2.2 the correction is the usual 2r / (1 + r); elsewhere (few
    and odd repetitions, unequal ones, stimuli shown once) it is the general k r / (1 + (k - 1) r)
    of Spearman (1910) and Brown (1910), which takes the repeated stimuli to be like the others.
    The attribute ``n_extrapolated`` counts the neuroids whose ceiling rests on the latter.
    """
    if method not in METHODS:
        raise unknown_name("ceiling method", method, METHODS)
    trials = open_recordings(recordings)
    if stimuli is not None:
        trials = _choose(trials, stimuli)
    return measure(trials, method, n_halves, rng)[0]


def measure(
    trials: xr.DataArray,
    method: str,
    n_halves: int = 100,
    rng: int | np.random.Generator = 0,
) -> tuple[xr.DataArray, np.ndarray]:
    """Return what `ceiling` returns, and what `score_over` sums up to one number a time bin."""
    coords = {
        name: c for name, c in trials.coords.items() if c.dims in (("time_bin",), ("neuroid",))
    }
    shape = (trials.sizes["time_bin"], trials.sizes["neuroid"])
    attrs: dict[str, Any] = {
        "method": method,
        "units": "r^2",
        "n_stimuli": len(np.unique(trials["stimulus"].values)),
    }
    if method == "split-half":
        attrs |= {"n_halves": n_halves, "seed": rng if isinstance(rng, int) else "generator"}
        half, n_paired, k = _halves_of_repetitions(trials, shape, n_halves, rng)
        low, high = _ABOUT_TWICE
        extrapolated = ((k < low - 1e-9) | (k > high + 1e-9)) & (half > 0)
        values = spearman_brown(half, np.where(extrapolated, k, 2.0))
        attrs["n_extrapolated"] = int(extrapolated.any(axis=0).sum())
        coords["lengthening"] = xr.Variable(("time_bin", "neuroid"), k)
        ranked = np.where(half <= 0, -np.inf, values)[None]
        error = np.full(shape[0], np.nan)
    else:
        attrs |= {"n_halves": 10, "seed": 1}
        half, n_paired, ranked = _halves_of_repetition_ids(trials, shape)
        # The protocol corrects negative halves too; of one neuroid that says nothing.
        values = np.where(half > 0, mean_over_splits(ranked, axis=0), np.nan)
        error = error_over_splits(median_over_neuroids(ranked), axis=0)
    ceilings = xr.DataArray(
        values,
        dims=("time_bin", "neuroid"),
        coords={
            **coords,
            "half_correlation": (("time_bin", "neuroid"), half),
            "half_stimuli": (("time_bin", "neuroid"), n_paired),
            "ceiling_score": ("time_bin", score_over(ranked)),
            "ceiling_error": ("time_bin", error),
        },
        name="ceiling",
        attrs=attrs | {"n_undefined": int(np.isnan(values).sum())},
    )
    return ceilings, ranked


def score_over(ranked: np.ndarray, among: np.ndarray | bool = True) -> np.ndarray:
    """Return the median over neuroids and then the mean over splits, shape (time_bin,).

    Parameters
    ----------
    ranked
        From `measure`, shape (split, time_bin, neuroid); -inf ranks below all others.
    among
        Which neuroids to take, shape (time_bin, neuroid).
    """
    medians = median_over_neuroids(np.where(among, ranked, np.nan))
    score = mean_over_splits(medians, axis=0)
    return np.where(np.isfinite(score), score, np.nan)


def _choose(trials: xr.DataArray, stimuli: Sequence[Any]) -> xr.DataArray:
    wanted = [stimuli] if isinstance(stimuli, str) else list(stimuli)
    known = set(trials["stimulus"].values.tolist())
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise InputError(
            f"the recordings do not hold {len(unknown)} of the {len(wanted)} stimuli that were "
            f"asked for ({listing(unknown, 3) or 'there were none'}); the ids have to be the same"
        )
    return trials.isel(presentation=np.isin(trials["stimulus"].values, wanted))


def _halves_of_repetitions(
    trials: xr.DataArray, shape: tuple[int, int], n_halves: int, rng: int | np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return r between halves, the stimuli it rests on, and k, each (time_bin, neuroid)."""
    labels = [
        np.unique(trials[name].values, return_inverse=True)[1]
        for name in ("session", "repetition", "stimulus")
        if name in trials.coords and trials[name].dims == ("presentation",)
    ]
    # The halves are drawn trial by trial: their order comes from the labels, not from the file.
    order = np.lexsort(labels)
    # A stimulus shown once would pad the dense array to many times its size.
    stimulus = labels[-1]
    repeated = np.bincount(stimulus)[stimulus] > 1
    order = order[repeated[order]]
    if not order.size:
        return np.full(shape, np.nan), np.zeros(shape, int), np.full(shape, np.nan)
    once = trials.transpose("presentation", "time_bin", "neuroid").values[~repeated]
    n_once = (~np.isnan(once)).sum(axis=0).reshape(-1)
    if not np.array_equal(order, np.arange(trials.sizes["presentation"])):
        trials = trials.isel(presentation=order)
    dense = repetitions_array(trials)
    found = split_half(dense.reshape(*dense.shape[:2], -1), n_halves, rng, n_once)
    return found.r_half.reshape(shape), found.n_stimuli.reshape(shape), found.k.reshape(shape)


def _halves_of_repetition_ids(
    trials: xr.DataArray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return r of the halves and the stimuli it rests on, and corrected (split, ...)."""
    dense = repetitions_array(trials, by="repetition")
    n_paired = ((~np.isnan(dense)).sum(axis=0) > 1).sum(axis=0)
    if len(dense) < 2:
        return np.full(shape, np.nan), n_paired, np.full((1, *shape), np.nan)
    splits = split_half_brainscore(dense.reshape(*dense.shape[:2], -1))
    half = mean_over_splits(splits.r_half.reshape(-1, *shape), axis=0)
    return half, n_paired, splits.spearman_brown.reshape(-1, *shape)
