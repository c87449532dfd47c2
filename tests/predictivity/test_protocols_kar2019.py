"""The protocols of the Kar lab: percent explained variance, pooled over folds or within them."""

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import KFold

import cornetkit as ck
from cornetkit.predictivity.halves import Halves


def pearson(a, b):
    return np.array([np.corrcoef(*pair)[0, 1] for pair in zip(a.T, b.T, strict=True)])


def notes_with(scores, text):
    return [note for note in scores.attrs["notes"] if text in note]


@pytest.fixture(scope="module")
def kar(planted):
    data = planted(n_stimuli=60, n_units=30, n_neuroids=5, n_repetitions=5, noise=1.0)
    limits = {f"time_bin_{s}": ("time_bin", [v]) for s, v in (("start", 70.0), ("end", 80.0))}
    return data.features, data.recordings.assign_coords(limits)


def pls_folds(X, Y):
    """Held-out predictions of PLS with 20 components, fold by fold."""
    found = []
    for train, test in KFold(10, shuffle=True, random_state=0).split(X):
        model = PLSRegression(20, scale=False, tol=1e-12, max_iter=5000).fit(X[train], Y[train])
        found.append((test, model.predict(X[test])))
    return found


def correlate(first, second, pooled):
    """Correlate held-out values over all folds at once, or within each and then average."""
    if pooled:
        return pearson(np.concatenate(first), np.concatenate(second))
    return np.mean([pearson(a, b) for a, b in zip(first, second, strict=True)], axis=0)


def explained(features, recordings, pooled):
    """Percent explained variance from the formula, with scikit-learn's fits."""
    X, Y = features.values, ck.average(recordings)[:, 0].values
    folds = pls_folds(X, Y)
    r = correlate([Y[test] for test, _ in folds], [p for _, p in folds], pooled)
    between = []
    for halves in Halves(recordings, 0):
        both = [[p for _, p in pls_folds(X, half[:, 0])] for half in halves]
        between.append(correlate(*both, pooled))
    half = np.mean(between, axis=0)
    k = 2.5  # five repetitions over the two of a half
    reliability = k * half / (1 + (k - 1) * half)
    rho = ck.ceiling(recordings).values[0]
    return r, reliability, 100 * r**2 / (rho * reliability)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "pooled"), [("kar2019", True), ("kar2019-within", False)])
def test_kar2019_is_the_formula_with_both_reliabilities(kar, quietly, name, pooled):
    scores = quietly(*kar, protocol=name)
    r, reliability, ev = explained(*kar, pooled)
    np.testing.assert_allclose(scores["r"].squeeze().values.reshape(-1, 5).mean(0), r, atol=1e-4)
    np.testing.assert_allclose(scores["prediction_ceiling"].squeeze(), reliability, atol=1e-4)
    np.testing.assert_allclose(scores["explained_variance"].squeeze(), ev, rtol=1e-3)
    assert scores["normalized"].item() == pytest.approx(np.median(ev), rel=1e-3)
    assert scores.sizes["split"] == (1 if pooled else 10)
    assert bool(notes_with(scores, "under shrinkage that is biased")) is pooled
    assert scores.attrs["correlation"] == ("over all folds" if pooled else "within splits")


def test_kar2019_rebins_to_ten_ms(planted, quietly):
    data = planted(n_stimuli=30, n_units=4, n_bins=4)
    starts = 70.0 + 5 * np.arange(4)
    limits = {"time_bin_start": ("time_bin", starts), "time_bin_end": ("time_bin", starts + 5)}
    fine = data.recordings.assign_coords(limits)
    scores = quietly(data.features, fine, protocol="kar2019-within", n_components=2)
    assert scores["time_bin_start"].values.tolist() == [70, 80]
    assert scores.attrs["bins"] == 10


def test_pooled_correlations_need_each_stimulus_held_out_once(kar):
    with pytest.raises(ck.CornetkitError, match="no stimulus may be held out twice"):
        ck.predict(*kar, protocol="kar2019", splits="shuffle")


@pytest.mark.parametrize("settings", [{"protocol": "kar2019"}, {"normalization": "%EV"}], ids=str)
def test_explained_variance_needs_the_gram_matrix(kar, settings):
    with pytest.raises(ck.CornetkitError, match="need predictions through the Gram matrix"):
        ck.predict(*kar, method="best-unit", **settings)


def test_explained_variance_is_made_bin_by_bin(kar):
    with pytest.raises(ck.CornetkitError, match="maps every time bin by itself"):
        ck.predict(*kar, protocol="kar2019", mapping="shared")


def test_an_unknown_normalisation_is_refused(kar):
    message = r"unknown normalization 'r2/c' \(did you mean 'r\^2/c'\?\)"
    with pytest.raises(ck.CornetkitError, match=message):
        ck.predict(*kar, normalization="r2/c")
