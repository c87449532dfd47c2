"""The reliability of predictions, from fits to halves of the repetitions."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.kernels.half_means import half_means
from cornetkit.neural import repetitions_array
from cornetkit.predictivity.halves import N_HALVES, Halves, prediction_reliability
from cornetkit.predictivity.protocols import Protocol

RIDGE = Protocol("ridge", alphas=(10.0,), normalization="%EV")


def simulated(n_repetitions, rng, n=80, n_units=20, n_neuroids=60, noise=2.0):
    """Gram matrix, and two independent recordings (trial, neuroid) of the same neuroids."""
    features = rng.standard_normal((n, n_units))
    features -= features.mean(axis=0)
    signal = features @ rng.standard_normal((n_units, n_neuroids)) / np.sqrt(n_units)
    trials = signal + noise * rng.standard_normal((2, n_repetitions, n, n_neuroids))
    return features @ features.T, trials


def as_trials(dense):
    """Trial rows of an array (repetition, stimulus, neuroid)."""
    n_repetitions, n, n_neuroids = dense.shape
    return xr.DataArray(
        dense.reshape(-1, 1, n_neuroids),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.tile([f"s{i:02d}" for i in range(n)], n_repetitions)),
            "repetition": ("presentation", np.repeat(np.arange(n_repetitions), n)),
            "neuroid": [f"n{k}" for k in range(n_neuroids)],
        },
    )


def ridge_by_hand(gram, means, test, train):
    """Held-out predictions of ridge through the Gram matrix of centred features."""
    inside = gram[np.ix_(train, train)]
    centre = np.eye(len(train)) - 1 / len(train)
    weights = np.linalg.solve(
        centre @ inside @ centre + 10 * np.eye(len(train)), means[train] - means[train].mean(0)
    )
    return gram[np.ix_(test, train)] @ centre @ weights


@pytest.mark.parametrize("n_repetitions", [2, 3, 5])
def test_it_is_how_well_predictions_repeat_in_independent_recordings(n_repetitions):
    rng = np.random.default_rng(n_repetitions)
    splits = [
        (np.setdiff1d(np.arange(80), test), test) for test in np.split(rng.permutation(80), 4)
    ]
    estimates, truths = [], []
    for _ in range(4):
        gram, recordings = simulated(n_repetitions, rng)
        means = recordings.mean(axis=1)
        for train, test in splits:
            first, second = (ridge_by_hand(gram, m, test, train) for m in means)
            pairs = zip(first.T, second.T, strict=True)
            truths.append([np.corrcoef(a, b)[0, 1] for a, b in pairs])
        halves = Halves(as_trials(recordings[0]), 0)
        estimates.append(prediction_reliability(gram, halves, splits, RIDGE)[0])
    # Plain doubling would be 0.10 too low with 3 repetitions, 0.05 with 5.
    assert np.nanmean(estimates) == pytest.approx(np.mean(truths), abs=0.03)


def test_it_is_lengthened_as_the_ceiling_is():
    gram, (trials, _) = simulated(3, np.random.default_rng(0), n_neuroids=3)
    trials[2, ::2, 1] = np.nan  # one neuroid has 2 repetitions of half of the stimuli
    halves = Halves(as_trials(trials), 0)
    ceilings = ck.ceiling(as_trials(trials))
    np.testing.assert_allclose(halves.k[0], [3, 1 / np.mean([1 / 2, 1 / 3]), 3])
    np.testing.assert_allclose(halves.k, ceilings["lengthening"].values)


def test_halves_of_repetitions_are_equal_disjoint_and_drawn_anew(planted):
    recordings = planted(n_stimuli=8, n_repetitions=5).recordings
    recordings = recordings.copy(
        data=np.broadcast_to(2.0 ** recordings["repetition"].values[:, None, None], (40, 1, 4))
    )
    drawn = list(Halves(recordings, 0))
    assert len(drawn) == N_HALVES
    sums = []
    for first, second in drawn:
        both = (2 * first + 2 * second)[:, 0, 0]  # two repetitions a half, each a power of 2
        assert all(bin(int(value)).count("1") == 4 for value in both)
        sums.append(2 * first[:, 0, 0])
    assert len(np.unique(np.stack(sums))) > 4


def test_halves_are_those_of_each_neuroids_valid_repetitions(planted):
    recordings = planted(n_stimuli=8, n_repetitions=6).recordings
    recordings[:, 0, 1] = np.where(recordings["repetition"] < 2, recordings[:, 0, 1], np.nan)
    rng = np.random.default_rng(4)
    dense = repetitions_array(recordings)
    for drawn in Halves(recordings, 4):
        assert np.isfinite(drawn).all()  # two are enough for one each
        np.testing.assert_array_equal(drawn, half_means(dense, rng))


def test_the_order_of_trials_changes_no_halves(planted):
    recordings = planted(n_stimuli=8, n_repetitions=5).recordings
    other = recordings[np.random.default_rng(0).permutation(40)]
    for one, same in zip(Halves(recordings, 0), Halves(other, 0), strict=True):
        np.testing.assert_array_equal(one, same)


def test_results_say_how_it_was_made(planted, quietly):
    data = planted(n_stimuli=30, n_units=4)
    attrs = quietly(*data, normalization="%EV", n_splits=3, rng=5)["prediction_ceiling"].attrs
    assert attrs["n_halves"] == N_HALVES
    assert attrs["seed"] == 5
    assert "doubled where these rest on 1.8 to 2.2 times" in attrs["correction"]


@pytest.mark.parametrize("protocol", ["kar2019", "kar2019-within"])
def test_recordings_without_repetitions_have_scores_and_no_explained_variance(
    planted, quietly, protocol
):
    data = planted(n_stimuli=30, n_units=4, n_repetitions=1)
    scores = quietly(*data, protocol=protocol, n_components=2)
    assert np.isfinite(scores["score"]).all()
    assert np.isnan(scores["normalized"]).all()


def test_stimuli_shown_once_among_repeated_ones_are_refused():
    rng = np.random.default_rng(0)
    _, recordings = simulated(4, rng, n=12, n_neuroids=3)
    dense = recordings[0].copy()
    dense[1:, :5, :2] = np.nan
    with pytest.raises(InputError, match=r"5 of 12 stimuli have one, for 2 of 3 neuroids; leave"):
        Halves(as_trials(dense), seed=0)


def test_without_any_repetition_nothing_is_known():
    gram, recordings = simulated(1, np.random.default_rng(0), n=12, n_neuroids=3)
    halves = Halves(as_trials(recordings[0]), seed=0)
    splits = [(np.arange(6), np.arange(6, 12))]
    assert np.isnan(prediction_reliability(gram, halves, splits, RIDGE)).all()


def test_unequal_repetitions_are_close_to_independent_recordings():
    rng = np.random.default_rng(3)
    splits = [
        (np.setdiff1d(np.arange(80), test), test) for test in np.split(rng.permutation(80), 4)
    ]
    estimates, truths = [], []
    for _ in range(4):
        gram, recordings = simulated(6, rng)
        recordings[:, 2:, :60] = np.nan  # 60 stimuli twice, 20 six times
        means = np.nanmean(recordings, axis=1)
        for train, test in splits:
            first, second = (ridge_by_hand(gram, m, test, train) for m in means)
            truths.append([np.corrcoef(a, b)[0, 1] for a, b in zip(first.T, second.T, strict=True)])
        estimates += [
            prediction_reliability(gram, Halves(as_trials(r), seed=0), splits, RIDGE)
            for r in recordings
        ]
    assert np.nanmean(estimates) == pytest.approx(np.mean(truths), abs=0.05)
