"""The Dataset of scores: dims, coordinates, attributes, and the sums of its parts."""

import numpy as np
import pytest

import cornetkit as ck

DIMS = {
    "r": ("area", "time", "time_bin", "split", "neuroid"),
    "undefined": ("area", "time", "time_bin", "split", "neuroid"),
    "alpha": ("area", "time", "time_bin", "split", "neuroid"),
    "alpha_at_edge": ("area", "time", "time_bin", "split", "neuroid"),
    "ceiling": ("time_bin", "neuroid"),
    "ceiling_reason": ("time_bin", "neuroid"),
    "half_correlation": ("time_bin", "neuroid"),
    "ceiling_score": ("time_bin",),
    "ceiling_error": ("time_bin",),
    "score": ("area", "time", "time_bin"),
    "score_error": ("area", "time", "time_bin"),
    "score_low": ("area", "time", "time_bin"),
    "score_high": ("area", "time", "time_bin"),
    "normalized": ("area", "time", "time_bin"),
}


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=50, n_units=8, n_neuroids=5, n_bins=2)


@pytest.fixture(scope="module")
def scores(data, quietly):
    return quietly(data.features, data.recordings)


def test_variables_and_dims(scores):
    assert {name: scores[name].dims for name in scores} == DIMS


def test_only_ridge_has_penalties(data, quietly):
    scores = quietly(data.features, data.recordings, method="ols")
    assert set(DIMS) - set(scores) == {"alpha", "alpha_at_edge"}


def test_coordinates_of_the_recordings_come_along(scores, data):
    assert scores["neuroid"].values.tolist() == [f"n{k}" for k in range(5)]
    assert scores["region"].dims == ("neuroid",)
    assert (scores["region"] == "IT").all()
    assert scores["time_bin_start"].values.tolist() == [70, 90]


def test_score_is_the_median_over_neuroids_and_then_the_mean_over_splits(scores):
    medians = np.median(scores["r"].values, axis=-1)
    np.testing.assert_allclose(scores["score"], medians.mean(axis=-1), atol=1e-15)
    errors = medians.std(axis=-1) / np.sqrt(10)
    np.testing.assert_allclose(scores["score_error"], errors, atol=1e-15)


def test_interval_holds_the_score(planted, quietly):
    for seed in range(8):
        data = planted(n_stimuli=30, n_units=4, n_neuroids=1 + seed % 4, noise=2.0, seed=seed)
        scores = quietly(data.features, data.recordings)
        assert (scores["score_low"] <= scores["score"]).all()
        assert (scores["score"] <= scores["score_high"]).all()


def test_interval_is_a_bootstrap_over_neuroids(planted, quietly):
    data = planted(n_stimuli=60, n_units=8, n_neuroids=40, noise=2.0)
    scores = quietly(data.features, data.recordings)
    r = scores["r"].squeeze().values
    rng = np.random.default_rng(99)
    draws = rng.integers(40, size=(4000, 40))
    resampled = np.median(r[:, draws], axis=2).mean(axis=0)
    found = scores["score_low"].item(), scores["score_high"].item()
    np.testing.assert_allclose(found, np.percentile(resampled, [2.5, 97.5]), atol=0.02)


def test_interval_of_one_neuroid_has_no_width(planted, quietly):
    data = planted(n_neuroids=1)
    scores = quietly(data.features, data.recordings)
    assert scores["score_low"].item() == pytest.approx(scores["score"].item())
    assert scores["score_high"].item() == pytest.approx(scores["score"].item())


@pytest.mark.parametrize(
    ("protocol", "formula"),
    [
        ("cornetkit", "score / sqrt(ceiling)"),
        ("brainscore", "sign(score) * score^2 / ceiling"),
    ],
)
def test_normalized_is_what_its_formula_says(data, quietly, protocol, formula):
    scores = quietly(data.features, data.recordings, protocol=protocol)
    stated = scores["normalized"].attrs["formula"]
    assert stated == formula
    names = {
        "score": scores["score"].values,
        "ceiling": scores["ceiling_score"].values,
        "sqrt": np.sqrt,
        "sign": np.sign,
    }
    expected = eval(stated.replace("^", "**"), {"__builtins__": {}}, names)
    np.testing.assert_allclose(scores["normalized"], expected, atol=1e-12)


def test_normalized_compares_the_same_neuroids_above_and_below(data, quietly):
    once = data.recordings.copy()
    once[once["repetition"] > 0, :, 4] = np.nan  # this neuroid has one repetition only
    scores = quietly(data.features, once)
    repeated = quietly(data.features, once.isel(neuroid=slice(4)))
    np.testing.assert_allclose(scores["normalized"], repeated["normalized"], atol=1e-12)
    assert not np.allclose(scores["score"], repeated["score"])


def test_r_is_signed_and_never_clipped(planted, quietly):
    # On one half of the stimuli the response follows the unit, on the other it is its negative:
    # what is learned on either half is exactly wrong on the other.
    from sklearn.model_selection import KFold

    data = planted(n_stimuli=20, n_units=1, n_neuroids=2, n_repetitions=2)
    _, half = next(KFold(2, shuffle=True, random_state=0).split(np.arange(20)))
    sign = np.where(np.isin(np.arange(20), half), -1.0, 1.0)
    responses = np.repeat(data.features.values[:, 0] * sign, 2)[:, None, None]
    recordings = data.recordings.copy(data=np.repeat(responses, 2, axis=2))
    scores = quietly(data.features, recordings, method="ols", n_splits=2)
    np.testing.assert_allclose(scores["r"], -1, atol=1e-12)
    assert scores["score"].item() == pytest.approx(-1)
    assert scores["normalized"].item() == pytest.approx(-1)


def test_squared_normalisation_keeps_the_sign(planted, quietly):
    signs = set()
    for seed in range(6):
        data = planted(n_stimuli=40, seed=seed)
        unrelated = planted(n_stimuli=40, seed=seed + 100).features
        scores = quietly(unrelated, data.recordings, protocol="brainscore", method="ols")
        sign = np.sign(scores["score"].item())
        assert np.sign(scores["normalized"].item()) == sign
        signs.add(sign)
    assert signs == {-1, 1}


def test_attributes_hold_everything_that_moved_the_score(data, quietly):
    features = data.features.assign_attrs(model="S", weights_sha256="abc", odd={1: object})
    recordings = data.recordings.assign_attrs(source="lab")
    a = quietly(features, recordings, alphas=[1.0, 2.0], rng=4, bins=20).attrs
    expected = {
        "protocol": "cornetkit",
        "method": "ridge",
        "alphas": [1.0, 2.0],
        "alpha_per": "neuroid",
        "targets": "separate",
        "mapping": "per-bin",
        "splits": "kfold",
        "n_splits": 10,
        "seed": 4,
        "stratify": "none",
        "ceiling": "split-half",
        "normalization": "r/sqrt(c)",
        "window": "none",
        "bins": 20,
        "join": "exact",
        "gram_dtype": "float64",
        "engine": "gram",
        "n_stimuli": 50,
        "n_train": 45,
        "n_test": 5,
        "n_neuroids": 5,
        "acts_model": "S",
        "acts_weights_sha256": "abc",
        "neural_source": "lab",
        "cornetkit_version": ck.__version__,
        "schema_version": "1",
    }
    assert {name: a.get(name) for name in expected} == expected


def test_each_method_says_what_it_used(data, quietly):
    pls = quietly(data.features, data.recordings, method="pls", n_components=3).attrs
    assert (pls["targets"], pls["n_components"], "alphas" in pls) == ("joint", 3, False)
    unit = quietly(data.features, data.recordings, method="best-unit").attrs
    assert (unit["engine"], "n_components" in unit) == ("unit-streaming", False)


def test_ceiling_says_how_it_was_made(scores):
    attrs = scores["ceiling"].attrs
    assert (attrs["method"], attrs["n_halves"], attrs["seed"]) == ("split-half", 100, 0)
    assert attrs["units"] == "r^2"


def test_the_model_names_the_area_of_a_bare_array(data, quietly):
    assert quietly(data.features, data.recordings)["area"].values.tolist() == ["features"]
    named = data.features.assign_coords(area="IT")
    assert quietly(named, data.recordings)["area"].values.tolist() == ["IT"]


def test_one_split_has_a_score_and_no_error_over_splits(planted, quietly):
    data = planted(n_stimuli=60)
    scores = quietly(*data, protocol="kar2019", n_components=2)
    assert scores.sizes["split"] == 1
    assert np.isfinite(scores["score"]).all()
    assert np.isnan(scores["score_error"]).all()
