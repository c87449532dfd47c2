"""Noise that training stimuli leave in predictions: what halves of them do not share."""

import numpy as np
import pytest

from cornetkit.predictivity.training_noise import half_splits, share_both_ways


def test_training_noise_is_what_halves_of_the_training_stimuli_do_not_share(planted, quietly):
    data = planted()
    scores = quietly(*data, bootstrap=50, keep_predictions=True)
    ids = data.features["stimulus"].values
    split = scores["held_out_in"].values
    whole = [(np.flatnonzero(split != k), np.flatnonzero(split == k)) for k in range(10)]
    halves = half_splits(whole, None, 0)
    again = quietly(
        *data, keep_predictions=True, splits=[(ids[train], ids[test]) for train, test in halves]
    )
    predicted = again["predicted"].values[0, 0, 0]  # (split, stimulus, neuroid)
    of_neuroids = []
    for j in range(4):
        centred = [[], []]
        for k, (_, test) in enumerate(halves):
            values = predicted[k, test, j]
            centred[k % 2].extend(values - values.mean())
        a, b = np.array(centred)
        of_neuroids.append((a @ b) / np.sqrt((a @ a) * (b @ b)))
    half = np.median(of_neuroids)
    assert scores["training_noise"].item() == pytest.approx(1 - 2 * half / (1 + half), abs=1e-6)


def test_predictions_of_noise_are_noise_and_those_of_a_clear_signal_are_not(planted, quietly):
    clear = quietly(*planted(noise=0.2), bootstrap=50)["training_noise"].item()
    data = planted()
    noise = data.recordings.copy(data=np.random.default_rng(1).standard_normal((240, 1, 4)))
    assert quietly(data.features, noise, bootstrap=50)["training_noise"].item() > 0.8
    assert clear < 0.1


def test_halves_keep_groups_whole_and_hold_all_training_stimuli():
    groups = np.repeat(np.arange(10), 3)
    train, test = np.arange(24), np.arange(24, 30)
    (first, _), (second, tested) = half_splits([(train, test)], groups, 0)
    assert set(groups[first]).isdisjoint(groups[second])
    np.testing.assert_array_equal(np.sort(np.r_[first, second]), train)
    np.testing.assert_array_equal(tested, test)


def test_training_sets_too_small_to_halve_count_as_noise(planted, quietly):
    data = planted()
    recordings = data.recordings.assign_coords(
        session=("presentation", np.repeat(np.arange(3), 80))
    )
    scores = quietly(
        data.features, recordings, groups="session", n_splits=3, bootstrap=50, alphas=1.0
    )
    assert scores["training_noise"].item() == 1.0


def test_pairs_stand_both_ways_in_folds_and_one_way_in_one_split():
    rows = np.random.default_rng(0).permutation(24)
    folds = [(np.setdiff1d(rows, test), test) for test in np.split(rows, 4)]
    assert share_both_ways(folds) == pytest.approx(1)
    assert share_both_ways([(rows[:12], rows[12:])]) == 0


def test_the_share_of_pairs_both_ways_is_that_of_a_loop():
    rng = np.random.default_rng(0)
    splits = [(order[6:], order[:6]) for order in (rng.permutation(24) for _ in range(7))]
    times = np.zeros((24, 24))
    for train, test in splits:
        for i in test:
            times[i, train] += 1
    expected = (times * times.T).sum() / (times**2).sum()
    assert share_both_ways(splits) == pytest.approx(expected**0.5)


def test_training_noise_does_not_widen_one_fixed_split_of_noise(planted, quietly):
    """What never trains is no pair the other way round: spread as of new stimuli, 1 / (m - 1)."""
    variances = []
    for seed in range(12):
        data = planted(n_stimuli=60, n_neuroids=3, n_repetitions=1, seed=seed)
        noise = np.random.default_rng([5, seed]).standard_normal(data.recordings.shape)
        ids = data.features["stimulus"].values.tolist()
        scores = quietly(
            data.features, data.recordings.copy(data=noise).isel(neuroid=[0]), bootstrap=200,
            resample="stimulus", splits=[(ids[:30], ids[30:])],
        )  # fmt: skip
        variances.append(scores["score_sd"].item() ** 2)
    assert np.mean(variances) == pytest.approx(1 / 29, rel=0.2)
