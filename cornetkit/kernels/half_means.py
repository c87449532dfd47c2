"""Means over random halves of the repetitions."""

from __future__ import annotations

import numpy as np

from cornetkit.kernels.trials import check_trials


def half_means(
    trials: np.ndarray, rng: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Average each of two equal halves of every stimulus's repetitions.

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...)
        Missing repetitions are NaN. Stimuli should come in a fixed order, that of their ids say:
        the halves are drawn stimulus by stimulus.
    rng : int or numpy.random.Generator
        Seed of the halves. A target's halves do not depend on which other targets are there.

    Returns
    -------
    two arrays of shape (stimulus, target...)
        NaN where a stimulus has fewer than two valid repetitions; an odd one is left out.
    """
    shape = np.shape(trials)[1:]
    flat = check_trials(trials)
    keys = np.random.default_rng(rng).random(flat.shape[:2])
    valid = ~np.isnan(flat)
    # Valid repetitions in the order of their keys, missing ones behind them.
    rank = np.where(valid, keys[:, :, None], np.inf).argsort(axis=0).argsort(axis=0)
    size = valid.sum(axis=0) // 2
    filled = np.where(valid, flat, 0.0)
    halves = []
    for chosen in (rank < size, (rank >= size) & (rank < 2 * size)):
        total = np.where(chosen, filled, 0.0).sum(axis=0)
        halves.append(np.divide(total, size, out=np.full(size.shape, np.nan), where=size > 0))
    return halves[0].reshape(shape), halves[1].reshape(shape)
