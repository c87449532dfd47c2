"""From simulated scores to what a design can tell: steps, recurrence and lag."""

from __future__ import annotations

import numpy as np

# Below this share of simulations two steps count as not identifiable by a design.
ENOUGH = 0.8
# Fewer driven steps than this leave onset and step length to each other.
STEPS_FOR_LAG = 3


def recovery(scores: np.ndarray) -> np.ndarray:
    """Return how often each candidate scores best, (n_planted, n_candidates).

    Parameters
    ----------
    scores : array of shape (n_simulations, n_planted, n_candidates)
    """
    best = np.argmax(scores, axis=2)
    return (best[..., None] == np.arange(scores.shape[2])).mean(axis=0)


def told_apart(scores: np.ndarray, level: float) -> np.ndarray:
    """Return how often a planted candidate is told from another, (n_candidates, n_candidates).

    Entry (a, b): the share of simulations of a in which score(a) - score(b) exceeds what it
    exceeds in a share `level` of the simulations of b. NaN on the diagonal.

    Parameters
    ----------
    scores : array of shape (n_simulations, n_candidates, n_candidates)
        Planted by row.
    level : float
        Share of false claims.
    """
    n = scores.shape[1]
    found = np.full((n, n), np.nan)
    for a in range(n):
        for b in range(n):
            if a != b:
                under_a = scores[:, a, a] - scores[:, a, b]
                under_b = scores[:, b, a] - scores[:, b, b]
                found[a, b] = (under_a > limit(under_b, level)).mean()
    return found


def limit(null: np.ndarray, level: float) -> float:
    """Return what a new null value exceeds with a probability of at most `level`.

    That is the k-th smallest of n null values with (n + 1 - k) / (n + 1) <= level: the quantile of
    the n values themselves is exceeded more often by others (50 values, .05: .059). With fewer
    than 1 / level - 1 values it is the largest.
    """
    k = int(np.ceil((1 - level) * (len(null) + 1) - 1e-9))
    return float(np.sort(null)[min(k, len(null)) - 1])


def step_of_bins(centres: np.ndarray, onset_ms: float, step_ms: float, n_steps: int) -> np.ndarray:
    """Return the place of the step that drives each bin, -1 before the onset."""
    place = np.floor((centres - onset_ms) / step_ms + 1e-9).astype(int)
    return np.where(centres < onset_ms, -1, np.clip(place, 0, n_steps - 1))


def recover_lag(
    scores: np.ndarray,
    centres: np.ndarray,
    onset_ms: float,
    step_ms: float,
    rng: np.random.Generator,
    n_draws: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return onset and step length fitted to recordings with a planted lag, each (n_draws,).

    Bins are put together from simulations of single bins: a bin that step k drives has the scores
    of a simulation of step k, one before the onset those of noise.

    Parameters
    ----------
    scores : array of shape (n_simulations, n_steps + 1, n_steps)
        Of one area; the last planted is noise alone.
    centres : array of shape (n_bins,)
        Of the time bins in ms, evenly spaced.
    onset_ms, step_ms : float
        What is planted.
    rng, n_draws
        Source and number of the recordings that are put together.
    """
    n_simulations, _, n_steps = scores.shape
    planted = step_of_bins(centres, onset_ms, step_ms, n_steps)
    width = float(np.median(np.diff(centres))) if centres.size > 1 else step_ms
    span = float(centres[-1] - centres[0]) + width
    onsets = np.arange(centres[0] - width / 2, centres[-1], width / 4)
    lengths = np.arange(width / 4, max(span / 2, 1.5 * step_ms) + width / 8, width / 4)
    grid = [(onset, length) for onset in onsets for length in lengths]
    assigned = np.stack([step_of_bins(centres, o, s, n_steps) for o, s in grid])
    place = np.arange(centres.size)
    found = np.empty((n_draws, 2))
    for draw in range(n_draws):
        chosen = rng.integers(n_simulations, size=centres.size)
        matrix = scores[chosen, planted]  # (bin, step); -1 is noise
        value = np.where(assigned >= 0, matrix[place, assigned], 0.0).sum(axis=1)
        # Bins are coarser than the grid: many pairs do as well, and their mean is taken.
        best = value >= value.max() - 1e-12
        found[draw] = np.mean([grid[k] for k in np.flatnonzero(best)], axis=0)
    return found[:, 0], found[:, 1]
