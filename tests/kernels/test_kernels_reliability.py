"""Split-half reliability, signal power and the NSD noise ceiling."""

import numpy as np
import pytest
from repeated import recordings
from sklearn.model_selection import ShuffleSplit

from cornetkit.errors import InputError
from cornetkit.kernels.noise_ceilings import nsd_noise_ceiling, signal_power
from cornetkit.kernels.reliability import (
    lengthening,
    spearman_brown,
    split_half,
    split_half_brainscore,
)


@pytest.mark.parametrize("planted", [0.2, 0.5, 0.9])
def test_all_estimates_recover_a_planted_reliability(planted):
    trials = recordings(planted)
    estimates = [
        split_half(trials, 20).spearman_brown.mean(),
        np.mean(split_half_brainscore(trials).spearman_brown),
        signal_power(trials).explainable.mean(),
        nsd_noise_ceiling(trials).noise_ceiling.mean(),
    ]
    np.testing.assert_allclose(estimates, planted, atol=0.02)


def test_two_repetitions_are_cut_in_only_one_way():
    trials = recordings(0.5, n_repetitions=2, n_stimuli=30, n_targets=4)
    expected = []
    for seed in range(3):  # the same cut, with sides exchanged for some stimuli
        generator = np.random.default_rng(seed)
        keys = generator.random((1, 30, 2))[0]
        exchanged = keys[:, 0] > keys[:, 1]
        first = np.where(exchanged[:, None], trials[1], trials[0])
        second = np.where(exchanged[:, None], trials[0], trials[1])
        expected = [np.corrcoef(first[:, t], second[:, t])[0, 1] for t in range(4)]
        np.testing.assert_allclose(split_half(trials, 1, seed).r_half, expected, atol=1e-12)


def test_halves_are_averaged_first_and_corrected_once():
    result = split_half(recordings(0.8, n_stimuli=40), 10)
    np.testing.assert_allclose(
        result.spearman_brown, 2 * result.r_half / (1 + result.r_half), atol=1e-14
    )


def test_missing_repetitions_are_left_out_neuroid_by_neuroid():
    trials = recordings(0.6, n_stimuli=50, n_targets=3)
    ragged = trials.copy()
    ragged[5:, ::2, 1] = np.nan
    whole, part = split_half(trials), split_half(ragged)
    np.testing.assert_array_equal(part.r_half[[0, 2]], whole.r_half[[0, 2]])
    assert part.r_half[1] != whole.r_half[1]
    assert part.n_stimuli.tolist() == [50, 50, 50]


def test_unequal_repetitions_equal_a_plain_loop():
    rng = np.random.default_rng(4)
    trials = recordings(0.6, n_repetitions=6, n_stimuli=15, n_targets=3)
    trials[rng.random(trials.shape) < 0.3] = np.nan
    keys = np.random.default_rng(9).random((5, 15, 6))
    expected = []
    for target in range(3):
        r = []
        for half in range(5):
            means = []
            for stimulus in range(15):
                valid = np.flatnonzero(~np.isnan(trials[:, stimulus, target]))
                order = valid[np.argsort(keys[half, stimulus, valid])]
                m = valid.size // 2
                if m:
                    values = trials[order, stimulus, target]
                    means.append((values[:m].mean(), values[m : 2 * m].mean()))
            r.append(np.corrcoef(np.array(means).T)[0, 1])
        expected.append(np.mean(r))
    np.testing.assert_allclose(split_half(trials, 5, 9).r_half, expected, atol=1e-12)


def test_where_missing_repetitions_stand_is_told_by_nan_only():
    """Padding with a repetition nobody has changes no estimate but the draw of halves."""
    trials = recordings(0.6, n_stimuli=50, n_targets=3)
    padded = np.concatenate([trials, np.full((1, 50, 3), np.nan)])
    for estimate in (signal_power, nsd_noise_ceiling):
        for one, other in zip(
            vars(estimate(trials)).values(), vars(estimate(padded)).values(), strict=True
        ):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_stimuli_with_one_repetition_are_left_out():
    trials = recordings(0.6, n_stimuli=50, n_targets=2)
    trials[1:, 45:, 0] = np.nan
    result = split_half(trials)
    assert result.n_stimuli.tolist() == [45, 50]
    assert signal_power(trials).n_stimuli.tolist() == [45, 50]


def test_fewer_than_three_stimuli_are_undefined():
    trials = recordings(0.9, n_stimuli=10, n_targets=2)
    trials[1:, 2:, 0] = np.nan
    result = split_half(trials)
    assert np.isnan(result.r_half).tolist() == [True, False]
    assert np.isnan(result.spearman_brown).tolist() == [True, False]
    assert np.isnan(signal_power(trials).signal_power).tolist() == [True, False]


def test_a_reliability_that_is_not_positive_is_undefined():
    assert np.isnan(spearman_brown(np.array([-1.0, -0.3, 0.0]))).all()
    np.testing.assert_allclose(spearman_brown(np.array([0.5, 1.0])), [2 / 3, 1.0])
    up = np.arange(10.0)[:, None]
    assert split_half(np.stack([up, -up]), 50, 3).r_half[0] < 0
    assert np.isnan(split_half(np.stack([up, -up]), 50, 3).spearman_brown[0])


def test_silent_neuroids_are_undefined():
    trials = recordings(0.6, n_stimuli=20, n_targets=3)
    trials[:, :, 1] = 0.1
    trials[:, :, 2] = np.nan
    for result in (
        split_half(trials).spearman_brown,
        split_half_brainscore(trials).spearman_brown[0],
        signal_power(trials).explainable,
        nsd_noise_ceiling(trials).noise_ceiling,
    ):
        assert np.isnan(result).tolist() == [False, True, True]


def test_neuroids_that_vary_by_rounding_only_are_undefined():
    trials = recordings(0.6, n_stimuli=160, n_targets=3)
    noise = np.random.default_rng(0).normal(size=trials.shape[:2])
    trials[:, :, 1] = 0.1 + 1e-17 * noise
    trials[:, :, 2] = -30.0 + 1e-15 * noise
    assert (np.ptp(trials[:, :, 1:], axis=(0, 1)) > 0).all()
    for result in (split_half(trials), split_half_brainscore(trials)):
        r = np.atleast_2d(result.r_half)
        assert np.isnan(r).all(axis=0).tolist() == [False, True, True]


def test_a_neuroid_that_varies_little_beside_its_mean_is_defined():
    trials = recordings(0.6, n_stimuli=160, n_targets=1)
    np.testing.assert_allclose(
        split_half(1e6 + trials).r_half, split_half(trials).r_half, atol=1e-8
    )


def test_lengthening_is_the_noise_of_a_half_over_that_of_the_means():
    counts = np.array([1, 4, 3, 0, 10])
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(40000, 10, 5))
    halves = [noise[:, : n // 2, i].mean(axis=1).var() for i, n in enumerate(counts) if n > 1]
    means = [noise[:, :n, i].mean(axis=1).var() for i, n in enumerate(counts) if n]
    expected = np.mean(halves) / np.mean(means)
    assert lengthening(counts[:, None])[0] == pytest.approx(expected, rel=0.02)
    without = counts[counts != 1][:, None]
    assert lengthening(without, 1)[0] == pytest.approx(lengthening(counts[:, None])[0])


@pytest.mark.parametrize(("n", "k"), [(2, 2), (3, 3), (4, 2), (5, 2.5), (1, np.nan), (0, np.nan)])
def test_lengthening_of_equal_repetitions(n, k):
    assert lengthening(np.full((6, 1), n))[0] == pytest.approx(k, nan_ok=True)


@pytest.mark.parametrize("case", ["3 of all", "1 or 10", "3 or 10", "3 at random of 10"])
def test_the_general_formula_recovers_the_reliability_of_the_scored_means(case):
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(2000, 20))
    trials = signal + 1.5 * rng.normal(size=(10, 2000, 20))
    if case == "3 of all":
        trials = trials[:3]
    elif case == "3 at random of 10":
        trials[rng.random(trials.shape).argsort(axis=0).argsort(axis=0) >= 3] = np.nan
    else:
        trials[int(case[0]) :, ::2] = np.nan
    means = np.nanmean(trials, axis=0)
    truth = [np.corrcoef(means[:, t], signal[:, t])[0, 1] ** 2 for t in range(20)]
    found = split_half(trials, 20)
    general = spearman_brown(found.r_half, found.k)
    np.testing.assert_allclose(general.mean(), np.mean(truth), atol=0.015)
    assert abs(found.spearman_brown.mean() - np.mean(truth)) > 0.05


def test_the_targets_keep_their_shape():
    trials = recordings(0.6, n_stimuli=20, n_targets=6)
    cube = trials.reshape(8, 20, 2, 3)
    flat, shaped = split_half(trials), split_half(cube)
    np.testing.assert_array_equal(shaped.r_half, flat.r_half.reshape(2, 3))
    assert split_half(cube, n_once=np.ones((2, 3), int)).k.shape == (2, 3)
    assert split_half_brainscore(cube).r_half.shape == (10, 2, 3)
    assert signal_power(cube).explainable.shape == (2, 3)
    assert nsd_noise_ceiling(cube).ncsnr.shape == (2, 3)


def test_a_target_does_not_depend_on_the_others():
    trials = recordings(0.6, n_stimuli=20, n_targets=6)
    np.testing.assert_allclose(
        split_half(trials[:, :, [3]]).r_half[0], split_half(trials).r_half[3], atol=1e-14
    )


def test_the_seed_reproduces_the_halves():
    trials = recordings(0.6, n_stimuli=20)
    np.testing.assert_array_equal(
        split_half(trials, rng=5).r_half, split_half(trials, rng=np.random.default_rng(5)).r_half
    )
    assert (split_half(trials, rng=5).r_half != split_half(trials, rng=6).r_half).all()


@pytest.mark.parametrize("n_repetitions", [2, 5, 6])
def test_brainscore_halves_are_those_of_scikit_learn(n_repetitions):
    trials = recordings(0.6, n_repetitions=n_repetitions, n_stimuli=30, n_targets=2)
    ids = np.arange(n_repetitions)
    splits = ShuffleSplit(n_splits=10, train_size=0.5, random_state=1).split(ids)
    expected = []
    for one, other in splits:
        first, second = trials[one].mean(axis=0), trials[other].mean(axis=0)
        expected.append([np.corrcoef(first[:, t], second[:, t])[0, 1] for t in range(2)])
    np.testing.assert_allclose(split_half_brainscore(trials).r_half, expected, atol=1e-12)


def test_brainscore_corrects_negative_halves_too():
    up = np.arange(10.0)[:, None] + np.random.default_rng(0).normal(size=(10, 1))
    result = split_half_brainscore(np.stack([up, -up + np.arange(10.0)[:, None] % 3]))
    assert (result.r_half < 0).all()
    np.testing.assert_allclose(
        result.spearman_brown, 2 * result.r_half / (1 + result.r_half), atol=1e-12
    )


def test_trials_are_not_modified():
    trials = recordings(0.5, n_stimuli=20)
    trials[2, 3] = np.nan
    before = trials.copy()
    for estimate in (split_half, split_half_brainscore, signal_power, nsd_noise_ceiling):
        estimate(trials)
    np.testing.assert_array_equal(trials, before)


def test_permuting_stimuli_changes_nothing_that_is_not_drawn():
    trials = recordings(0.5, n_stimuli=20)
    order = np.random.default_rng(0).permutation(20)
    for estimate in (split_half_brainscore, signal_power, nsd_noise_ceiling):
        for one, other in zip(
            vars(estimate(trials)).values(), vars(estimate(trials[:, order])).values(), strict=True
        ):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_one_repetition_is_refused_by_brainscore_halves_and_undefined_elsewhere():
    trials = recordings(0.5, n_stimuli=20)[:1]
    with pytest.raises(InputError, match="at least 2 repetition ids"):
        split_half_brainscore(trials)
    assert np.isnan(split_half(trials).r_half).all()
    assert np.isnan(nsd_noise_ceiling(trials).noise_ceiling).all()


def test_infinite_responses_are_refused():
    trials = recordings(0.5, n_stimuli=20)
    trials[0, 3, 0] = np.inf
    with pytest.raises(InputError, match="infinite for 1 of 20 stimuli"):
        split_half(trials)


def test_a_vector_is_refused():
    with pytest.raises(InputError, match=r"expected \(repetition, stimulus"):
        split_half(np.ones(5))
