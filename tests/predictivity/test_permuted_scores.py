"""p values of predict: refitted permutations, blocks, corrections, refusals."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import InputError
from cornetkit.kernels.clusters import cluster_correction, max_statistic
from cornetkit.kernels.resampling import p_value, permutations


def permuted(data, order):
    """Return recordings in which each stimulus has the trials of another one."""
    ids = data.features["stimulus"].values
    # Stimulus k gets the responses of stimulus order[k], so these trials are called k.
    new = {ids[old]: ids[k] for k, old in enumerate(order)}
    names = [new[name] for name in data.recordings["stimulus"].values]
    return data.recordings.assign_coords(stimulus=("presentation", names))


@pytest.mark.parametrize(
    "settings", [{}, {"method": "pls", "n_components": 3}, {"alpha_per": "all"}]
)
def test_every_permutation_is_the_score_of_relabelled_recordings(planted, quietly, settings):
    data = planted(n_stimuli=40, n_bins=2)
    scores = quietly(*data, permutations=19, **settings)
    orders = permutations(40, 19, np.random.default_rng([0, 3]))
    for k in (0, 7, 18):
        alone = quietly(data.features, permuted(data, orders[k]), **settings)
        np.testing.assert_allclose(scores["null_score"].values[k], alone["score"].values, atol=1e-8)


def test_p_counts_the_observed_order_as_one(planted, quietly):
    scores = quietly(*planted(n_bins=2), permutations=19)
    np.testing.assert_allclose(
        scores["p"].values, p_value(scores["score"].values, scores["null_score"].values)
    )
    np.testing.assert_allclose(
        scores["p_corrected"].values,
        max_statistic(scores["score"].values, scores["null_score"].values),
    )


def test_clusters_of_bins_are_corrected_on_request(planted, quietly):
    scores = quietly(*planted(n_bins=4), permutations=19, correction="cluster")
    found = cluster_correction(scores["score"].values, scores["null_score"].values)
    np.testing.assert_array_equal(scores["p_corrected"].values, found.p_map)
    np.testing.assert_array_equal(scores["cluster"].values, found.labels)


def with_labels(data, labels, name="movie"):
    per_trial = np.repeat(labels, len(data.recordings) // len(labels))
    return data.recordings.assign_coords({name: ("presentation", per_trial)})


def test_permutations_stay_within_groups(planted, quietly):
    """Trap 33: what movies differ in is no evidence that frames are told apart."""
    data = planted(n_stimuli=60)
    movie = np.repeat(np.arange(12), 5)
    recordings = with_labels(data, movie)
    scores = quietly(data.features, recordings, permutations=19, groups="movie", n_splits=4)
    assert scores["p"].attrs["permuted_within"] == "movie"
    orders = permutations(60, 19, np.random.default_rng([0, 3]), movie)
    moved = xr.DataArray(recordings)
    ids = data.features["stimulus"].values
    new = {ids[old]: ids[k] for k, old in enumerate(orders[0])}
    names = [new[name] for name in moved["stimulus"].values]
    alone = quietly(
        data.features,
        moved.assign_coords(stimulus=("presentation", names)),
        groups="movie",
        n_splits=4,
    )
    np.testing.assert_allclose(scores["null_score"].values[0], alone["score"].values, atol=1e-8)


def structured(data, strength, seed=0):
    """Return features and noise responses that both differ between movies, and nothing more."""
    rng = np.random.default_rng(seed)
    movie = np.repeat(np.arange(6), 10)
    of_features = strength * rng.standard_normal((6, data.features.sizes["unit"]))
    # One direction is shared: what features say of a movie, responses say too.
    means = of_features[:, :1] * np.ones((1, data.recordings.sizes["neuroid"]))
    features = data.features.copy(
        data=rng.standard_normal(data.features.shape) + of_features[movie]
    )
    noise = rng.standard_normal(data.recordings.shape)
    noise += np.repeat(means[movie], 4, axis=0)[:, None, :]
    return features, with_labels(data, movie).copy(data=noise)


def test_free_permutations_would_call_structure_of_movies_evidence(planted, quietly):
    features, recordings = structured(planted(), 2.0)
    free = quietly(features, recordings, permutations=39, splits="kfold")
    within = quietly(features, recordings, permutations=39, permute_within="movie")
    assert free["p"].item() == pytest.approx(1 / 40)
    assert within["p"].item() > free["p"].item()


def test_groups_can_be_ignored_on_request(planted, quietly):
    data = planted()
    recordings = with_labels(data, np.repeat(np.arange(12), 5))
    scores = quietly(
        data.features, recordings, permutations=19, groups="movie", n_splits=4,
        permute_within=False,
    )  # fmt: skip
    assert scores["p"].attrs["permuted_within"] == "none"


def test_copies_of_an_image_move_together(planted, quietly):
    data = planted(n_stimuli=40)
    values = data.features.values.copy()
    values[20:] = values[:20]
    features = data.features.copy(data=values)
    scores = quietly(features, data.recordings, permutations=19, groups="duplicates", n_splits=4)
    assert scores["p"].attrs["permuted_within"] == "copies of an image moved together"
    assert not scores["null_score"].isnull().any()


def test_too_few_permutations_for_the_asked_p_are_refused(planted, quietly):
    message = r"99 permutations cannot give a p below 0.01, and p <= 0.001 .* permutations=999"
    with pytest.raises(InputError, match=message):
        quietly(*planted(), permutations=99, alpha=0.001)
    with pytest.raises(InputError, match=r"10 permutations cannot give a p below 0\.0909"):
        quietly(*planted(), permutations=10)


def test_stimuli_that_cannot_change_places_are_refused(planted, quietly):
    data = planted()
    recordings = with_labels(data, np.arange(60), "name")
    with pytest.raises(InputError, match="every stimulus has one of its own"):
        quietly(data.features, recordings, permutations=19, permute_within="name")


def test_too_few_orders_for_the_asked_p_are_refused(planted, quietly):
    data = planted()
    pairs = with_labels(data, np.r_[np.zeros(3), np.arange(1, 58)], "name")
    with pytest.raises(InputError, match=r"have 6 different orders, too few for p <= 0\.05"):
        quietly(data.features, pairs, permutations=19, permute_within="name")


def test_a_coordinate_that_is_not_there_is_told(planted, quietly):
    data = planted()
    with pytest.raises(InputError, match=r"unknown coordinate.*'movi' \(did you mean 'movie'"):
        quietly(
            data.features, with_labels(data, np.repeat(range(12), 5)), permutations=19,
            permute_within="movi",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bootstrap": 10}, "bootstrap=10 was given; expected 50 or more"),
        ({"bootstrap": 0.5}, "bootstrap must be a whole number"),
        ({"permutations": 0}, "permutations=0 was given; expected 1 or more"),
        ({"resample": "stimulus"}, "add bootstrap=1000"),
        ({"bootstrap": 50, "resample": "stimuli"}, "did you mean 'stimulus'"),
        ({"bootstrap": 50, "resample": []}, "resample is empty"),
        ({"bootstrap": 50, "resample": "stimulus,repetition"}, "is in the differences between"),
        ({"bootstrap": 50, "resample": ("neuroid", "animal")}, "neuroids lie within animals"),
        ({"alpha": 0.01}, "alpha=0.01 is about the p values of permutations"),
        ({"correction": "max"}, "correction='max' is about the p values"),
        ({"permutations": 19, "correction": "fdr"}, "unknown correction 'fdr'"),
        ({"permutations": 19, "alpha": 5}, "alpha=5 was given; expected a number between"),
        ({"permute_within": "movie"}, "permute_within='movie' is about permutations"),
        ({"permutations": 19, "permute_within": True}, "does not say within what"),
    ],
)
def test_arguments_that_make_no_sense_are_told(planted, quietly, wrong, message):
    with pytest.raises(InputError, match=message):
        quietly(*planted(n_stimuli=30), **wrong)


@pytest.mark.slow
def test_p_is_uniform_under_the_null_over_200_seeds(planted, quietly):
    found = []
    for seed in range(200):
        data = planted(n_stimuli=40, n_units=10, n_repetitions=1, seed=seed)
        noise = np.random.default_rng([9, seed]).standard_normal(data.recordings.shape)
        scores = quietly(
            data.features, data.recordings.copy(data=noise), permutations=39, n_splits=5
        )
        found.append(scores["p"].item())
    found = np.array(found)
    # The p values are k / 40, so their distribution function is met at these points; 1.63 / sqrt(n)
    # is what a Kolmogorov-Smirnov distance exceeds in 1 % of cases.
    grid = np.arange(1, 41) / 40
    distance = np.abs((found[:, None] <= grid + 1e-9).mean(axis=0) - grid).max()
    assert distance < 1.63 / np.sqrt(200)
