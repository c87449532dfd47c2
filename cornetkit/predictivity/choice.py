"""What choosing the best step adds to the spread of its score."""

from __future__ import annotations

import numpy as np

from .summary import mean_over_splits

_SIMULATIONS = 1000
_SEED = 6


def nested_best(medians: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return in each split the place that is best over the other splits, and its score.

    Parameters
    ----------
    medians
        Scores of every split, shape (..., place, split, time_bin).

    Returns
    -------
    best, chosen : arrays of shape (..., split, time_bin)
    """
    known = ~np.isnan(medians)
    total = np.where(known, medians, 0.0).sum(axis=-2, keepdims=True)
    count = known.sum(axis=-2, keepdims=True) - known
    others = (total - np.where(known, medians, 0.0)) / np.maximum(count, 1)
    best = np.where(count > 0, others, -np.inf).argmax(axis=-3)
    chosen = np.take_along_axis(medians, best[..., None, :, :], axis=-3)[..., 0, :, :]
    return best, chosen


def widening_of_choice(medians: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return by how much the spread of a chosen score exceeds that of the scores it is made of.

    Parameters
    ----------
    medians
        Scores of every split, shape (place, split, time_bin).
    share
        How often each place is chosen, shape (place, time_bin).

    Returns
    -------
    array of shape (time_bin,)
        At least 1. Where two places are as good as each other, a split that is high for the one
        makes the others choose it less: the score chosen so varies up to some 1.4 times as much as
        that of either place, and not less, as a mean of both would.

    Notes
    -----
    The choice is made again on scores drawn from a normal distribution around those observed, with
    the covariance that places have over splits. Resampled splits would not do: copies of one are
    on both sides of the choice. Observed scores lie further apart than the places do, by what
    their noise adds, and would make the choice look clearer than it is: that share is taken off
    (James and Stein 1961).
    """
    n_places, n_splits, n_bins = medians.shape
    found = np.ones(n_bins)
    if n_splits < 3:
        return found
    rng = np.random.default_rng(_SEED)
    drawn = rng.standard_normal((_SIMULATIONS, n_splits, n_places))
    for k in range(n_bins):
        there = ~np.isnan(medians[..., k]).any(axis=1)
        if there.sum() < 2 or share[~there, k].any():
            continue
        scores = medians[there, :, k]
        covariance = np.atleast_2d(np.cov(scores))
        values, axes = np.linalg.eigh(covariance)
        root = axes * np.sqrt(np.maximum(values, 0.0))
        noise = np.moveaxis(drawn[..., : len(root)] @ root.T, -1, 1)
        again = _shrunk(scores.mean(axis=1), covariance / n_splits)[:, None] + noise
        chosen = nested_best(again[..., None])[1][..., 0]
        fixed = share[there, k] @ again.mean(axis=2).T
        if fixed.var() > 0:
            found[k] = max(1.0, float(np.sqrt(chosen.mean(axis=1).var() / fixed.var())))
    return found


def _shrunk(means: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return means (place,) as far apart as they are without their noise."""
    centred = means - means.mean()
    noise = covariance.trace() - covariance.mean() * len(means)
    spread = (centred**2).sum()
    share = max(0.0, 1 - noise / spread) if spread > 0 else 0.0
    return np.asarray(means.mean() + share * centred)


def chosen_score(medians: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of the best place, (time_bin,), and how often each is it, (place, bin)."""
    best, chosen = nested_best(medians)
    share = (best == np.arange(len(medians))[:, None, None]).mean(axis=1)
    return mean_over_splits(chosen, axis=0), share
