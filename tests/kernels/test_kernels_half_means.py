"""Means over random halves, and the moments of repetitions."""

import numpy as np

from cornetkit.kernels.half_means import half_means, random_halves
from cornetkit.kernels.noise_ceilings import nsd_noise_ceiling, signal_power
from cornetkit.kernels.trials import Moments


def ragged(seed=0, shape=(6, 15, 3)):
    rng = np.random.default_rng(seed)
    trials = rng.normal(size=shape)
    trials[rng.random(shape) < 0.3] = np.nan
    return trials


def test_halves_equal_a_plain_loop():
    trials = ragged()
    first, second = half_means(trials, 7)
    keys = np.random.default_rng(7).random((6, 15))
    for stimulus in range(15):
        for target in range(3):
            valid = np.flatnonzero(~np.isnan(trials[:, stimulus, target]))
            order = valid[np.argsort(keys[valid, stimulus])]
            m = valid.size // 2
            if not m:
                assert np.isnan(first[stimulus, target])
                continue
            values = trials[order, stimulus, target]
            np.testing.assert_allclose(first[stimulus, target], values[:m].mean())
            np.testing.assert_allclose(second[stimulus, target], values[m : 2 * m].mean())


def test_halves_keep_the_shape_of_targets_and_do_not_depend_on_other_targets():
    trials = ragged(shape=(4, 10, 6))
    whole = half_means(trials, 1)
    cube = half_means(trials.reshape(4, 10, 2, 3), 1)
    alone = half_means(trials[:, :, 2:3], 1)
    for one, shaped, single in zip(whole, cube, alone, strict=True):
        np.testing.assert_array_equal(shaped, one.reshape(10, 2, 3))
        np.testing.assert_array_equal(single, one[:, 2:3])


def test_random_halves_are_equal_disjoint_and_valid():
    valid = ~np.isnan(ragged())
    first, second = random_halves(valid, 3)
    assert not (first & second).any()
    assert valid[first | second].all()
    for half in (first, second):
        np.testing.assert_array_equal(half.sum(axis=0), valid.sum(axis=0) // 2)


def test_halves_are_chosen_once_where_targets_have_the_same_repetitions():
    valid = np.repeat(~np.isnan(ragged(shape=(6, 15, 1))), 3, axis=2)
    unlike = np.concatenate([valid, ~valid], axis=2)
    for once, each in zip(random_halves(valid, 3), random_halves(unlike, 3), strict=True):
        assert once.shape == (6, 15, 1)
        np.testing.assert_array_equal(np.broadcast_to(once, (6, 15, 3)), each[:, :, :3])


def test_moments_equal_those_of_numpy():
    trials = ragged()
    trials[:2, :, :] = 1.0  # two at least, so that numpy has no empty slices to warn of
    moments = Moments.of(trials)
    np.testing.assert_array_equal(moments.count, (~np.isnan(trials)).sum(axis=0))
    np.testing.assert_allclose(moments.mean, np.nanmean(trials, axis=0))
    np.testing.assert_allclose(moments.variance, np.nanvar(trials, axis=0, ddof=1), atol=1e-15)


def test_moments_give_what_the_trials_give():
    trials = ragged(1, (5, 30, 2))
    for estimate in (signal_power, nsd_noise_ceiling):
        for one, other in zip(
            vars(estimate(trials)).values(),
            vars(estimate(Moments.of(trials))).values(),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


def test_the_signal_power_of_a_plain_loop():
    trials = ragged(2, (6, 40, 3))
    found = signal_power(trials)
    for target in range(3):
        groups = [trials[~np.isnan(trials[:, s, target]), s, target] for s in range(40)]
        repeated = [g for g in groups if len(g) > 1]
        noise = np.mean([g.var(ddof=1) / len(g) for g in repeated])
        power = np.var([g.mean() for g in repeated], ddof=1) - noise
        of_trial = np.mean([g.var(ddof=1) for g in repeated])
        of_means = [g.var(ddof=1) / len(g) if len(g) > 1 else of_trial for g in groups if len(g)]
        np.testing.assert_allclose(found.signal_power[target], power)
        np.testing.assert_allclose(found.noise_of_means[target], np.mean(of_means))
        share = power / (power + np.mean(of_means)) if power > 0 else np.nan
        np.testing.assert_allclose(found.explainable[target], share)


def test_the_nsd_ceiling_of_a_plain_loop():
    rng = np.random.default_rng(3)
    trials = ragged(3, (6, 40, 3)) + 2 * rng.normal(size=(40, 3))
    found = nsd_noise_ceiling(trials)
    for target in range(3):
        groups = [trials[~np.isnan(trials[:, s, target]), s, target] for s in range(40)]
        noise = np.mean([g.var(ddof=1) for g in groups if len(g) > 1])
        signal = max(np.concatenate(groups).var(ddof=1) - noise, 0)
        shares = np.mean([1 / len(g) for g in groups if len(g)])
        np.testing.assert_allclose(found.ncsnr[target], np.sqrt(signal / noise))
        snr = signal / noise
        np.testing.assert_allclose(found.noise_ceiling[target], snr / (snr + shares))


def test_stimuli_shown_once_lower_the_share_of_signal_in_all_means():
    rng = np.random.default_rng(4)
    signal = rng.normal(size=(2000, 20))
    trials = signal + 1.5 * rng.normal(size=(8, 2000, 20))
    trials[1:, ::2] = np.nan
    truth = [
        np.corrcoef(np.nanmean(trials[..., t], axis=0), signal[:, t])[0, 1] ** 2 for t in range(20)
    ]
    np.testing.assert_allclose(signal_power(trials).explainable.mean(), np.mean(truth), atol=0.015)
