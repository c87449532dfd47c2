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
        below all others instead of being left out, which would flatter the rest; under
        ``brainscore`` it enters with what the correction makes of it, as the protocol has it.

    Raises
    ------
    InputError
        The recordings are not valid, or hold none of `stimuli`.
    UnknownNameError
        There is no such method.

    Notes
    -----
    A perfect prediction reaches r = sqrt(ceiling) on average, and r^2 = ceiling.
    """
    if method not in METHODS:
        raise unknown_name("ceiling method", method, METHODS)
    trials = open_recordings(recordings)
    if stimuli is not None:
        chosen = np.isin(trials["stimulus"].values, list(stimuli))
        if not chosen.any():
            raise InputError(
                f"the recordings hold none of the {len(stimuli)} stimuli that were asked for "
                f"({listing(stimuli, 3)}); the ids have to be the same"
            )
        trials = trials.isel(presentation=chosen)
    coords = {
        name: c for name, c in trials.coords.items() if c.dims in (("time_bin",), ("neuroid",))
    }
    shape = (trials.sizes["time_bin"], trials.sizes["neuroid"])
    attrs: dict[str, Any] = {"method": method, "units": "r^2"}
    if method == "split-half":
        attrs |= {"n_halves": n_halves, "seed": rng if isinstance(rng, int) else "generator"}
        half = _half_correlation(trials, shape, n_halves, rng)
        values = spearman_brown(half)
        ranked = median_over_neuroids(np.where(half <= 0, -np.inf, values))
        score = np.where(np.isfinite(ranked), ranked, np.nan)
        error = np.full(shape[0], np.nan)
    else:
        attrs |= {"n_halves": 10, "seed": 1}
        half, corrected = _halves_of_repetition_ids(trials, shape)
        # The protocol corrects negative halves too; of one neuroid that says nothing.
        values = np.where(half > 0, mean_over_splits(corrected, axis=0), np.nan)
        medians = median_over_neuroids(corrected)
        score, error = mean_over_splits(medians, axis=0), error_over_splits(medians, axis=0)
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
        attrs=attrs | {"n_undefined": int(np.isnan(values).sum())},
    )


def _half_correlation(
    trials: xr.DataArray, shape: tuple[int, int], n_halves: int, rng: int | np.random.Generator
) -> np.ndarray:
    """Return r between halves of each stimulus's repetitions, shape (time_bin, neuroid)."""
    labels = [
        np.unique(trials[name].values, return_inverse=True)[1]
        for name in ("session", "repetition", "stimulus")
        if name in trials.coords and trials[name].dims == ("presentation",)
    ]
    # The halves are drawn trial by trial: their order comes from the labels, not from the file.
    order = np.lexsort(labels)
    # A stimulus shown once says nothing here, and would pad the dense array to many times its size.
    stimulus = labels[-1]
    order = order[np.bincount(stimulus)[stimulus[order]] > 1]
    if not order.size:
        return np.full(shape, np.nan)
    if not np.array_equal(order, np.arange(trials.sizes["presentation"])):
        trials = trials.isel(presentation=order)
    dense = repetitions_array(trials)
    return split_half(dense.reshape(*dense.shape[:2], -1), n_halves, rng).r_half.reshape(shape)


def _halves_of_repetition_ids(
    trials: xr.DataArray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return r of the halves (time_bin, neuroid), and corrected (split, time_bin, neuroid)."""
    dense = repetitions_array(trials, by="repetition")
    if len(dense) < 2:
        return np.full(shape, np.nan), np.full((1, *shape), np.nan)
    splits = split_half_brainscore(dense.reshape(*dense.shape[:2], -1))
    half = mean_over_splits(splits.r_half.reshape(-1, *shape), axis=0)
    return half, splits.spearman_brown.reshape(-1, *shape)
