"""The non-negative mapping against SciPy fold by fold, and where it is refused."""

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import nnls
from scipy.stats import pearsonr
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

import cornetkit as ck
from cornetkit.predictivity import streaming


def means(recordings):
    return recordings.groupby("stimulus").mean().squeeze("time_bin").values


def oracle(X, y, alpha):
    centred, target = X - X.mean(axis=0), y - y.mean()
    rows = np.vstack([centred, np.sqrt(alpha) * np.eye(X.shape[1])])
    return nnls(rows, np.concatenate([target, np.zeros(X.shape[1])]), maxiter=100_000)[0]


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=50, n_units=25, n_neuroids=3)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("alpha", [1e-6, 20.0])
def test_correlations_equal_those_of_scipy(data, quietly, standardize, alpha):
    scores = quietly(
        data.features,
        data.recordings,
        method="non-negative",
        alphas=alpha,
        standardize=standardize,
    )
    X, y = data.features.values, means(data.recordings)
    for k, (train, test) in enumerate(KFold(10, shuffle=True, random_state=0).split(X)):
        Z = StandardScaler().fit(X[train]).transform(X) if standardize else X
        for j in range(3):
            predicted = Z[test] @ oracle(Z[train], y[train, j], alpha)
            expected = pearsonr(predicted, y[test, j]).statistic
            assert scores["r"].squeeze()[k, j].item() == pytest.approx(expected, abs=1e-6)


def test_penalties_lie_on_a_grid_of_one_a_decade(data, quietly):
    scores = quietly(data.features, data.recordings, method="non-negative")
    X = data.features.values
    grid = ((X - X.mean(axis=0)) ** 2).sum() / 49 * np.logspace(-4, 4, 9)
    found = np.unique(scores["alpha"])
    assert np.isclose(found[:, None], grid, rtol=1e-9).any(axis=1).all()
    assert scores.attrs["alphas"] == "relative"
    assert scores.attrs["alpha_chosen_by"].startswith("5-fold cross-validation within the training")


def test_a_code_of_positive_weights_is_found_as_such(planted, quietly):
    # More units than training stimuli: that weights are positive is worth knowing.
    rng = np.random.default_rng(0)
    data = planted(n_stimuli=60, n_units=80)
    weights = rng.exponential(size=(80, 4)) * (rng.random((80, 4)) < 0.1)
    trials = data.features.values @ weights + 0.3 * rng.standard_normal((60, 4))
    recordings = xr.DataArray(
        trials[:, None, None, :],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": data.features["stimulus"].values},
    )
    settings = {"method": "non-negative", "n_splits": 4}
    positive = quietly(data.features, recordings, **settings)["score"].item()
    assert positive > 0.8
    assert positive > quietly(data.features, recordings)["score"].item() + 0.1
    assert quietly(-data.features, recordings, **settings)["score"].item() < 0.3


def test_more_units_than_it_can_hold_are_refused(data, monkeypatch):
    monkeypatch.setattr(streaming, "MOST_UNITS", 24)
    with pytest.raises(ck.CornetkitError, match=r"of 25 units .* 24 units at most.*--pool mean"):
        ck.predict(data.features, data.recordings, method="non-negative")
    monkeypatch.setattr(streaming, "MOST_UNITS", 25)
    monkeypatch.setattr(streaming, "MOST_BYTES", 50 * 25 * 8 - 1)
    mend = r"--units 1000.*or use method='ridge' \(--method ridge\)"
    with pytest.raises(ck.CornetkitError, match=mend):
        ck.predict(data.features, data.recordings, method="non-negative")


def test_more_work_than_an_hours_is_refused(data, quietly, monkeypatch):
    one = 3 * 10 * 25**3 / 6
    monkeypatch.setattr(streaming, "MOST_OPERATIONS", one)
    quietly(data.features, data.recordings, method="non-negative", alphas=1.0)
    message = r"25 units for 3 neuroids and time bins in 10 folds take about 4e\+06 multiplications"
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(data.features, data.recordings, method="non-negative")
    assert "alphas=1.0" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_groups_are_held_out_together_in_the_choice(planted, quietly):
    data = planted(n_stimuli=40, n_units=10, n_neuroids=3)
    recordings = data.recordings.assign_coords(
        movie=("presentation", np.repeat([f"m{g}" for g in np.arange(40) // 4], 4))
    )
    settings = {"method": "non-negative", "groups": "movie", "n_splits": 5}
    scores = quietly(data.features, recordings, **settings)
    assert np.isfinite(scores["r"]).all()
    assert scores.attrs["alpha_chosen_by"].endswith("by group")


def test_methods_through_the_gram_matrix_are_named_where_it_cannot_be(data):
    with pytest.raises(ck.CornetkitError, match="'non-negative'"):
        ck.predict(data.features, data.recordings, method="non-negative", normalization="%EV")
    with pytest.raises(ck.CornetkitError, match="mapping='shared' goes through the Gram matrix"):
        ck.predict(data.features, data.recordings, method="non-negative", mapping="shared")
    with pytest.raises(ck.CornetkitError, match="standardize=True"):
        ck.predict(data.features, data.recordings, standardize=True, mapping="shared")
    with pytest.raises(ck.CornetkitError, match=r"\(standardised\) was given"):
        ck.predict(data.features, data.recordings, standardize=True, protocol="kar2019")
