"""How reliable predictions are that were fitted to one half of the repetitions each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from ..kernels.correlation import pearson_columns
from ..kernels.reliability import spearman_brown
from ..kernels.trials import count_and_mean
from ..neural import repetitions_array
from .evaluate import held_out_predictions, varying
from .protocols import Protocol
from .splits import Split
from .summary import mean_over_splits
from .ties import UNTIED, Ties

# Random halves of the repetitions: each costs two fits of everything.
N_HALVES = 10


class Halves:
    """Random halves of the repetitions of every stimulus.

    Parameters
    ----------
    trials
        Trial rows (presentation, time_bin, neuroid).
    seed
        Of the halves.
    """

    def __init__(self, trials: xr.DataArray, seed: int) -> None:
        self._dense = repetitions_array(trials).astype(np.float64, copy=False)
        self._seed = seed

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield means over both halves, (stimulus, time_bin, neuroid), NaN where one is empty."""
        rng = np.random.default_rng(self._seed)
        there = ~np.isnan(self._dense).all(axis=(2, 3))
        size = there.sum(axis=0) // 2
        for _ in range(N_HALVES):
            keys = np.where(there, rng.random(there.shape), np.inf)
            rank = keys.argsort(axis=0).argsort(axis=0)
            yield (
                self._mean(rank < size),
                self._mean((rank >= size) & (rank < 2 * size)),
            )

    def _mean(self, chosen: np.ndarray) -> np.ndarray:
        return count_and_mean(np.where(chosen[:, :, None, None], self._dense, np.nan))[1]


def prediction_reliability(
    gram: np.ndarray,
    halves: Halves,
    splits: Sequence[Split],
    protocol: Protocol,
    ties: Ties = UNTIED,
) -> np.ndarray:
    """Correlate held-out predictions that were fitted to either half of the repetitions.

    Parameters
    ----------
    gram
        Gram matrix of all stimuli, shape (n, n).
    halves
        Responses to fit to.
    splits
        Row indices of train and test.
    protocol
        The method; whether correlations are pooled over the folds.
    ties
        What keeps stimuli, or neuroids, together.

    Returns
    -------
    array of shape (time_bin, neuroid)
        Pearson r averaged over the splits and the random halves, corrected once to all
        repetitions (Spearman-Brown); NaN where it is not above 0.
    """
    found = []
    shape: tuple[int, ...] = ()
    for first, second in halves:
        shape = first.shape[1:]
        both = [held_out_predictions(gram, h, splits, protocol, ties) for h in (first, second)]
        flat = [h.reshape(len(h), -1) for h in (first, second)]
        if protocol.pooled:
            both = [[np.concatenate(part)] for part in both]
        pairs = zip(*both, strict=True)
        found.append(
            [
                pearson_columns(*(_told(p, y) for p, y in zip(pair, flat, strict=True)))
                for pair in pairs
            ]
        )
    over_splits = mean_over_splits(np.array(found), axis=1)
    return spearman_brown(mean_over_splits(over_splits, axis=0)).reshape(shape)


def _told(predicted: np.ndarray, responses: np.ndarray) -> np.ndarray:
    """Return predictions without those that vary by rounding only; NaN in either stays."""
    filled = np.where(np.isnan(predicted), np.nanmean(predicted, axis=0), predicted)
    return np.where(np.isnan(predicted), np.nan, varying(filled, np.nan_to_num(responses)))
