"""Distances in units of the noise: Mahalanobis, and crossnobis, which noise does not bias."""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.noise_covariance import noise_covariance, whiten


def residuals_of(trials: np.ndarray) -> tuple[np.ndarray, int]:
    """Return trials less the mean of their stimulus, (trial, unit), and the degrees of freedom.

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, unit)
        A missing trial is NaN in all units. Stimuli with one trial say nothing about the noise.
    """
    there = ~np.isnan(trials[:, :, 0])
    count = there.sum(axis=0)
    mean = np.where(there[:, :, None], trials, 0.0).sum(axis=0) / np.maximum(count, 1)[:, None]
    used = there & (count > 1)
    return (trials - mean)[used], int(used.sum() - (count > 1).sum())


def covariance_of(trials: np.ndarray, method: str = "shrinkage") -> np.ndarray:
    """Return the noise covariance (unit, unit) of trials (repetition, stimulus, unit)."""
    residuals, degrees_of_freedom = residuals_of(trials)
    return noise_covariance(residuals, degrees_of_freedom, method)


def squared_distances(products: np.ndarray, n_units: int) -> np.ndarray:
    """Return the squared distance per unit (n, n) of estimated products of patterns (n, n)."""
    square = products.diagonal()
    rdm = (square[:, None] + square[None, :] - 2 * products) / n_units
    np.fill_diagonal(rdm, np.where(np.isnan(square), np.nan, 0.0))
    return rdm


def crossnobis(trials: np.ndarray, method: str = "identity") -> np.ndarray:
    """Return cross-validated squared distances in units of the noise, per unit.

    Products of the same repetition carry its noise twice; they are left out of all sums, so that
    the expectation is the distance of the true patterns: about 0, and as often below, where there
    is none. With equal repetitions this is the mean over all pairs of different repetitions
    (Walther et al. 2016; Diedrichsen et al. 2021).

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, unit)
        A missing trial is NaN in all units. Trials of different stimuli in one repetition may
        share noise, different repetitions may not.
    method : str
        How the noise covariance is estimated, see `noise_covariance`. The products of one
        repetition with the others are taken in units of the noise of these others: in units of
        noise that holds its own, distances would be biased again (to 30 % of the uncorrected ones
        with few trials for many units). Where too few trials are left without a repetition, and
        with 2 repetitions always, the noise of all trials has to do; see `has_own_noise`.

    Returns
    -------
    array of shape (stimulus, stimulus)
        NaN for stimuli with fewer than 2 trials.

    Raises
    ------
    InputError
        `trials` has another shape, or the covariance has no inverse.
    """
    trials = np.asarray(trials, dtype=np.float64)
    if trials.ndim != 3:
        raise InputError(
            f"trials of shape {trials.shape} were given; expected (repetition, stimulus, unit)"
        )
    there = ~np.isnan(trials[:, :, 0])
    count = there.sum(axis=0).astype(np.float64)
    filled = np.where(there[:, :, None], trials, 0.0)
    # What all trials share cancels exactly only where repetitions are equal; without it, it cannot
    # add its noise where they are not.
    means = filled.sum(axis=0)[count > 0] / count[count > 0, None]
    filled = np.where(there[:, :, None], filled - means.mean(axis=0), 0.0)
    total = filled.sum(axis=0)
    products = np.zeros((trials.shape[1], trials.shape[1]))
    for repetition, (left, right) in enumerate((part, total - part) for part in filled):
        if method != "identity":
            covariance = _noise_without(trials, repetition, method)
            left, right = whiten(left, covariance), whiten(right, covariance)
        products += left @ right.T
    together = there.T.astype(np.float64) @ there.astype(np.float64)
    pairs = np.outer(count, count) - together
    products = (products + products.T) / 2
    products = np.divide(products, pairs, out=np.full_like(products, np.nan), where=pairs > 0)
    return squared_distances(products, trials.shape[2])


def has_own_noise(trials: np.ndarray) -> bool:
    """Whether the noise of some repetition cannot be estimated from the others."""
    there = ~np.isnan(trials[:, :, 0])
    without = there.sum(axis=0) - there
    return bool((without.max(axis=1, initial=0) < 2).any())


def _noise_without(trials: np.ndarray, repetition: int, method: str) -> np.ndarray:
    """Return the noise covariance of the other repetitions, or of all where these say nothing."""
    others = np.delete(trials, repetition, axis=0)
    residuals, degrees_of_freedom = residuals_of(others)
    if degrees_of_freedom > 0:
        return noise_covariance(residuals, degrees_of_freedom, method)
    return covariance_of(trials, method)
