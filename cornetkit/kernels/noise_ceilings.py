"""How much of the variance of recordings is stimulus-driven, from the variance over repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.kernels.trials import check_trials, count_and_mean


@dataclass(frozen=True)
class SignalPower:
    """Signal power, each array of the shape of the targets.

    Attributes
    ----------
    signal_power : array
        Variance over stimuli of the noise-free response; may be negative by chance.
    explainable : array
        Its share of the variance of the mean responses, in units of r^2; NaN where the signal
        power is not above 0.
    n_stimuli : array of int
        Stimuli with at least two repetitions, on which it rests.
    """

    signal_power: np.ndarray
    explainable: np.ndarray
    n_stimuli: np.ndarray


def signal_power(trials: np.ndarray) -> SignalPower:
    """Estimate the variance of the noise-free response (Schoppe et al. 2016, unequal repetitions).

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...)
        Missing repetitions are NaN.

    Returns
    -------
    SignalPower
        ``var(means) - mean(s_i^2 / n_i)`` over stimuli with at least two repetitions, with
        s_i^2 the unbiased variance over the n_i repetitions of stimulus i; NaN with fewer than
        3 such stimuli.
    """
    shape = np.shape(trials)[2:]
    flat = check_trials(trials)
    count, mean, within = _within(flat)
    used = count >= 2
    n_used = used.sum(axis=0)
    enough = n_used >= 3
    total = _variance(mean, used)
    noise = _average(within / np.maximum(count, 1), used)
    power = np.where(enough, total - noise, np.nan)
    explained = power > 0
    share = np.where(explained, power / np.where(explained, total, 1.0), np.nan)
    return SignalPower(power.reshape(shape), share.reshape(shape), n_used.reshape(shape))


@dataclass(frozen=True)
class NSDNoiseCeiling:
    """The noise ceiling of the Natural Scenes Dataset, each array of the shape of the targets.

    Attributes
    ----------
    ncsnr : array
        Ratio of the standard deviations of signal and noise.
    noise_ceiling : array
        Share of the variance of the mean responses that is signal, in units of r^2.
    """

    ncsnr: np.ndarray
    noise_ceiling: np.ndarray


def nsd_noise_ceiling(trials: np.ndarray) -> NSDNoiseCeiling:
    """Compute the noise ceiling of Allen et al. 2022 (Nature Neuroscience 25:116).

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...)
        Missing repetitions are NaN.

    Returns
    -------
    NSDNoiseCeiling
        The noise variance is the mean over stimuli of the variance within a stimulus; the
        signal variance is that of all trials less the noise, not below 0. Stimuli with one
        repetition count in the total. NaN where no stimulus has two repetitions, or the
        responses are constant.
    """
    shape = np.shape(trials)[2:]
    flat = check_trials(trials)
    count, _, within = _within(flat)
    noise = _average(within, count >= 2)
    valid = ~np.isnan(flat)
    total = _variance(flat.reshape(-1, flat.shape[2]), valid.reshape(-1, flat.shape[2]))
    signal = np.maximum(total - noise, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):  # noise-free: ncsnr is infinite
        ncsnr = np.sqrt(signal / noise)
        ceiling = signal / (signal + noise * _average(1.0 / np.maximum(count, 1), count > 0))
    return NSDNoiseCeiling(ncsnr.reshape(shape), ceiling.reshape(shape))


def _within(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, mean and unbiased variance over repetitions, each (stimulus, target)."""
    count, mean = count_and_mean(flat)
    squares = np.where(np.isnan(flat), 0.0, flat - mean) ** 2
    return count, mean, squares.sum(axis=0) / np.maximum(count - 1, 1)


def _average(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    n = used.sum(axis=0)
    total = np.where(used, values, 0.0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _variance(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return the unbiased variance over the first axis of what is used."""
    n = used.sum(axis=0)
    deviations = np.where(used, values - _average(values, used), 0.0)
    low = np.where(used, values, np.inf).min(axis=0)
    high = np.where(used, values, -np.inf).max(axis=0)
    squares = np.where(low == high, 0.0, (deviations**2).sum(axis=0))  # a mean that rounds
    return np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan)
