"""Scores of unrelated features are 0 on average, for every method, protocol and kind of splits.

Given features and splits, the held-out responses of a neuroid are independent of what was fitted,
so its expected r is exactly 0: many neuroids of noise in one prediction are as many experiments.
"""

import numpy as np
import pytest
import xarray as xr

N_NEUROIDS = 300
N_STIMULI = 72

METHODS = {
    "ridge": {"method": "ridge"},
    "one penalty": {"method": "ridge", "alpha_per": "all", "alphas": [1.0, 100.0, 1e4]},
    "joint PLS": {"method": "pls", "n_components": 3},
    "separate PLS": {"method": "pls", "targets": "separate", "n_components": 3},
    "ols": {"method": "ols"},
    "best-unit": {"method": "best-unit"},
}
SPLITS = {
    "kfold": {},
    "shuffle": {"splits": "shuffle"},
    "stratified": {"stratify": "kind"},
    "grouped": {"groups": "movie", "n_splits": 6},
    "stratified and grouped": {"groups": "movie", "stratify": "kind", "n_splits": 4},
    "held-out": {"held_out": "movie"},
    "held-out sets": {"held_out": "movie", "n_splits": 4},
    "distance": {"splits": "distance", "space": "features", "n_splits": 8},
    "stored": {"splits": "stored"},
}
# Stimuli of one movie are alike in both, which only these may be told.
WHOLE = ("grouped", "stratified and grouped", "held-out", "held-out sets", "stored")
MOVIE = np.arange(N_STIMULI) // 6


def noise(seed, whole):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((N_STIMULI, 20))
    responses = rng.standard_normal((2, N_STIMULI, 1, N_NEUROIDS))
    if whole:
        values += 2 * rng.standard_normal((12, 20))[MOVIE]
        responses += 2 * rng.standard_normal((12, 1, N_NEUROIDS))[MOVIE]
    names = [f"s{i:03d}" for i in range(N_STIMULI)]
    features = xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": names})
    recordings = xr.DataArray(
        responses,
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={
            "stimulus": names,
            "movie": ("stimulus", MOVIE),
            "kind": ("stimulus", MOVIE % 3),
            "split": ("stimulus", np.where(MOVIE < 8, "train", "test")),
            "neuroid": np.arange(N_NEUROIDS),
            "animal": ("neuroid", np.arange(N_NEUROIDS) % 2),
            "reliability": ("neuroid", np.ones(N_NEUROIDS)),
        },
    )
    return features, recordings


def mean_r(quietly, settings, whole, seeds):
    """Return the mean r over neuroids and splits, its standard error, and the mean score."""
    found = [quietly(*noise(seed, whole), **settings) for seed in range(seeds)]
    r = np.concatenate([s["r"].squeeze(["area", "time", "time_bin"]).values.T for s in found])
    of_neuroid = np.nanmean(r, axis=1)
    error = of_neuroid.std() / np.sqrt(len(of_neuroid))
    return of_neuroid.mean(), error, np.mean([s["score"].item() for s in found])


def check_null(quietly, settings, whole):
    # Reliabilities of predictions take many fits.
    seeds = 1 if "kar2019" in settings.get("protocol", "") else 2
    mean, error, score = mean_r(quietly, settings, whole, seeds)
    assert error < 0.025
    assert abs(mean) < 4 * error
    # The correlations over two or three whole movies are mostly near -1 or 1, so their median has
    # a standard error of about .035 here, instead of .007.
    assert abs(score) < (0.14 if whole else 0.03)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SPLITS)
@pytest.mark.parametrize("method", METHODS)
def test_noise_scores_zero(quietly, method, kind):
    check_null(quietly, METHODS[method] | SPLITS[kind], kind in WHOLE)


@pytest.mark.parametrize("kind", SPLITS)
def test_noise_scores_zero_by_default(quietly, kind):
    check_null(quietly, SPLITS[kind] | {"alphas": [1.0, 100.0]}, kind in WHOLE)


@pytest.mark.parametrize("protocol", ["brainscore", "papale2025", "li2026", "kar2019-within"])
def test_noise_scores_zero_under_frozen_protocols(quietly, protocol):
    check_null(quietly, {"protocol": protocol} | few(protocol), protocol == "papale2025")


def few(protocol):
    """Return few components or penalties, whichever the protocol has."""
    if protocol in ("papale2025", "li2026"):
        return {"alphas": [1.0, 100.0, 1e4]}
    return {"n_components": 3}


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["brainscore", "li2026", "kar2019-within"])
@pytest.mark.parametrize("kind", ["kfold", "grouped", "held-out", "distance", "stored"])
def test_noise_scores_zero_under_frozen_protocols_on_other_splits(quietly, protocol, kind):
    settings = {"protocol": protocol} | few(protocol) | SPLITS[kind]
    if kind == "kfold":
        settings["splits"] = "kfold"
    check_null(quietly, settings, kind in WHOLE)


def test_pooling_over_folds_is_biased_below_zero_and_says_so(quietly):
    settings = {"method": "ridge", "alphas": 1e4, "alpha_per": "all", "normalization": "r"}
    pooled, error, _ = mean_r(quietly, settings | {"protocol": "kar2019"}, whole=False, seeds=1)
    within, _, _ = mean_r(quietly, settings | {"protocol": "kar2019-within"}, whole=False, seeds=1)
    assert pooled < -0.1
    assert abs(within) < 4 * error
    scores = quietly(*noise(0, whole=False), **settings, protocol="kar2019")
    assert any("biased, below 0 for noise" in note for note in scores.attrs["notes"])


@pytest.mark.parametrize("method", ["ridge", "joint PLS", "best-unit"])
def test_the_same_noise_scores_high_where_movies_are_split(quietly, method):
    # What the tests above would show if groups leaked.
    mean, _, _ = mean_r(quietly, METHODS[method], whole=True, seeds=1)
    assert mean > 0.3
