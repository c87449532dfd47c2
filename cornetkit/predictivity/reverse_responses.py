"""The responses of reverse predictivity, and halves of their repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..errors import InputError
from ..kernels.half_means import half_means
from ..kernels.reliability import lengthening, spearman_brown, split_half
from ..neural import repetitions_array
from .align import Aligned
from .reverse_directions import Halves
from .summary import mean_over_splits

# Halves of a neuroid's own repetitions cost next to nothing.
_HALVES_OF_RESPONSES = 100


@dataclass(frozen=True)
class Responses:
    """The neuroids that take part.

    Parameters
    ----------
    averaged
        Labelled means of dims (stimulus, time_bin, neuroid).
    means
        Their values.
    halves
        Means over each of two halves of the repetitions, several times, each of that shape.
    k
        How many times the data of a half the means rest on, shape (time_bin, neuroid).
    reliability
        Of the means, in units of r^2, shape (time_bin, neuroid).
    notes
        What a reader has to know.
    """

    averaged: xr.DataArray
    means: np.ndarray
    halves: list[Halves]
    k: np.ndarray
    reliability: np.ndarray
    notes: list[str]


def halved_responses(
    data: Aligned, n_halves: int, seed: int, within: Sequence[np.ndarray] | None = None
) -> Responses:
    """Return the neuroids that can be halved, and their halves.

    Parameters
    ----------
    data
        Both sides.
    n_halves, seed
        Of the halves.
    within
        Sets of stimuli, as indices, that the reliability is taken within and averaged over: held
        out together they may differ less than all do, and predictions are correlated within them.
        None: over all stimuli.
    """
    means = data.averaged.transpose("stimulus", "time_bin", "neuroid")
    counts = means["n_repetitions"].transpose("stimulus", "time_bin", "neuroid").values
    halved = (counts >= 2).all(axis=(0, 1))
    if not halved.any():
        short = int((counts < 2).any(axis=(1, 2)).sum())
        raise InputError(
            f"no neuroid has 2 repetitions of every stimulus ({short} of {len(counts)} stimuli "
            "are short of them), and noise is corrected for by halves of the repetitions; keep "
            "the stimuli that were repeated (join='inner'), or use predict"
        )
    notes = []
    if not halved.all():
        notes.append(
            f"left out {int((~halved).sum())} of {halved.size} neuroids, which have fewer than 2 "
            "repetitions of some stimulus"
        )
    dense = repetitions_array(data.trials.isel(neuroid=halved))
    rng = np.random.default_rng(seed)
    halves = [half_means(dense, rng) for _ in range(n_halves)]
    counts = counts[:, :, halved]
    k = lengthening(counts.reshape(len(counts), -1)).reshape(counts.shape[1:])
    parts = [dense] if within is None else [dense[:, rows] for rows in within]
    own = np.stack([split_half(part, _HALVES_OF_RESPONSES, seed).r_half for part in parts])
    reliability = spearman_brown(mean_over_splits(own, axis=0), k)
    chosen = means.isel(neuroid=halved)
    return Responses(chosen, chosen.values.astype(float), halves, k, reliability, notes)
