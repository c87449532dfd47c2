"""How much of the variance of recordings is stimulus-driven, from the variance over repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.kernels.trials import Moments


@dataclass(frozen=True)
class SignalPower:
    """Signal power, each array of the shape of the targets.

    Attributes
    ----------
    signal_power : array
        Variance over stimuli of the noise-free response; may be negative by chance.
    noise_of_means : array
        Variance of the noise that is left in the mean responses, averaged over all stimuli that
        have one.
    trial_noise : array
        Variance of the noise of one trial, averaged over stimuli with at least two repetitions.
    explainable : array
        Share of the signal in the variance of the mean responses, in units of r^2; NaN where the
        signal power is not above 0.
    n_stimuli : array of int
        Stimuli with at least two repetitions, on which the signal power rests.
    """

    signal_power: np.ndarray
    noise_of_means: np.ndarray
    trial_noise: np.ndarray
    explainable: np.ndarray
    n_stimuli: np.ndarray


def signal_power(trials: np.ndarray | Moments) -> SignalPower:
    """Estimate the variance of the noise-free response (Schoppe et al. 2016, unequal repetitions).

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...), or Moments of one
        Missing repetitions are NaN.

    Returns
    -------
    SignalPower
        ``var(means) - mean(s_i^2 / n_i)`` over stimuli with at least two repetitions, with
        s_i^2 the unbiased variance over the n_i repetitions of stimulus i; NaN with fewer than
        3 such stimuli. The mean of a stimulus with one repetition is taken to have the noise of
        an average trial, so that the share is that of all means.
    """
    moments = trials if isinstance(trials, Moments) else Moments.of(trials)
    count = moments.count
    used, once = count >= 2, count == 1
    n_used, n_once = used.sum(axis=0), once.sum(axis=0)
    enough = n_used >= 3
    total = _variance(moments.mean, used)
    noise = _average(moments.variance / np.maximum(count, 1), used)
    of_trial = _average(moments.variance, used)
    power = np.where(enough, total - noise, np.nan)
    of_means = (n_used * noise + n_once * of_trial) / np.maximum(n_used + n_once, 1)
    of_means = np.where(enough, of_means, np.nan)
    explained = power > 0
    whole = np.where(explained, power + of_means, 1.0)
    share = np.where(explained, power / whole, np.nan)
    return SignalPower(power, of_means, np.where(enough, of_trial, np.nan), share, n_used)


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


def nsd_noise_ceiling(trials: np.ndarray | Moments) -> NSDNoiseCeiling:
    """Compute the noise ceiling of Allen et al. 2022 (Nature Neuroscience 25:116).

    Parameters
    ----------
    trials : array of shape (repetition, stimulus, target...), or Moments of one
        Missing repetitions are NaN.

    Returns
    -------
    NSDNoiseCeiling
        The noise variance is the mean over stimuli of the variance within a stimulus; the
        signal variance is that of all trials less the noise, not below 0. Stimuli with one
        repetition count in the total. NaN where no stimulus has two repetitions, or the
        responses are constant.
    """
    moments = trials if isinstance(trials, Moments) else Moments.of(trials)
    count = moments.count
    noise = _average(moments.variance, count >= 2)
    signal = np.maximum(_variance_of_trials(moments) - noise, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):  # noise-free: ncsnr is infinite
        ncsnr = np.sqrt(signal / noise)
        ceiling = signal / (signal + noise * _average(1.0 / np.maximum(count, 1), count > 0))
    return NSDNoiseCeiling(ncsnr, ceiling)


def _variance_of_trials(moments: Moments) -> np.ndarray:
    """Return the unbiased variance over all trials of all stimuli."""
    count = moments.count
    valid = count > 0
    n = count.sum(axis=0)
    mean = np.where(valid, moments.mean, 0.0)
    grand = (count * mean).sum(axis=0) / np.maximum(n, 1)
    between = (count * np.where(valid, mean - grand, 0.0) ** 2).sum(axis=0)
    between = np.where(_equal(moments.mean, valid), 0.0, between)
    within = (np.maximum(count - 1, 0) * moments.variance).sum(axis=0)
    return np.where(n > 1, (between + within) / np.maximum(n - 1, 1), np.nan)


def _average(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    n = used.sum(axis=0)
    total = np.where(used, values, 0.0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _variance(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return the unbiased variance over the first axis of what is used."""
    n = used.sum(axis=0)
    deviations = np.where(used, values - _average(values, used), 0.0)
    squares = np.where(_equal(values, used), 0.0, (deviations**2).sum(axis=0))
    return np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan)


def _equal(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Whether all that is used is the same: a mean that rounds would tell it from itself."""
    low = np.where(used, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(used, values, -np.inf).max(axis=0, initial=-np.inf)
    return low == high
