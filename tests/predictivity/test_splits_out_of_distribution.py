"""Held-out values of an attribute, and held-out stimuli that lie far from the training ones."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import cdist
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

import cornetkit as ck
from cornetkit.predictivity.folds import hash_of_splits
from cornetkit.predictivity.protocols import Protocol
from cornetkit.predictivity.splits_distance import distance_splits, nearest_distances


def labelled(recordings, **labels):
    codes = np.unique(recordings["stimulus"].values, return_inverse=True)[1]
    coords = {n: ("presentation", np.asarray(values)[codes]) for n, values in labels.items()}
    return recordings.assign_coords(coords)


@pytest.fixture(scope="module")
def data(planted):
    made = planted(n_stimuli=60, n_units=20)
    kind = np.array(list("abcd"))[np.arange(60) % 4]
    contrast = np.random.default_rng(5).uniform(size=60)
    return made.features, labelled(made.recordings, kind=kind, contrast=contrast), kind, contrast


def test_each_value_is_held_out_in_turn(data, quietly):
    features, recordings, kind, _ = data
    scores = quietly(features, recordings, held_out="kind", alphas=10.0)
    assert scores["held_out"].values.tolist() == list("abcd")
    Y = recordings.groupby("stimulus").mean().squeeze().values
    for k, value in enumerate("abcd"):
        fit = Ridge(alpha=10.0).fit(features.values[kind != value], Y[kind != value])
        predicted = fit.predict(features.values[kind == value])
        for j in range(4):
            expected = np.corrcoef(predicted[:, j], Y[kind == value, j])[0, 1]
            assert scores["r"].isel(split=k, neuroid=j).item() == pytest.approx(expected)
    a = scores.attrs
    assert (a["splits"], a["held_out"], a["n_splits"]) == ("held-out", "kind", 4)
    assert any("compare with the same prediction on random splits" in n for n in a["notes"])


def test_values_are_dealt_out_to_as_many_folds_as_asked_for(data, quietly):
    features, recordings, _, _ = data
    objects = labelled(recordings, thing=np.arange(60) // 2)
    first, again, other = (
        quietly(features, objects, held_out="thing", n_splits=6, rng=rng) for rng in (0, 0, 1)
    )
    held = [set(text.split(" and ")[0].split(", ")) for text in first["held_out"].values.tolist()]
    assert len(held) == 6
    assert not set.intersection(*held)
    assert first.attrs["n_test"] == 10
    assert first.attrs["splits_sha256"] == again.attrs["splits_sha256"]
    assert first.attrs["splits_sha256"] != other.attrs["splits_sha256"]


def test_fractional_numbers_are_held_out_as_ranges(data, quietly):
    features, recordings, _, contrast = data
    scores = quietly(features, recordings, held_out="contrast", n_splits=5)
    order = np.argsort(contrast)
    folds = [(np.setdiff1d(order, part), np.sort(part)) for part in np.split(order, 5)]
    expected = hash_of_splits(folds, features["stimulus"].values.tolist())
    assert scores.attrs["splits_sha256"] == expected
    low, high = contrast[folds[4][1]].min(), contrast[folds[4][1]].max()
    assert scores["held_out"].values[4] == f"{low:g} to {high:g}"


def test_a_fit_that_does_not_carry_to_new_values_scores_lower(quietly):
    # The response follows one unit among dim stimuli, and its negative among bright ones.
    rng = np.random.default_rng(0)
    bright = np.arange(80) >= 40
    values = np.column_stack([rng.standard_normal(80), bright])
    values = np.column_stack([values, values[:, 0] * bright])
    response = np.where(bright, -1, 1) * values[:, 0] + 0.1 * rng.standard_normal(80)
    names = np.arange(80)
    features = xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": names})
    recordings = xr.DataArray(
        response[:, None, None, None],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": names, "light": ("stimulus", np.where(bright, "bright", "dim"))},
    )
    recordings = recordings.assign_coords(neuroid=["n"])
    assert quietly(features, recordings)["score"].item() > 0.9
    assert quietly(features, recordings, held_out="light")["score"].item() < -0.9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"held_out": "kinds"}, r"unknown coordinate of the stimuli 'kinds' \(did you mean 'kind'"),
        ({"held_out": "contrast"}, r"60 of the 60 values .* n_splits=10 \(--n-splits 10\)"),
        ({"held_out": "same"}, "all stimuli have same 1"),
        ({"held_out": "kind", "n_splits": 5}, "has 4 values, fewer than the 5 folds; give n_spl"),
        ({"held_out": "pair", "n_splits": 30}, "leaves a fold with 2 stimuli on one side"),
        ({"splits": "held-out"}, "splits='held-out' does not say what; add held_out="),
        ({"splits": "kfold", "held_out": "kind"}, "goes with splits='held-out', not 'kfold'"),
        ({"held_out": "kind", "stratify": "kind"}, "stratify balances random splits"),
        ({"held_out": "kind", "groups": "pair"}, "stimuli of 15 groups of groups='pair' on both"),
        ({"splits": "distance"}, "does not say in which space; add space="),
        ({"space": "features"}, "goes with splits='distance'"),
        (
            {"splits": "distance", "space": "featurs"},
            r"unknown space 'featurs' \(did you mean 'features'\?\)",
        ),
        (
            {"splits": "distance", "space": "features", "groups": "kind"},
            "makes groups of its own, clusters of stimuli",
        ),
    ],
    ids=str,
)
def test_what_cannot_be(data, settings, message):
    features, recordings, _, _ = data
    more = labelled(recordings, same=np.ones(60, int), pair=np.arange(60) // 2)
    if settings.get("groups") == "pair":
        more = labelled(more, pair=np.arange(60) // 4)
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(features, more, **settings)
    assert "\n" not in str(caught.value)


def clusters(n_each=8, k=5, apart=10.0, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.permutation(np.repeat(np.arange(k), n_each))
    return apart * rng.standard_normal((k, 6))[kind] + rng.standard_normal((k * n_each, 6)), kind


@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_held_out_whole(seed):
    X, kind = clusters(seed=seed)
    splits = distance_splits(Protocol("test", n_splits=5, seed=seed), X @ X.T)
    assert sorted(tuple(np.unique(kind[test])) for _, test in splits) == [(k,) for k in range(5)]


def test_distance_folds_have_the_sizes_of_k_fold():
    X = np.random.default_rng(0).standard_normal((63, 4))
    splits = distance_splits(Protocol("test", n_splits=10), X @ X.T)
    usual = list(KFold(10).split(X))
    assert [len(test) for _, test in splits] == [len(test) for _, test in usual]
    tested = np.concatenate([test for _, test in splits])
    np.testing.assert_array_equal(np.sort(tested), np.arange(63))
    for train, test in splits:
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(63))


def test_centring_the_space_changes_no_split():
    X, _ = clusters(apart=1.0)
    plan = Protocol("test", n_splits=4, seed=2)
    centred = X - X.mean(axis=0)
    for (_, a), (_, b) in zip(
        distance_splits(plan, X @ X.T), distance_splits(plan, centred @ centred.T), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_the_nearest_distance_is_that_of_scipy():
    X = np.random.default_rng(0).standard_normal((20, 3))
    train, test = np.arange(14), np.arange(14, 20)
    found = nearest_distances(X @ X.T, [(train, test)])
    np.testing.assert_allclose(found, cdist(X[test], X[train]).min(axis=1).mean())


@pytest.fixture(scope="module")
def apart(planted):
    X, _ = clusters(n_each=10, k=6, seed=1)
    made = planted(n_stimuli=60, n_units=15)
    space = xr.DataArray(
        X, dims=("stimulus", "unit"), coords={"stimulus": made.features["stimulus"]}
    )
    return made, space


def test_the_ratio_says_how_much_farther(apart, quietly):
    data, space = apart
    scores = quietly(data.features, data.recordings, splits="distance", space=space, n_splits=6)
    X = space.values
    folds = KFold(6, shuffle=True, random_state=0).split(X)
    usual = np.mean([cdist(X[test], X[train]).min(axis=1).mean() for train, test in folds])
    splits = distance_splits(Protocol("test", n_splits=6), X @ X.T)
    far = [cdist(X[test], X[train]).min(axis=1).mean() for train, test in splits]
    np.testing.assert_allclose(scores["distance_ratio"], np.array(far) / usual)
    assert (scores["distance_ratio"] > 2).all()
    a = scores.attrs
    assert (a["splits"], a["space"], a["n_splits"]) == ("distance", "features step 0", 6)
    assert any("times as far from the nearest training stimulus" in n for n in a["notes"])


def test_a_space_without_structure_is_told(planted, quietly):
    data = planted(n_stimuli=60, n_units=200)
    scores = quietly(data.features, data.recordings, splits="distance", space="features")
    assert any("these are not splits out of distribution" in n for n in scores.attrs["notes"])


def test_an_area_of_the_activations_is_a_space(apart, quietly, tmp_path):
    data, space = apart
    noise = np.random.default_rng(3).standard_normal(space.shape)
    both = xr.DataArray(
        np.stack([noise, space.values], axis=1),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": space["stimulus"].values, "time": [1, 2]},
    )
    named = quietly({"IT": both}, data.recordings, splits="distance", space="IT")
    given = quietly({"IT": both}, data.recordings, splits="distance", space=space)
    assert named.attrs["space"] == "IT step 2"
    assert named.attrs["splits_sha256"] == given.attrs["splits_sha256"]


def test_a_space_that_lacks_stimuli_is_refused(apart):
    data, space = apart
    with pytest.raises(ck.CornetkitError, match=r"the space lacks 1 of 60 stimuli \(s000\)"):
        ck.predict(data.features, data.recordings, splits="distance", space=space[1:])


def test_a_constant_or_ambiguous_space_is_refused(apart):
    data, space = apart
    with pytest.raises(ck.CornetkitError, match="all stimuli are the same in the space"):
        ck.predict(data.features, data.recordings, splits="distance", space=0 * space)
    two = {"V4": space, "IT": space}
    with pytest.raises(ck.CornetkitError, match=r"space has the areas V4, IT; expected one"):
        ck.predict(data.features, data.recordings, splits="distance", space=two)


def test_copies_of_all_stimuli_do_not_stop_the_search():
    X = np.repeat(np.arange(2.0)[:, None], 10, axis=0)
    splits = distance_splits(Protocol("test", n_splits=4), X @ X.T)
    assert [len(test) for _, test in splits] == [5, 5, 5, 5]
