"""Units standardised within folds, against scikit-learn's pipelines fold by fold."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import pearsonr
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import cornetkit as ck
from cornetkit.predictivity import streaming

ALPHAS = [0.3, 10.0, 200.0]


def means(recordings):
    return recordings.groupby("stimulus").mean().squeeze("time_bin").values


def pipeline(features, responses, estimator):
    """Return r (split, neuroid); the scaler sees the training stimuli of a fold only."""
    r = np.full((10, responses.shape[1]), np.nan)
    for k, (train, test) in enumerate(KFold(10, shuffle=True, random_state=0).split(features)):
        fit = make_pipeline(StandardScaler(), estimator()).fit(features[train], responses[train])
        predicted = fit.predict(features[test])
        for j in range(responses.shape[1]):
            r[k, j] = pearsonr(predicted[:, j], responses[test, j]).statistic
    return r


def scaled(data):
    """Units of very different scales: standardising changes the fits."""
    scale = np.geomspace(0.01, 100, data.features.sizes["unit"])
    return data.features * xr.DataArray(scale, dims="unit")


@pytest.fixture(scope="module", params=[20, 130], ids=["few units", "many units"])
def data(request, planted):
    return planted(n_stimuli=60, n_units=request.param, n_neuroids=5)


@pytest.mark.parametrize(
    ("settings", "estimator"),
    [
        (
            {"method": "ridge", "alphas": ALPHAS},
            lambda: RidgeCV(ALPHAS, alpha_per_target=True),
        ),
        ({"method": "ridge", "alphas": ALPHAS, "alpha_per": "all"}, lambda: RidgeCV(ALPHAS)),
        (
            {"method": "pls", "n_components": 4},
            lambda: PLSRegression(4, scale=False, tol=1e-28, max_iter=100_000),
        ),
        ({"method": "ols"}, LinearRegression),
    ],
    ids=["ridge", "ridge, one penalty for all", "joint pls", "ols"],
)
def test_correlations_equal_the_pipeline(data, quietly, settings, estimator):
    features = scaled(data)
    expected = pipeline(features.values, means(data.recordings), estimator)
    scores = quietly(features, data.recordings, standardize=True, **settings)
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-8)
    plain = quietly(features, data.recordings, **settings)
    if settings["method"] != "ols" or data.features.sizes["unit"] > 60:
        assert np.abs(plain["r"] - scores["r"]).max() > 0.01


def test_separate_pls_equals_one_pipeline_a_neuroid(data, quietly):
    features, responses = scaled(data), means(data.recordings)
    scores = quietly(
        features, data.recordings, method="pls", targets="separate", n_components=3,
        standardize=True,
    )  # fmt: skip
    for j in range(5):
        expected = pipeline(
            features.values, responses[:, [j]], lambda: PLSRegression(3, scale=False)
        )
        np.testing.assert_allclose(scores["r"].squeeze()[:, j], expected[:, 0], atol=1e-8)


def test_each_neuroid_is_fitted_on_the_stimuli_that_it_has(data, quietly):
    features, recordings = scaled(data), data.recordings.copy()
    missing = np.unique(recordings["stimulus"])[:7]
    recordings[np.isin(recordings["stimulus"], missing), :, 2] = np.nan
    y = means(recordings)
    scores = quietly(features, recordings, standardize=True, alphas=10.0)
    X = features.values
    for k, (train, test) in enumerate(KFold(10, shuffle=True, random_state=0).split(X)):
        # Units are standardised by all training stimuli, whoever responded to them.
        Z = StandardScaler().fit(X[train]).transform(X)
        for j in (1, 2):
            has = ~np.isnan(y[:, j])
            learn, held = train[has[train]], test[has[test]]
            if len(held) < 3:
                assert np.isnan(scores["r"].squeeze()[k, j])
                continue
            fit = RidgeCV([10.0]).fit(Z[learn], y[learn, j])
            expected = pearsonr(fit.predict(Z[held]), y[held, j]).statistic
            assert scores["r"].squeeze()[k, j].item() == pytest.approx(expected, abs=1e-8)


def test_constant_units_are_counted_and_noted(data, quietly):
    features = scaled(data)
    features[:, 3] = 0.1
    once = int(next(KFold(10, shuffle=True, random_state=0).split(features))[1][0])
    features[:, 7] = 0.0
    features[once, 7] = 5.0  # constant in training where that one stimulus is held out
    scores = quietly(features, data.recordings, standardize=True)
    assert scores["n_constant_units"].dims == ("area", "time", "split")
    assert scores["n_constant_units"].squeeze().values.tolist() == [2] + 9 * [1]
    assert any("units that are constant over the training" in n for n in scores.attrs["notes"])
    assert any("features step 0: 2 at most" in n for n in scores.attrs["notes"])
    rest = features.isel(unit=[u for u in range(features.sizes["unit"]) if u != 3])
    np.testing.assert_allclose(
        scores["r"], quietly(rest, data.recordings, standardize=True)["r"], atol=1e-9
    )


def test_the_penalties_to_choose_from_are_those_of_the_training_stimuli(data, quietly):
    features, y = scaled(data), means(data.recordings)
    scores = quietly(features, data.recordings, standardize=True)
    train, test = next(KFold(10, shuffle=True, random_state=0).split(y))
    Z = StandardScaler().fit(features.values[train]).transform(features.values)
    grid = (Z[train] ** 2).sum() / (len(train) - 1) * np.logspace(-4, 4, 25)
    fit = RidgeCV(grid, alpha_per_target=True).fit(Z[train], y[train])
    np.testing.assert_allclose(scores["alpha"].squeeze()[0], fit.alpha_, rtol=1e-9)
    for j in range(5):
        expected = pearsonr(fit.predict(Z[test])[:, j], y[test, j]).statistic
        assert scores["r"].squeeze()[0, j].item() == pytest.approx(expected, abs=1e-8)


def test_folds_in_groups_that_fit_into_memory_give_the_same(data, quietly, monkeypatch):
    features = scaled(data)
    expected = quietly(features, data.recordings, standardize=True)["r"]
    whole = streaming.standardized_grams
    monkeypatch.setattr(
        streaming, "standardized_grams", lambda *a, **k: whole(*a, **k, memory=3 * 8 * 60 * 60)
    )
    np.testing.assert_allclose(
        quietly(features, data.recordings, standardize=True)["r"], expected, atol=1e-10
    )


def test_groups_stay_whole_in_the_choice_of_a_penalty(planted, quietly):
    data = planted(n_stimuli=48, n_units=90, n_neuroids=3)
    number = np.arange(48) // 4
    recordings = data.recordings.assign_coords(
        movie=("presentation", np.repeat([f"m{g:02d}" for g in number], 4))
    )
    scores = quietly(
        scaled(data), recordings, standardize=True, groups="movie", n_splits=4, alphas=ALPHAS
    )
    assert scores.attrs["alpha_chosen_by"] == "leave-one-group-out within the training stimuli"
    alphas = scores["alpha"].squeeze().values
    assert np.isin(alphas, ALPHAS).all()


def test_single_precision_is_close(planted, quietly):
    data = planted(n_stimuli=60, n_units=130, n_neuroids=5)
    settings = {"standardize": True, "alphas": 50.0}
    single = quietly(data.features, data.recordings, dtype="float32", **settings)["r"]
    double = quietly(data.features, data.recordings, **settings)["r"]
    np.testing.assert_allclose(single, double, atol=1e-4)
    assert not np.array_equal(single, double)


def test_units_of_small_variance_count_once_standardised(quietly):
    # The signal is in a few weak units beside many strong ones that say nothing.
    rng = np.random.default_rng(0)
    weak, strong = rng.standard_normal((120, 10)), 30 * rng.standard_normal((120, 300))
    ids = np.arange(120)
    features = xr.DataArray(
        np.hstack([weak, strong]), dims=("stimulus", "unit"), coords={"stimulus": ids}
    )
    trials = weak @ rng.standard_normal((10, 8)) + 0.5 * rng.standard_normal((120, 8))
    recordings = xr.DataArray(
        trials[:, None, None, :],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": ids},
    )
    raw = quietly(features, recordings)["score"].item()
    standardised = quietly(features, recordings, standardize=True)["score"].item()
    assert standardised > raw + 0.1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"standardize": "yes"}, "standardize must be True or False, not 'yes'"),
        ({"standardize": 1}, "standardize must be True or False, not 1"),
        (
            {"standardize": True, "method": "best-unit"},
            r"best-unit correlates, which the scale of a unit does not change; .*--standardize",
        ),
    ],
    ids=str,
)
def test_wrong_settings(data, settings, message):
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(data.features, data.recordings, **settings)
    assert "\n" not in str(caught.value)
