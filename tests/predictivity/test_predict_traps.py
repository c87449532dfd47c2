"""Statistical traps: what an analysis that falls into one of them would show."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import pearsonr
from sklearn.model_selection import KFold

METHODS = [
    {"method": "ridge"},
    {"method": "pls", "n_components": 5},
    {"method": "pls", "targets": "separate", "n_components": 5},
    {"method": "ols"},
    {"method": "best-unit"},
    {"protocol": "brainscore", "n_components": 5},
]


@pytest.mark.parametrize("settings", METHODS, ids=str)
def test_unrelated_features_score_about_zero(planted, quietly, settings):
    # A wrong analysis: repetitions across folds reach .66, pooled predictions fall to -.21.
    found = []
    for seed in range(16):
        recordings = planted(n_neuroids=40, n_repetitions=2, noise=3.0, seed=seed).recordings
        unrelated = planted(n_units=8, seed=seed + 1000).features
        found.append(quietly(unrelated, recordings, **settings)["score"].item())
    assert abs(np.mean(found)) < 0.03
    assert np.max(np.abs(found)) < 0.15
    assert 0 < sum(score > 0 for score in found) < 16


def test_heavy_shrinkage_is_not_biased_below_zero(planted, quietly):
    # Under shrinkage the predictions are the mean of the training stimuli, which lies above that
    # of the held-out ones when these lie below: pooled over folds r is negative by construction.
    within, pooled = [], []
    for seed in range(20):
        recordings = planted(n_stimuli=60, n_neuroids=10, noise=2.0, seed=seed).recordings
        unrelated = planted(n_stimuli=60, n_units=10, seed=seed + 1000).features
        within.append(quietly(unrelated, recordings, alphas=1e4)["score"].item())
        y = recordings.groupby("stimulus").mean().squeeze().values
        predicted = np.empty_like(y)
        for train, test in KFold(10, shuffle=True, random_state=0).split(y):
            predicted[test] = y[train].mean(axis=0)
        pooled.append(
            np.median([pearsonr(*pair).statistic for pair in zip(y.T, predicted.T, strict=True)])
        )
    assert np.mean(pooled) < -0.1
    assert abs(np.mean(within)) < 0.03


def test_repetitions_never_straddle_folds(planted, quietly):
    # An identity code: one unit a stimulus. It tells repetitions of a stimulus apart from all
    # others, so trials that were split by row would be predicted from their twins.
    data = planted(n_stimuli=60, n_repetitions=6, noise=0.1)
    code = xr.DataArray(
        np.eye(60), dims=("stimulus", "unit"), coords={"stimulus": data.features["stimulus"]}
    )
    scores = quietly(code, data.recordings)
    assert scores.attrs["n_stimuli"] == 60
    assert scores.attrs["n_train"] + scores.attrs["n_test"] == 60
    # Of a stimulus that was not trained on it says nothing: only the mean is predicted, and what
    # varies in it is rounding.
    assert np.isnan(scores["score"]).all()


def test_the_choice_of_the_best_unit_is_nested(planted, quietly):
    recordings = planted(n_stimuli=60, n_neuroids=15).recordings
    many = planted(n_stimuli=60, n_units=2000, seed=77).features
    y = recordings.groupby("stimulus").mean().squeeze().values
    standardised = (many.values - many.values.mean(axis=0)) / many.values.std(axis=0)
    on_all = (standardised.T @ ((y - y.mean(axis=0)) / y.std(axis=0))).max(axis=0) / 60
    assert np.median(on_all) > 0.4  # what choosing on all stimuli would report
    assert abs(quietly(many, recordings, method="best-unit")["score"].item()) < 0.1


@pytest.mark.parametrize("protocol", ["cornetkit", "brainscore"])
def test_an_oracle_normalises_to_one(quietly, protocol):
    # The features are the planted signals themselves and the fit is nearly exact.
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((800, 8))
    trials = signal[:, None, None] + 1.5 * rng.standard_normal((800, 8, 1, 8))
    ids = np.arange(800)
    features = xr.DataArray(signal, dims=("stimulus", "unit"), coords={"stimulus": ids})
    recordings = xr.DataArray(
        trials,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": ids, "neuroid": np.arange(8)},
    )
    fit = {"method": "ridge", "alphas": 1e-6}  # least squares, and fast
    full = quietly(features, recordings, protocol=protocol, **fit)
    assert full["ceiling_score"].item() == pytest.approx(1 / (1 + 1.5**2 / 8), abs=0.02)
    assert full["normalized"].item() == pytest.approx(1, abs=0.03)
    half = quietly(features, recordings[:, :4], protocol=protocol, **fit)
    assert half["score"].item() < full["score"].item() - 0.05
    assert half["normalized"].item() == pytest.approx(1, abs=0.03)


def test_joint_pls_ties_neuroids_together_and_ridge_does_not(golden, quietly):
    noise = np.random.default_rng(0).standard_normal((1, 100, 1, 100)).repeat(6, axis=0)
    more = xr.concat(
        [
            golden.recordings,
            xr.DataArray(
                noise,
                dims=golden.recordings.dims,
                coords={
                    **{
                        n: c for n, c in golden.recordings.coords.items() if "neuroid" not in c.dims
                    },
                    "neuroid": [f"noise{k:03d}" for k in range(100)],
                },
            ),
        ],
        "neuroid",
    )
    first = golden.recordings["neuroid"].values
    ridge = quietly(golden.features, more)["r"].sel(neuroid=first)
    np.testing.assert_allclose(ridge, quietly(golden.features, golden.recordings)["r"], atol=1e-12)
    joint = quietly(golden.features, more, protocol="brainscore")
    assert joint.attrs["targets"] == "joint"
    score = joint["r"].sel(neuroid=first).median("neuroid").mean().item()
    assert score == pytest.approx(0.685, abs=0.03)  # .786 without the noise


def test_neuroids_are_not_correlated_across_neuroids(planted, quietly):
    # Site means alone correlate highly across neuroids; within a neuroid they say nothing.
    recordings = planted(n_neuroids=20).recordings + 100 * np.arange(20.0)
    unrelated = planted(seed=55).features
    assert abs(quietly(unrelated, recordings)["score"].item()) < 0.2
