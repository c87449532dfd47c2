"""The default protocol against a pipeline written with scikit-learn and SciPy alone."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold

import cornetkit as ck


def relative_alphas(features):
    """Return 25 penalties from 1e-4 to 1e4 times the mean eigenvalue of the centred Gram matrix."""
    centred = features - features.mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(centred @ centred.T)[1:]
    return eigenvalues.mean() * np.logspace(-4, 4, 25)


def pipeline(features, responses, alphas=None):
    """Return r (split, neuroid) of ridge with a penalty each; NaN responses are left out."""
    r = np.full((10, responses.shape[1]), np.nan)
    for k, (train, test) in enumerate(KFold(10, shuffle=True, random_state=0).split(features)):
        for neuroid, y in enumerate(responses.T):
            has = ~np.isnan(y)
            learn, held = train[has[train]], test[has[test]]
            grid = relative_alphas(features[has]) if alphas is None else alphas
            fit = RidgeCV(grid, alpha_per_target=True).fit(features[learn], y[learn, None])
            r[k, neuroid] = pearsonr(fit.predict(features[held]).ravel(), y[held]).statistic
    return r


def means(recordings):
    return recordings.groupby("stimulus").mean().squeeze("time_bin").values


@pytest.fixture(scope="module")
def complete(planted):
    return planted(n_stimuli=80, n_units=30, n_neuroids=5)


def test_correlations_and_score_equal_the_pipeline(complete):
    expected = pipeline(complete.features.values, means(complete.recordings))
    scores = ck.predict(complete.features, complete.recordings)
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-9)
    medians = np.median(expected, axis=1)
    assert scores["score"].item() == pytest.approx(medians.mean(), abs=1e-9)
    assert scores["score_error"].item() == pytest.approx(medians.std() / np.sqrt(10), abs=1e-9)


def test_given_alphas_are_the_ones_used(complete):
    alphas = [0.1, 3.0, 40.0, 900.0]
    expected = pipeline(complete.features.values, means(complete.recordings), alphas)
    scores = ck.predict(complete.features, complete.recordings, alphas=alphas)
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-9)
    assert set(np.unique(scores["alpha"])) <= set(alphas)


def test_more_units_than_stimuli(planted, quietly):
    data = planted(n_stimuli=50, n_units=200, n_neuroids=3)
    expected = pipeline(data.features.values, means(data.recordings))
    scores = quietly(data.features, data.recordings)
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-9)


def test_each_neuroid_is_fitted_on_the_stimuli_that_it_has(complete, quietly):
    recordings = complete.recordings.copy()
    rng = np.random.default_rng(5)
    for neuroid in (1, 3):
        missing = rng.choice(np.unique(recordings["stimulus"]), 12, replace=False)
        recordings[np.isin(recordings["stimulus"], missing), :, neuroid] = np.nan
    expected = pipeline(complete.features.values, means(recordings))
    scores = quietly(complete.features, recordings)
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-9)
    assert "2 of 5 neuroids (n1, n3)" in scores.attrs["notes"][0]


def test_missing_trials_are_left_out_of_the_mean(complete, quietly):
    recordings = complete.recordings.copy()
    recordings[::4, :, 2] = np.nan  # the first of four repetitions
    expected = pipeline(complete.features.values, means(recordings))
    scores = quietly(complete.features, recordings)
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-9)


def test_separate_pls_equals_one_pls_a_neuroid(complete):
    from sklearn.cross_decomposition import PLSRegression

    features, responses = complete.features.values, means(complete.recordings)
    expected = np.empty((10, 5))
    for k, (train, test) in enumerate(KFold(10, shuffle=True, random_state=0).split(features)):
        for j, y in enumerate(responses.T):
            fit = PLSRegression(6, scale=False).fit(features[train], y[train])
            expected[k, j] = pearsonr(fit.predict(features[test]).ravel(), y[test]).statistic
    scores = ck.predict(
        complete.features, complete.recordings, method="pls", targets="separate", n_components=6
    )
    np.testing.assert_allclose(scores["r"].squeeze(), expected, atol=1e-6)
