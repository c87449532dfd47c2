"""decode(): accuracy, generalisation and onsets are those that were planted."""

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from planted_courses import make_acts, make_trials, object_patterns
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

import cornetkit as ck
from cornetkit.temporal.decoding_courses import accuracy_interval


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


def decode(x, *arguments, **settings):
    return ck.decode(x, *arguments, **({"progress": False, "n_bootstraps": 50} | settings))


@pytest.fixture(scope="module")
def acts():
    """Three steps: nothing, a code, another code of the same strength."""
    objects, first = object_patterns(48, 4, 30, 0.7)
    _, second = object_patterns(48, 4, 30, 0.7, seed=1)
    noise = np.random.default_rng(2).normal(size=(48, 3, 30))
    values = 0.5 * noise + np.stack([np.zeros_like(first), first, second], axis=1)
    return make_acts(values, objects)


def naive(values, objects, fold_seed, C_of, n_splits=10):
    """Accuracy over pairs of times by scikit-learn, time by time and fold by fold."""
    n_times = values.shape[1]
    right = np.zeros((n_times, n_times, len(objects)))
    folds = StratifiedKFold(n_splits, shuffle=True, random_state=fold_seed)
    for train, test in folds.split(objects, objects):
        mean = values[train].mean(axis=0)
        scale = np.sqrt(values[train].var(axis=0).mean(axis=-1))[:, None]
        Z = (values - mean) / scale
        for t in range(n_times):
            peer = LogisticRegression(C=C_of(len(train)), tol=1e-9, max_iter=5000)
            peer.fit(Z[train, t], objects[train])
            for s in range(n_times):
                right[t, s, test] = peer.predict(Z[test, s]) == objects[test]
    labels = np.unique(objects)
    return np.mean([right[:, :, objects == name].mean(axis=-1) for name in labels], axis=0)


def test_all_pairs_of_times_equal_a_naive_loop_over_scikit_learn(acts):
    found = decode(acts, rng=3)
    expected = naive(acts.values, acts["object_name"].values, 3, lambda n: 1 / (0.463 * n))
    assert found["accuracy"].dims == ("area", "time", "time_test")
    np.testing.assert_allclose(found["accuracy"].values[0], expected, atol=1e-12)


def test_rotated_features_decide_as_the_units_themselves(acts):
    from cornetkit.temporal.decoders import decide_folds, make_folds
    from cornetkit.temporal.given import open_given
    from cornetkit.temporal.spaces import Direct

    given = open_given(acts)
    course = given.courses[0]
    codes = np.unique(acts["object_name"].values, return_inverse=True)[1]
    rotated, varies, _ = course.space(given.ids, z_score=False)
    direct = Direct(course.values(given.ids), z_score=False)
    folds = make_folds(codes, 5, 0)
    assert varies.all()
    for one, other in zip(
        *(list(decide_folds(space, codes, 4, folds)) for space in (rotated, direct)), strict=True
    ):
        odds = [d.odds - d.odds.mean(axis=-1, keepdims=True) for d in (one, other)]
        np.testing.assert_allclose(*odds, atol=2e-4)


def test_a_code_that_changes_does_not_generalise_and_one_that_stays_does(acts):
    accuracy = decode(acts)["accuracy"].values[0]
    assert accuracy[1, 1] > 0.9
    assert accuracy[2, 2] > 0.9
    assert max(accuracy[1, 2], accuracy[2, 1]) < 0.6
    assert abs(accuracy[0, 0] - 0.25) < 0.2


def test_a_static_code_with_a_changing_gain_and_rate_gives_a_square_matrix():
    objects, pattern = object_patterns(60, 3, 20, 1.0)
    gain = np.array([0.3, 2.0, 1.0, 0.5])
    rate = np.random.default_rng(1).normal(size=(4, 20)) * 5  # of each neuroid, moves with time
    means = pattern[:, None] * gain[:, None] + rate
    trials = make_trials(means, objects, noise=0.05)
    accuracy = decode(trials)["accuracy"]
    assert accuracy.dims == ("time_bin", "time_bin_test")
    assert accuracy.values.min() > 0.95


def test_the_diagonal_is_the_same_without_generalisation(acts):
    whole, own = (decode(acts, generalize=g)["accuracy"].values[0] for g in (True, False))
    np.testing.assert_array_equal(np.diagonal(whole), own)


def test_shuffled_labels_give_chance(acts):
    rng = np.random.default_rng(0)
    found = []
    for k in range(8):
        shuffled = dict(zip(acts["stimulus"].values, rng.permutation(acts["object_name"].values),
                            strict=True))  # fmt: skip
        found.append(decode(acts, shuffled, generalize=False, rng=k)["accuracy"].values[0])
    assert abs(np.mean(found) - 0.25) < 0.06


def test_chance_is_one_over_the_number_of_labels_however_unequal_they_are():
    rng = np.random.default_rng(0)
    objects = np.array(["common"] * 60 + ["rare"] * 12)
    acts = make_acts(rng.normal(size=(72, 6, 5)), objects)
    found = decode(acts, generalize=False)
    assert found.attrs["chance"] == 0.5
    assert abs(found["accuracy"].mean() - 0.5) < 0.1


def test_undriven_steps_have_no_accuracy(acts):
    late = acts.assign_coords(driven=("time", [False, True, True]))
    found = decode(late)
    assert np.isnan(found["accuracy"].values[0, 0]).all()
    assert np.isnan(found["accuracy"].values[0, :, 0]).all()
    np.testing.assert_array_equal(found["driven"].values[0], [False, True, True])
    expected = decode(acts)["accuracy"].values[0, 1:, 1:]
    np.testing.assert_array_equal(found["accuracy"].values[0, 1:, 1:], expected)
    assert "not arrived at features step 0" in found.attrs["notes"][0]


def test_a_step_at_which_nothing_varies_has_no_accuracy(acts):
    flat = acts.copy()
    flat[:, 0] = 0.1
    found = decode(flat)
    assert np.isnan(found["accuracy"].values[0, 0, 0])
    assert any("no unit varies" in note for note in found.attrs["notes"])


def test_the_order_of_the_stimuli_changes_nothing(acts):
    order = np.random.default_rng(0).permutation(48)
    one, other = decode(acts), decode(acts.isel(stimulus=order))
    np.testing.assert_allclose(other["accuracy"].values, one["accuracy"].values, atol=1e-12)


@pytest.mark.parametrize("kind", ["mapping", "series", "csv", "array"])
def test_labels_come_by_stimulus_id(acts, kind, tmp_path):
    names = acts["object_name"].values[::-1]
    ids = acts["stimulus"].values[::-1]
    labels = {
        "mapping": dict(zip(ids, names, strict=True)),
        "series": pd.Series(names, index=ids),
        "csv": str(tmp_path / "labels.csv"),
        "array": acts["object_name"].isel(stimulus=slice(None, None, -1)),
    }[kind]
    pd.DataFrame({"stimulus": ids, "label": names}).to_csv(tmp_path / "labels.csv", index=False)
    bare = acts.drop_vars("object_name")
    np.testing.assert_array_equal(
        decode(bare, labels)["accuracy"].values, decode(acts)["accuracy"].values
    )


def test_groups_are_held_out_together():
    # Copies of an image: with groups, decoders of labels that copies share know nothing.
    rng = np.random.default_rng(0)
    base = rng.normal(size=(16, 1, 60))
    objects = np.repeat(rng.permutation(np.repeat(["a", "b"], 8)), 4)
    acts = make_acts(np.repeat(base, 4, axis=0), objects)
    acts = acts.assign_coords(movie=("stimulus", np.repeat([f"m{k}" for k in range(16)], 4)))
    free = decode(acts)["accuracy"].item()
    held = decode(acts, groups="movie", n_splits=4)["accuracy"].item()
    assert free > 0.9
    assert held < 0.8


def test_the_interval_holds_the_accuracy_and_narrows_with_stimuli(acts):
    found = decode(acts, n_bootstraps=200).isel(area=0)
    inside = (found["accuracy_low"] <= found["accuracy"]) & (
        found["accuracy"] <= found["accuracy_high"]
    )
    assert inside.all()
    assert (found["accuracy_high"] - found["accuracy_low"]).values[0, 0] > 0.05


def test_the_onset_is_the_planted_one_and_noise_has_none():
    objects, pattern = object_patterns(40, 2, 15, 1.0)
    means = np.zeros((40, 6, 15))
    means[:, 3:] = pattern[:, None]
    trials = make_trials(means, objects, start=-40.0, noise=0.8)
    found = decode(trials, generalize=False, n_permutations=39, n_splits=4)
    assert found["onset_start_ms"] == 20.0
    assert found["onset_end_ms"] == 40.0
    assert (found["p"].values[3:] <= 0.05).all()
    silent = decode(make_trials(np.zeros((40, 5, 15)), objects), generalize=False,
                    n_permutations=19, rng=1, n_splits=4)  # fmt: skip
    assert np.isnan(silent["onset_start_ms"])
    assert any("no onset" in note for note in silent.attrs["notes"])


def test_windows_may_overlap_and_are_means_of_the_bins():
    objects, pattern = object_patterns(30, 3, 10, 0.6)
    trials = make_trials(np.repeat(pattern[:, None], 6, axis=1), objects)
    found = decode(trials, window=40, step=20, generalize=False)
    np.testing.assert_array_equal(found["time_bin_start"], [0, 20, 40, 60, 80])
    np.testing.assert_array_equal(found["time_bin_end"], [40, 60, 80, 100, 120])
    assert any("overlap by 20 ms" in note for note in found.attrs["notes"])
    second = trials.isel(time_bin=[1, 2]).mean("time_bin").expand_dims(time_bin=1)
    alone = decode(second, generalize=False)
    np.testing.assert_array_equal(found["accuracy"].values[1], alone["accuracy"].values[0])


def test_bins_without_limits_are_numbered_and_nothing_is_said_in_ms():
    objects, pattern = object_patterns(30, 3, 10, 1.0)
    trials = make_trials(np.repeat(pattern[:, None], 3, axis=1), objects)
    bare = trials.drop_vars(["time_bin_start", "time_bin_end"])
    found = decode(bare, n_permutations=19, generalize=False)
    assert "onset_start_ms" not in found
    assert found["onset_bin"] == 0
    assert np.isnan(found["time_bin_start"]).all()
    assert "have no limits" in found.attrs["notes"][0]


def test_arrays_of_neuroids_without_time_are_one_bin():
    objects, pattern = object_patterns(24, 2, 8, 1.0)
    array = xr.DataArray(
        pattern, dims=("stimulus", "neuroid"),
        coords={"stimulus": [f"s{k:02d}" for k in range(24)], "object_name": ("stimulus", objects)},
    )  # fmt: skip
    assert decode(array, generalize=False)["accuracy"].shape == (1,)


def test_the_interval_is_that_of_t_with_the_variance_of_each_label():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], [6, 8, 10])
    right = (rng.random((2, 2, 24)) < 0.6).astype(float)
    low, high = accuracy_interval(right, codes, None, 20_000, 0)
    each = [right[..., codes == k] for k in range(3)]
    mean = np.mean([part.mean(axis=-1) for part in each], axis=0)
    variance = sum(part.var(axis=-1, ddof=1) / part.shape[-1] for part in each) / 9
    half = student.ppf(0.975, 21) * np.sqrt(variance)
    np.testing.assert_allclose(low, np.clip(mean - half, 0, 1), atol=4e-3)
    np.testing.assert_allclose(high, np.clip(mean + half, 0, 1), atol=4e-3)


@pytest.mark.slow
def test_intervals_of_noise_hold_chance_in_about_90_percent():
    """Folds share training stimuli, so accuracy spreads by a sixth more than over held-out ones."""
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        objects = rng.permutation(np.repeat(list("abcd"), 10))
        acts = make_acts(rng.standard_normal((40, 6, 12)), objects)
        found = ck.decode(
            acts, "object_name", generalize=False, n_splits=5, n_bootstraps=200, progress=False
        )
        low, high = (found[f"accuracy_{end}"].values.ravel() for end in ("low", "high"))
        held += ((low <= 0.25) & (high >= 0.25)).tolist()
    assert 0.84 < np.mean(held) < 0.97
