"""Stimuli that belong together, in reverse_predict, partition_variance and between animals."""

import warnings

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

import cornetkit as ck
from cornetkit.errors import InputError, UnknownNameError
from cornetkit.predictivity.banded import fit_banded, himalaya_solver
from cornetkit.predictivity.folds import hash_of_splits
from cornetkit.predictivity.reverse_directions import Fit

N = 60
MOVIE = np.array([f"m{i // 5:02d}" for i in range(N)])
IDS = [f"s{i:03d}" for i in range(N)]
ALPHAS = (0.1, 10.0, 1000.0)


def frames(rng, n_columns, apart=0.3):
    """Return a code of its own for each movie, with frames that hardly differ."""
    movies = rng.standard_normal((N // 5, n_columns))
    return np.repeat(movies, 5, axis=0) + apart * rng.standard_normal((N, n_columns))


def acts(*steps):
    return xr.DataArray(
        np.stack(steps, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": IDS, "time": range(len(steps)), "area": "IT"},
    )


def recorded(signal, rng, n_repetitions=4):
    trials = np.repeat(signal, n_repetitions, axis=0)
    trials = trials + 0.5 * rng.standard_normal(trials.shape)
    n = signal.shape[1]
    return xr.DataArray(
        trials[:, None],
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat(IDS, n_repetitions)),
            "repetition": ("presentation", np.tile(np.arange(n_repetitions), N)),
            "movie": ("presentation", np.repeat(MOVIE, n_repetitions)),
            "animal": ("neuroid", ["a"] * (n // 2) + ["b"] * (n - n // 2)),
            "neuroid": [f"n{k}" for k in range(n)],
        },
    )


@pytest.fixture
def unrelated():
    """Features and recordings that share which frames are alike, and nothing else."""
    rng = np.random.default_rng(0)
    return acts(frames(rng, 80), frames(rng, 80)), recorded(frames(rng, 20), rng)


@pytest.fixture
def copied():
    """Features and recordings of 30 images, each under two ids."""
    rng = np.random.default_rng(1)
    first, second, signal = (np.tile(rng.standard_normal((30, k)), (2, 1)) for k in (80, 80, 20))
    return acts(first, second), recorded(signal, rng).drop_vars("movie")


def reverse(features, recordings, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return ck.reverse_predict(
            features, recordings, n_halves=2, n_draws=1, progress=False, **settings
        )


def partition(features, recordings, **settings):
    pytest.importorskip("himalaya")
    settings = {"alphas": ALPHAS, "ratios": (0.1, 10.0), "n_splits": 4} | settings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return ck.partition_variance(
            features, recordings, area="IT", steps=(0, 1), progress=False, **settings
        )


BOTH = pytest.mark.parametrize("analysis", [reverse, partition])


@BOTH
def test_frames_on_both_sides_of_a_fold_are_told(unrelated, analysis):
    notes = analysis(*unrelated).attrs["notes"]
    assert any("stimuli of the same movie are on both sides of splits" in note for note in notes)
    kept = analysis(*unrelated, groups="movie", n_splits=4)
    assert not any("both sides" in note for note in kept.attrs["notes"])
    assert kept.attrs["groups"] == "movie"


@BOTH
def test_copies_on_both_sides_of_a_fold_are_told(copied, analysis):
    plain = analysis(*copied)
    assert any("30 of 60 stimuli have the same features" in note for note in plain.attrs["notes"])
    kept = analysis(*copied, groups="duplicates", n_splits=4)
    assert not any("copies" in note for note in kept.attrs["notes"])


@BOTH
def test_folds_keep_groups_whole(unrelated, analysis):
    found = analysis(*unrelated, groups="movie", n_splits=4, rng=3)
    folds = list(GroupKFold(4, shuffle=True, random_state=3).split(IDS, groups=MOVIE))
    assert found.attrs["splits_sha256"] == hash_of_splits(folds, IDS)
    assert found.attrs["n_splits"] == 4


@BOTH
def test_an_unknown_coordinate_is_told(unrelated, analysis):
    with pytest.raises(UnknownNameError, match=r"'movei' \(did you mean 'movie'\?\)"):
        analysis(*unrelated, groups="movei")


def test_reverse_scores_of_unrelated_movies_fall_to_about_0_by_groups(unrelated):
    leaky = reverse(*unrelated)["score"].isel(time=0)
    kept = reverse(*unrelated, groups="movie", n_splits=6)["score"].isel(time=0)
    assert (leaky > 0.5).all()
    assert (abs(kept) < 0.2).all()


def test_parts_of_unrelated_movies_fall_to_0_or_below_by_groups(unrelated):
    leaky = partition(*unrelated)["r2_both"].median().item()
    kept = partition(*unrelated, groups="movie")["r2_both"].median().item()
    assert leaky > 0.4
    assert kept < 0.05


def test_the_penalty_of_reverse_predictivity_is_chosen_by_leaving_out_groups():
    rng = np.random.default_rng(2)
    X, Y = frames(rng, 30), frames(rng, 6)
    groups = np.unique(MOVIE, return_inverse=True)[1]
    folds = list(GroupKFold(3).split(X, groups=groups))
    found = Fit("ridge", ALPHAS, folds, groups).held_out(X, Y)
    for (train, test), predicted in zip(folds, found, strict=True):
        error = np.zeros((len(ALPHAS), 6))
        for a, alpha in enumerate(ALPHAS):
            for inner, out in LeaveOneGroupOut().split(train, groups=groups[train]):
                model = Ridge(alpha=alpha).fit(X[train[inner]], Y[train[inner]])
                error[a] += ((model.predict(X[train[out]]) - Y[train[out]]) ** 2).sum(axis=0)
        best = np.array(ALPHAS)[error.argmin(axis=0)]
        expected = Ridge(alpha=best).fit(X[train], Y[train]).predict(X[test])
        np.testing.assert_allclose(predicted, expected, rtol=1e-8, atol=1e-10)


def test_the_penalty_of_banded_ridge_is_chosen_by_folds_of_groups():
    pytest.importorskip("himalaya")
    rng = np.random.default_rng(3)
    X, Y = frames(rng, 30), frames(rng, 6)
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    groups = np.unique(MOVIE, return_inverse=True)[1]
    train, test = np.arange(45), np.arange(45, N)
    predicted, weights = fit_banded(
        *(himalaya_solver(), (X @ X.T)[None], Y, (train, test), np.array(ALPHAS)),
        *(np.ones((1, 1)), 5, groups),
    )
    error = np.zeros((len(ALPHAS), 6))
    inner = GroupKFold(5, shuffle=True, random_state=5)
    for a, alpha in enumerate(ALPHAS):
        for fit, out in inner.split(train, groups=groups[train]):
            model = Ridge(alpha=alpha).fit(X[fit], Y[fit])
            error[a] += ((model.predict(X[out]) - Y[out]) ** 2).mean(axis=0)
    best = np.array(ALPHAS)[error.argmin(axis=0)]
    np.testing.assert_allclose(1 / weights[0], best)
    expected = Ridge(alpha=best).fit(X[train], Y[train]).predict(X[test])
    np.testing.assert_allclose(predicted, expected, rtol=1e-6, atol=1e-8)


def test_one_group_to_train_on_is_refused(unrelated):
    features, recordings = unrelated
    half = (np.unique(recordings["stimulus"], return_inverse=True)[1] % 2).astype(str)
    halved = recordings.assign_coords(half=("presentation", half))
    for analysis in (reverse, partition):
        with pytest.raises(InputError, match="trains on one group only"):
            analysis(features, halved, groups="half", n_splits=2)


def test_reliability_is_that_within_the_held_out_movies():
    """Where movies differ and their frames do not, a movie that is held out has no signal."""
    rng = np.random.default_rng(4)
    recordings = recorded(frames(rng, 20, apart=0.0), rng)
    features = acts(frames(rng, 80))
    over_all = reverse(features, recordings)
    within = reverse(features, recordings, groups="movie", n_splits=12)
    assert over_all["neuroid_reliability"].median() > 0.9
    assert abs(within["neuroid_reliability"].median()) < 0.3


def test_a_between_animal_ceiling_tells_of_frames_on_both_sides(tmp_path):
    rng = np.random.default_rng(5)
    recordings = recorded(frames(rng, 40), rng)  # no code is shared beyond which frames are alike
    with pytest.warns(ck.CornetkitWarning, match="same movie are on both sides") as caught:
        found = ck.ceiling(recordings, method="between-animals", n_halves=1)
    assert "ck.ceiling one stimulus of each movie" in str(caught[0].message)
    assert len(found.attrs["notes"]) == 1
    path = ck.save_ceiling(found, tmp_path / "ceiling.nc")
    assert ck.open_ceiling(path).attrs["notes"] == found.attrs["notes"]
    alone = ck.ceiling(recordings.drop_vars("movie"), method="between-animals", n_halves=1)
    assert "notes" not in alone.attrs
    np.testing.assert_array_equal(alone.values, found.values)
