"""decode() over repetitions: pseudo-populations of trials that were not recorded together."""

import warnings

import numpy as np
import pytest
from planted_courses import make_trials, object_patterns

import cornetkit as ck


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


def decode(x, *arguments, **settings):
    return ck.decode(x, *arguments, **({"progress": False} | settings))


@pytest.fixture
def trials():
    """Six conditions of two objects; the last of three bins tells them apart."""
    objects, pattern = object_patterns(6, 2, 12, 0.8)
    means = np.zeros((6, 3, 12))
    means[:, 2] = pattern
    return make_trials(means, objects, n_repetitions=10)


def test_few_stimuli_are_decoded_over_repetitions_and_it_is_said(trials):
    found = decode(trials, n_resamples=4)
    assert found.attrs["cross_validate"] == "repetitions"
    accuracy = np.diagonal(found["accuracy"].values)
    assert accuracy[2] > 0.9
    assert np.abs(accuracy[:2] - 0.5).max() < 0.2
    assert any("has 3 stimuli, fewer than 5" in note for note in found.attrs["notes"])


@pytest.mark.parametrize("together", [None, "all", "day"])
def test_neuroids_recorded_together_keep_their_trials(trials, together):
    from cornetkit.behavior.labels_of_stimuli import labels_of
    from cornetkit.neural import open_recordings
    from cornetkit.temporal.pseudo_populations import draws_of

    rows = open_recordings(trials.assign_coords(day=("neuroid", ["a", "b"] * 6)))
    # The number of its trial as the response, for every neuroid.
    rows = rows.copy(data=np.broadcast_to(np.arange(60.0)[:, None, None], rows.shape))
    ids = np.unique(rows["stimulus"].values)
    labels = labels_of(ids, {i: f"o{k % 2}" for k, i in enumerate(ids)}, {}, "it")
    draws, _ = draws_of(rows, ids, labels, 20, together)
    drawn = draws.draw(np.random.default_rng(0))[0]
    own = drawn[:, :1] == drawn
    expected = {None: [0], "all": range(12), "day": range(0, 12, 2)}[together]
    np.testing.assert_array_equal(np.flatnonzero(own.all(axis=0)), list(expected))


def test_no_trial_is_in_two_pseudo_trials(trials):
    from cornetkit.behavior.labels_of_stimuli import labels_of
    from cornetkit.neural import open_recordings
    from cornetkit.temporal.pseudo_populations import draws_of

    rows = open_recordings(trials)
    rows = rows.copy(data=np.broadcast_to(np.arange(60.0)[:, None, None], rows.shape))
    ids = np.unique(rows["stimulus"].values)
    labels = labels_of(ids, {i: f"o{k % 2}" for k, i in enumerate(ids)}, {}, "it")
    draws, _ = draws_of(rows, ids, labels, 20, None)
    drawn = draws.draw(np.random.default_rng(0))[0]
    assert all(len(np.unique(column)) == len(column) for column in drawn.T)
    truth = labels.codes[np.searchsorted(ids, rows["stimulus"].values)]
    for k in range(12):
        np.testing.assert_array_equal(truth[drawn[:, k].astype(int)], draws.sample_codes)


def test_trials_dealt_to_stimuli_at_random_give_chance(trials):
    from cornetkit.neural import open_recordings

    rows = open_recordings(trials)
    order = np.random.default_rng(0).permutation(60)
    dealt = rows.copy(data=rows.values[order])
    found = decode(dealt, n_resamples=5, generalize=False)
    assert abs(found["accuracy"].values[2] - 0.5) < 0.2


def test_missing_trials_are_not_drawn(trials):
    gap = trials.copy()
    gap[0, 3:, :, 4] = np.nan
    found = decode(gap, n_resamples=2)
    assert not np.isnan(found["accuracy"]).any()


def test_permutations_of_trials_find_the_onset(trials):
    found = decode(trials, n_resamples=2, n_permutations=39, generalize=False,
                   classifier="correlation")  # fmt: skip
    assert found["onset_start_ms"] == 40.0
    assert found["p"].values[0] > 0.05


@pytest.mark.realdata
def test_published_decoding_of_macaque_it_is_reproduced(shared_folder):
    """Zhang et al. 2011, as NeuroDecodeR publishes it: 7 objects, 150 ms windows every 50 ms."""
    found = decode(
        str(shared_folder / "data" / "it_zhang_desimone" / "it.nc"), "object_name", window=150,
        step=50, classifier="correlation", n_resamples=50, generalize=False,
    )  # fmt: skip
    accuracy = dict(
        zip(found["time_bin_start"].values.tolist(), found["accuracy"].values, strict=True)
    )
    published = {0: 0.413, 50: 0.738, 100: 0.861, 150: 0.837, 200: 0.810, 250: 0.766, 300: 0.710,
                 350: 0.595}  # fmt: skip
    for start, expected in published.items():
        assert abs(accuracy[start] - expected) < 0.05, (start, accuracy[start])
    assert max(accuracy, key=lambda start: accuracy[start]) in (100, 150)
    before = [value for start, value in accuracy.items() if start <= -150]
    assert min(before) > 0.11
    assert max(before) < 0.20
