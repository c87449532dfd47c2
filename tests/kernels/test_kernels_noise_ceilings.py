"""Signal power and the NSD noise ceiling against their formulas."""

import numpy as np
from repeated import recordings

from cornetkit.kernels.noise_ceilings import nsd_noise_ceiling, signal_power


def test_signal_power_equals_schoppes_form_in_expectation():
    """With equal repetitions: [var(sum) - sum(var)] / (N (N - 1)), Schoppe et al. 2016."""
    trials = recordings(0.5, n_repetitions=5, n_stimuli=20000, n_targets=3)
    total = trials.sum(axis=0).var(axis=0, ddof=1)
    schoppe = (total - trials.var(axis=1, ddof=1).sum(axis=0)) / (5 * 4)
    np.testing.assert_allclose(signal_power(trials).signal_power, schoppe, atol=1e-3)


def test_signal_power_equals_a_plain_loop_with_unequal_repetitions():
    trials = recordings(0.5, n_repetitions=6, n_stimuli=12, n_targets=1)
    trials[4:, ::3] = np.nan
    values = [trials[~np.isnan(trials[:, s, 0]), s, 0] for s in range(12)]
    noise = np.mean([v.var(ddof=1) / v.size for v in values])
    expected = np.var([v.mean() for v in values], ddof=1) - noise
    np.testing.assert_allclose(signal_power(trials).signal_power[0], expected, rtol=1e-12)


def test_nsd_ceiling_equals_its_formula():
    trials = recordings(0.5, n_repetitions=3, n_stimuli=40, n_targets=2)
    noise = trials.var(axis=0, ddof=1).mean(axis=0)
    signal = trials.reshape(-1, 2).var(axis=0, ddof=1) - noise
    result = nsd_noise_ceiling(trials)
    np.testing.assert_allclose(result.ncsnr, np.sqrt(signal / noise), rtol=1e-12)
    np.testing.assert_allclose(
        result.noise_ceiling, result.ncsnr**2 / (result.ncsnr**2 + 1 / 3), rtol=1e-12
    )


def test_noise_alone_has_no_signal():
    trials = np.random.default_rng(2).normal(size=(4, 30, 30))
    result, power = nsd_noise_ceiling(trials), signal_power(trials)
    assert (result.noise_ceiling >= 0).all()
    assert np.isnan(power.explainable[power.signal_power <= 0]).all()
    assert (power.signal_power <= 0).any()
