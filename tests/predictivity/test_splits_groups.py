"""Stimuli that belong together stay together: in folds, and in the choice of a penalty."""

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, StratifiedGroupKFold

import cornetkit as ck
from cornetkit.predictivity.folds import hash_of_splits

ALPHAS = [0.1, 10.0, 100.0, 1000.0]


def labelled(recordings, **labels):
    """Label trials by labels of the stimuli, in the order of their ids."""
    codes = np.unique(recordings["stimulus"].values, return_inverse=True)[1]
    coords = {n: ("presentation", np.asarray(values)[codes]) for n, values in labels.items()}
    return recordings.assign_coords(coords)


@pytest.fixture(scope="module")
def movies(planted):
    """Sixty frames of twelve movies, five frames each."""
    data = planted(n_stimuli=60, n_units=80, noise=2.0)
    movie = [f"m{i % 12:02d}" for i in range(60)]
    return data.features, labelled(data.recordings, movie=movie), np.array(movie)


def means(recordings):
    return recordings.groupby("stimulus").mean().squeeze().values


def ids(features):
    return features["stimulus"].values.tolist()


def test_folds_and_penalty_equal_scikit_learn_with_groups(movies, quietly):
    features, recordings, movie = movies
    scores = quietly(features, recordings, groups="movie", n_splits=6, alphas=ALPHAS, rng=3)
    X, Y = features.values, means(recordings)
    folds = list(GroupKFold(6, shuffle=True, random_state=3).split(X, groups=movie))
    for k, (train, test) in enumerate(folds):
        error = np.zeros((len(ALPHAS), Y.shape[1]))
        for a, alpha in enumerate(ALPHAS):
            for inner, out in LeaveOneGroupOut().split(train, groups=movie[train]):
                model = Ridge(alpha=alpha).fit(X[train[inner]], Y[train[inner]])
                error[a] += ((model.predict(X[train[out]]) - Y[train[out]]) ** 2).sum(axis=0)
        for j, best in enumerate(np.array(ALPHAS)[error.argmin(axis=0)]):
            predicted = Ridge(alpha=best).fit(X[train], Y[train, j]).predict(X[test])
            found = scores.isel(area=0, time=0, time_bin=0, split=k, neuroid=j)
            assert found["alpha"].item() == best
            assert found["r"].item() == pytest.approx(np.corrcoef(predicted, Y[test, j])[0, 1])
    assert scores.attrs["splits_sha256"] == hash_of_splits(folds, ids(features))
    assert (scores.attrs["groups"], scores.attrs["splits"]) == ("movie", "kfold")


def test_standardised_units_leave_groups_out_too(movies, quietly):
    features, recordings, movie = movies
    settings = {"groups": "movie", "n_splits": 6, "alphas": ALPHAS, "standardize": True}
    scores = quietly(features, recordings, **settings)
    Y = means(recordings)
    folds = GroupKFold(6, shuffle=True, random_state=0).split(Y, groups=movie)
    for k, (train, test) in enumerate(folds):
        X = features.values
        X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
        error = np.zeros((len(ALPHAS), Y.shape[1]))
        for a, alpha in enumerate(ALPHAS):
            for inner, out in LeaveOneGroupOut().split(train, groups=movie[train]):
                model = Ridge(alpha=alpha).fit(X[train[inner]], Y[train[inner]])
                error[a] += ((model.predict(X[train[out]]) - Y[train[out]]) ** 2).sum(axis=0)
        best = np.array(ALPHAS)[error.argmin(axis=0)]
        found = scores.isel(area=0, time=0, time_bin=0, split=k)
        np.testing.assert_array_equal(found["alpha"], best)
        for j, alpha in enumerate(best):
            predicted = Ridge(alpha=alpha).fit(X[train], Y[train, j]).predict(X[test])
            r = np.corrcoef(predicted, Y[test, j])[0, 1]
            assert found["r"][j].item() == pytest.approx(r)


def test_every_stimulus_its_own_group_is_no_group(planted, quietly):
    data = planted(n_stimuli=40, n_units=60)
    own = labelled(data.recordings, own=np.arange(40))
    stored = [(np.arange(30), np.arange(30, 40)), (np.arange(10, 40), np.arange(10))]
    pairs = [tuple(data.features["stimulus"].values[part] for part in pair) for pair in stored]
    plain = quietly(data.features, own, splits=pairs)
    grouped = quietly(data.features, own, splits=pairs, groups="own")
    np.testing.assert_allclose(grouped["r"], plain["r"], atol=1e-9)
    np.testing.assert_array_equal(grouped["alpha"], plain["alpha"])


@pytest.mark.parametrize("method", ["ridge", "pls", "ols", "best-unit"])
def test_frames_of_unrelated_movies_score_only_where_movies_are_split(quietly, method):
    # Nothing relates features to responses but that frames of a movie are alike in both.
    rng = np.random.default_rng(0)
    movie = np.repeat(np.arange(20), 5)
    names = np.array([f"s{i:03d}" for i in range(100)])
    values = rng.standard_normal((20, 40))[movie] + 0.3 * rng.standard_normal((100, 40))
    response = rng.standard_normal((20, 30))[movie] + 0.3 * rng.standard_normal((100, 30))
    features = xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": names})
    recordings = xr.DataArray(
        response[:, None, None],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": names, "neuroid": np.arange(30), "movie": ("stimulus", movie)},
    )
    settings = {"method": method, "n_components": 5} if method == "pls" else {"method": method}
    torn = quietly(features, recordings, **settings)
    whole = quietly(features, recordings, groups="movie", **settings)
    assert torn["score"].item() > 0.4
    assert abs(whole["score"].item()) < 0.2
    assert any("groups='movie'" in note for note in torn.attrs["notes"])
    assert not any("groups=" in note for note in whole.attrs["notes"])


def test_stratified_and_grouped_go_together(movies, quietly):
    features, recordings, movie = movies
    kind = np.array([f"k{int(m[1:]) % 3}" for m in movie])
    both = labelled(recordings, kind=kind)
    scores = quietly(features, both, groups="movie", stratify="kind", n_splits=4)
    splitter = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    expected = hash_of_splits(list(splitter.split(movie, kind, movie)), ids(features))
    assert scores.attrs["splits_sha256"] == expected
    assert (scores.attrs["groups"], scores.attrs["stratify"]) == ("movie", "kind")


def test_shuffle_splits_keep_groups_whole(movies, quietly):
    from sklearn.model_selection import GroupShuffleSplit

    features, recordings, movie = movies
    settings = {"protocol": "brainscore", "groups": "movie", "n_components": 3}
    scores = quietly(features, labelled(recordings, object_name=movie), **settings)
    splitter = GroupShuffleSplit(10, train_size=0.9, random_state=1)
    expected = hash_of_splits(list(splitter.split(movie, groups=movie)), ids(features))
    assert scores.attrs["splits_sha256"] == expected
    assert scores.attrs["stratify"] == "none"
    assert any("groups take the place" in note for note in scores.attrs["notes"])


def test_copies_of_an_image_can_be_kept_together(planted, quietly):
    data = planted(n_stimuli=60, n_units=100)
    values = data.features.values.copy()
    values[30:] = values[:30]
    copies = data.features.copy(data=values)
    plain = quietly(copies, data.recordings)
    kept = quietly(copies, data.recordings, groups="duplicates")
    assert any("groups='duplicates'" in note for note in plain.attrs["notes"])
    assert not any("copies" in note for note in kept.attrs["notes"])
    assert kept.attrs["groups"] == "duplicates"
    group = np.tile(np.arange(30), 2)
    splitter = GroupKFold(10, shuffle=True, random_state=0)
    expected = hash_of_splits(list(splitter.split(group, groups=group)), ids(copies))
    assert kept.attrs["splits_sha256"] == expected


def test_without_copies_nothing_is_grouped(planted, quietly):
    data = planted(n_stimuli=40, n_units=60)
    found = quietly(data.features, data.recordings, groups="duplicates", n_splits=5)
    splitter = GroupKFold(5, shuffle=True, random_state=0)
    expected = hash_of_splits(
        list(splitter.split(np.arange(40), groups=np.arange(40))), ids(data.features)
    )
    assert found.attrs["splits_sha256"] == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"groups": "movei"}, r"unknown coordinate of the stimuli 'movei' \(did you mean 'movie'"),
        (
            {"groups": "half"},
            r"groups='half' has 2 values, fewer than the 10 folds; give n_sp",
        ),
        ({"groups": "one"}, "all stimuli are of one group by groups='one'"),
        ({"groups": "gaps"}, r"3 of 60 stimuli have no value of it \(s000, s001, s002\)"),
        ({"groups": "trial"}, "trial differs between the trials of a stimulus"),
        ({"splits": "grouped"}, "splits='grouped' does not say by what; add groups="),
        (
            {"groups": "half", "n_splits": 2},
            "trains on one group only, so no group can be left out to choose a penalty",
        ),
        (
            {"groups": "movie", "stratify": "half", "splits": "shuffle"},
            "cannot both be stratified and keep groups whole",
        ),
        ({"splits": "kfolds"}, r"unknown kind of splits 'kfolds' \(did you mean 'kfold'\?\)"),
        ({"splits": "stratified"}, "does not say by what; add stratify="),
        ({"splits": 5}, "splits cannot be read from a int"),
    ],
    ids=str,
)
def test_groups_that_cannot_be(movies, settings, message):
    features, recordings, movie = movies
    more = labelled(
        recordings,
        half=np.arange(60) % 2,
        one=np.zeros(60),
        gaps=np.where(np.arange(60) < 3, "", movie),
    ).assign_coords(trial=("presentation", np.arange(recordings.sizes["presentation"])))
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(features, more, **settings)
    assert "\n" not in str(caught.value)


def test_one_penalty_needs_no_group_to_leave_out(movies, quietly):
    features, recordings, _ = movies
    half = labelled(recordings, half=np.arange(60) % 2)
    scores = quietly(features, half, groups="half", n_splits=2, alphas=10.0)
    assert np.isfinite(scores["score"]).all()


def test_recordings_without_coordinates_say_so(planted):
    data = planted(n_stimuli=40)
    message = (
        "have a coordinate of the stimuli besides their id; leave groups out .* or add it: "
        r"recordings.assign_coords\(movie=\('presentation', \[...\]\)\)"
    )
    with pytest.raises(ck.CornetkitError, match=message):
        ck.predict(data.features, data.recordings, groups="movie")


@pytest.mark.parametrize(
    ("name", "values", "noted"),
    [
        ("movie_id", np.arange(60) // 5, True),
        ("Scene", np.arange(60) // 5, True),
        ("object_name", np.arange(60) // 5, False),
        ("movie", np.arange(60), False),
        ("movie", np.zeros(60), False),
        ("session", np.where(np.arange(60) < 30, "a", "b"), True),
    ],
)
def test_an_unused_whole_is_noted(planted, quietly, name, values, noted):
    data = planted(n_stimuli=60, n_units=5)
    notes = quietly(data.features, labelled(data.recordings, **{name: values})).attrs["notes"]
    assert any(f"groups='{name}'" in note for note in notes) is noted


def test_per_neuroid_stimuli_keep_their_groups(movies, quietly):
    # A neuroid with other stimuli than the rest is fitted by itself, with the groups it has.
    features, recordings, movie = movies
    fewer = recordings.copy()
    gone = np.isin(recordings["movie"].values, ["m00", "m01"])
    fewer[gone, :, 1] = np.nan
    settings = {"groups": "movie", "n_splits": 6, "alphas": ALPHAS}
    scores = quietly(features, fewer, **settings)
    np.testing.assert_allclose(
        scores["r"].isel(neuroid=[0, 2, 3]),
        quietly(features, recordings, **settings)["r"].isel(neuroid=[0, 2, 3]),
        atol=1e-10,
    )
    X, Y = features.values, means(recordings)[:, 1]
    train, test = next(GroupKFold(6, shuffle=True, random_state=0).split(X, groups=movie))
    there = ~np.isin(movie, ["m00", "m01"])
    train, test = train[there[train]], test[there[test]]
    alpha = scores["alpha"].isel(neuroid=1, split=0).item()
    predicted = Ridge(alpha=alpha).fit(X[train], Y[train]).predict(X[test])
    expected = np.corrcoef(predicted, Y[test])[0, 1]
    assert scores["r"].isel(neuroid=1, split=0).item() == pytest.approx(expected)
