"""What all steps together have to beat, so that a gain is not one of size: as Gram matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kernels.centring import double_centre

# Random units beyond this many a stimulus change their Gram matrix no more.
_UNITS_PER_STIMULUS = 4


def stacked(grams: Sequence[np.ndarray]) -> np.ndarray:
    """Return the Gram matrix of all steps side by side."""
    return np.asarray(sum(grams))


def shuffled(grams: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return that of step 1 beside the later steps of other stimuli.

    One permutation of the stimuli for all later steps: their number, their spectrum and how they
    go together stay as they are, only whose they are is lost.
    """
    later = sum(grams[1:])
    order = rng.permutation(len(grams[0]))
    return np.asarray(grams[0] + np.asarray(later)[np.ix_(order, order)])


def rectified(grams: Sequence[np.ndarray], n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Return that of step 1 beside random rectified mixtures of it, as many as later units.

    Dimensions that step 1 could reach with one more feed-forward layer of random weights. Their
    total variance is that of the later steps. Mixtures are drawn in the stimuli's span, which
    for Gaussian weights is the same distribution; more than 4 units a stimulus are not drawn.
    """
    n = len(grams[0])
    values, vectors = np.linalg.eigh(double_centre(grams[0]))
    kept = values > 1e-10 * values[-1]
    span = vectors[:, kept] * np.sqrt(values[kept])
    found = np.zeros((n, n))
    wanted = min(n_units, _UNITS_PER_STIMULUS * n)
    for begin in range(0, wanted, n):
        width = min(n, wanted - begin)
        units = np.maximum(span @ rng.standard_normal((span.shape[1], width)), 0.0)
        units -= units.mean(axis=0)
        found += units @ units.T
    later = sum(float(np.trace(double_centre(g))) for g in grams[1:])
    return np.asarray(grams[0] + found * (later / np.trace(found)))
