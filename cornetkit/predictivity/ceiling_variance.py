"""Ceilings from variances: over repetitions that of the noise, over stimuli that of both."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..kernels.noise_ceilings import nsd_noise_ceiling, signal_power
from .ceiling_estimate import CeilingEstimate
from .trial_moments import trial_moments

# Fewer stimuli than this have no variance worth the name.
_MIN_STIMULI = 3


def from_signal_power(trials: xr.DataArray) -> CeilingEstimate:
    """Return the share of signal power in the variance of the means (Schoppe et al. 2016)."""
    found = signal_power(trial_moments(trials))
    power, noise = found.signal_power, found.noise_of_means
    share = _ratio(power, power + noise)
    # What half of the data would have, by Spearman-Brown. Defined where the means are constant.
    half = _ratio(power, power + 2 * noise)
    details = {"signal_power": power, "noise_power": found.trial_noise}
    return _estimate(share, half, found.n_stimuli, details)


def from_noise_variance(trials: xr.DataArray) -> CeilingEstimate:
    """Return the noise ceiling of the Natural Scenes Dataset (Allen et al. 2022)."""
    moments = trial_moments(trials)
    n_stimuli = (moments.count >= 2).sum(axis=0)
    enough = n_stimuli >= _MIN_STIMULI
    found = nsd_noise_ceiling(moments)
    share = np.where(enough, found.noise_ceiling, np.nan)
    half = share / (2 - share)
    return _estimate(share, half, n_stimuli, {"ncsnr": np.where(enough, found.ncsnr, np.nan)})


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _estimate(
    share: np.ndarray, half: np.ndarray, n_stimuli: np.ndarray, details: dict[str, np.ndarray]
) -> CeilingEstimate:
    """Return ceilings of a share of signal, which is below 0 by chance where there is none."""
    values = np.where(half > 0, share, np.nan)
    return CeilingEstimate(
        values,
        half,
        n_stimuli,
        np.where(half <= 0, -np.inf, values)[None],
        np.full(len(values), np.nan),
        details,
    )
