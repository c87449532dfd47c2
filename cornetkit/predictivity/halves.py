"""How reliable predictions are that were fitted to one half of the repetitions each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from ..errors import InputError
from ..kernels.correlation import pearson_columns
from ..kernels.half_means import half_means
from ..kernels.reliability import lengthening
from ..neural import repetitions_array
from .ceiling_halves import lengthened
from .evaluate import held_out_predictions, varying
from .protocols import Protocol
from .splits import Split
from .summary import mean_over_splits
from .ties import UNTIED, Ties

# Random halves of the repetitions: each costs two fits of everything.
N_HALVES = 10

# What results say of them.
CORRECTION = (
    "Spearman-Brown, once, from the data of a half to the means over all repetitions: doubled "
    "where these rest on 1.8 to 2.2 times as much, as with an even number of repetitions, "
    "extrapolated by the general formula otherwise"
)


class Halves:
    """Random halves of the repetitions of every stimulus, drawn for each neuroid's valid ones.

    Parameters
    ----------
    trials
        Trial rows (presentation, time_bin, neuroid).
    seed
        Of the halves.

    Attributes
    ----------
    k : array of shape (time_bin, neuroid)
        How many times the data of a half the means over all repetitions rest on.

    Raises
    ------
    InputError
        A stimulus was shown once.
    """

    def __init__(self, trials: xr.DataArray, seed: int) -> None:
        self._dense = repetitions_array(trials).astype(np.float64, copy=False)
        self._seed = seed
        count = (~np.isnan(self._dense)).sum(axis=0)
        _check_repeated(count)
        self.k = lengthening(count.reshape(len(count), -1)).reshape(count.shape[1:])

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield means over both halves, (stimulus, time_bin, neuroid), NaN where one is empty."""
        rng = np.random.default_rng(self._seed)
        for _ in range(N_HALVES):
            yield half_means(self._dense, rng)


def _check_repeated(count: np.ndarray) -> None:
    """Raise where some stimuli have two responses and others one, (stimulus, time_bin, neuroid).

    One that was shown once has no half: fits to halves would lack it, and say how reliable a fit
    to fewer stimuli is, not the one that is scored. Without any repetition there is no ceiling
    either, and nothing to be wrong.
    """
    once = (count == 1) & (count > 1).any(axis=0)
    if once.any():
        n_neuroids = int(once.any(axis=(0, 1)).sum())
        raise InputError(
            f"'%EV' needs two responses to every stimulus, to fit to halves of them; "
            f"{int(once.any(axis=(1, 2)).sum())} of {len(count)} stimuli have one, for "
            f"{n_neuroids} of {count.shape[2]} neuroids; leave those stimuli or neuroids out, or "
            "take normalization='r/sqrt(c)' (--normalization 'r/sqrt(c)')"
        )


def prediction_reliability(
    gram: np.ndarray,
    halves: Halves,
    splits: Sequence[Split],
    plan: Protocol,
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
    plan
        The method; whether correlations are pooled over the folds.
    ties
        What keeps stimuli, or neuroids, together.

    Returns
    -------
    array of shape (time_bin, neuroid)
        Pearson r averaged over the splits and the random halves, corrected once to all
        repetitions as ceilings are (`CORRECTION`); NaN where it is not above 0. The ``kar2019``
        protocols make no exception: their original doubles, and so does this for recordings of
        many repetitions, as theirs were.

    Raises
    ------
    InputError
        A half lacks responses where the method needs all.
    """
    if np.isnan(halves.k).all():  # nothing was repeated
        return halves.k.copy()
    found = []
    for first, second in halves:
        both = [held_out_predictions(gram, h, splits, plan, ties) for h in (first, second)]
        flat = [h.reshape(len(h), -1) for h in (first, second)]
        if plan.pooled:
            both = [[np.concatenate(part)] for part in both]
        pairs = zip(*both, strict=True)
        found.append(
            [
                pearson_columns(*(_told(p, y) for p, y in zip(pair, flat, strict=True)))
                for pair in pairs
            ]
        )
    over_splits = mean_over_splits(np.array(found), axis=1)
    half = mean_over_splits(over_splits, axis=0).reshape(halves.k.shape)
    return lengthened(half, halves.k)[0]


def _told(predicted: np.ndarray, responses: np.ndarray) -> np.ndarray:
    """Return predictions without those that vary by rounding only; NaN in either stays."""
    missing = np.isnan(predicted)
    known = np.where(missing, 0.0, predicted).sum(axis=0) / np.maximum((~missing).sum(axis=0), 1)
    filled = np.where(missing, known, predicted)
    return np.where(missing, np.nan, varying(filled, np.nan_to_num(responses)))
