"""Random halves of the repetitions, and means over them."""

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
    means = []
    for chosen in random_halves(~np.isnan(flat), rng):
        size = chosen.sum(axis=0)
        total = np.where(chosen, flat, 0.0).sum(axis=0)
        means.append(np.divide(total, size, out=np.full(total.shape, np.nan), where=size > 0))
    return means[0].reshape(shape), means[1].reshape(shape)


def random_halves(
    valid: np.ndarray, rng: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Choose two equal halves of every stimulus's valid repetitions; an odd one is left out.

    Parameters
    ----------
    valid : array of bool, shape (repetition, stimulus, target)
    rng : int or numpy.random.Generator
        Seed of the halves. A target's halves do not depend on which other targets are there.

    Returns
    -------
    two arrays of bool, shape (repetition, stimulus, target)
        The last axis has length 1 where all targets have the same repetitions.
    """
    keys = np.random.default_rng(rng).random(valid.shape[:2])
    if valid.shape[2] and (valid == valid[:, :, :1]).all():
        valid = valid[:, :, :1]
    # Valid repetitions in the order of their keys, missing ones behind them.
    rank = np.where(valid, keys[:, :, None], np.inf).argsort(axis=0).argsort(axis=0)
    size = valid.sum(axis=0) // 2
    return rank < size, (rank >= size) & (rank < 2 * size)
