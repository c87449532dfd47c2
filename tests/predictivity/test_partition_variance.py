"""Unique and shared variance of two steps: planted shares, and fits made by hand."""

import builtins

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

import cornetkit as ck
from cornetkit.errors import MissingExtraError
from cornetkit.predictivity.banded import fit_banded, himalaya_solver

pytest.importorskip("himalaya")
FEW = {"ratios": (0.0, 1.0, np.inf), "alphas": np.geomspace(1e-3, 1e3, 7), "n_splits": 4}


def area(*steps, driven=None):
    values = np.stack(steps, axis=1)
    coords = {
        "stimulus": [f"s{i:03d}" for i in range(len(values))],
        "time": np.arange(len(steps)),
        "area": "IT",
    }
    if driven is not None:
        coords["driven"] = ("time", driven)
    return xr.DataArray(values, dims=("stimulus", "time", "unit"), coords=coords)


def recorded(means):
    return xr.DataArray(
        means,
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", [f"s{i:03d}" for i in range(len(means))]),
            "repetition": ("presentation", np.zeros(len(means), int)),
            "neuroid": [f"n{k}" for k in range(means.shape[2])],
        },
    )


@pytest.fixture
def partition(recwarn):
    def run(*args, **settings):
        return ck.partition_variance(
            *args, area="IT", steps=(0, 1), progress=False, **(FEW | settings)
        )

    return run


def unit(values):
    return (values - values.mean(axis=0)) / values.std(axis=0)


@pytest.fixture(scope="module")
def planted_shares():
    """Step 1 is step 0 and new dimensions; responses are mixtures of known shares."""
    rng = np.random.default_rng(0)
    n, q = 300, 12
    old, new = rng.standard_normal((n, 8)), rng.standard_normal((n, 8))
    from_old = unit(old @ rng.standard_normal((8, q)))
    from_new = unit(new @ rng.standard_normal((8, q)))
    noise = rng.standard_normal((n, q))
    shares = np.array([[0.6, 0.0], [0.3, 0.3], [0.0, 0.6]])  # of old and new, one a time bin
    bins = [np.sqrt(a) * from_old + np.sqrt(b) * from_new + np.sqrt(0.4) * noise for a, b in shares]
    acts = area(np.hstack([old, np.zeros((n, 8))]), np.hstack([old, new]))
    return acts, recorded(np.stack(bins, axis=1)), shares


def test_planted_shares_are_recovered(planted_shares, partition):
    acts, recordings, shares = planted_shares
    found = partition(acts, recordings)
    # All of step 0 is in step 1: what it explains is shared, what is new is unique to step 1.
    np.testing.assert_allclose(found["shared_median"], shares[:, 0], atol=0.07)
    np.testing.assert_allclose(found["unique_median"].sel(time=1), shares[:, 1], atol=0.07)
    np.testing.assert_allclose(found["unique_median"].sel(time=0), 0, atol=0.03)


def test_a_step_that_adds_nothing_has_no_unique_variance(partition):
    rng = np.random.default_rng(1)
    n = 200
    useful, useless = rng.standard_normal((n, 10)), rng.standard_normal((n, 10))
    responses = unit(useful @ rng.standard_normal((10, 15)))[:, None] + rng.standard_normal(
        (n, 1, 15)
    )
    found = partition(area(useful, useless), recorded(responses))
    assert abs(float(found["unique_median"].sel(time=1).item())) < 0.02
    assert abs(float(found["shared_median"].item())) < 0.03
    assert float(found["unique_median"].sel(time=0).item()) > 0.4
    # Banded ridge turns the useless step down instead of paying for it.
    assert float(found["log_ratio"].median()) == np.inf or (found["log_ratio"] >= 0).mean() < 0.5


def test_parts_are_the_sums_that_they_are_defined_as(planted_shares, partition):
    acts, recordings, _ = planted_shares
    found = partition(acts, recordings.isel(neuroid=slice(3)))
    single, both = found["r2_single"].mean("split"), found["r2_both"].mean("split")
    np.testing.assert_allclose(found["unique"].sel(time=1), both - single.sel(time=0), atol=1e-12)
    np.testing.assert_allclose(found["unique"].sel(time=0), both - single.sel(time=1), atol=1e-12)
    total = found["unique"].sum("time") + found["shared"]
    np.testing.assert_allclose(total, both, atol=1e-12)


def test_folds_are_those_of_predict(planted_shares, partition, quietly):
    """One step with one penalty: r2_single is that of ridge, refitted on the folds of predict."""
    acts, recordings, _ = planted_shares
    recordings = recordings.isel(neuroid=slice(2), time_bin=[1])
    found = partition(acts, recordings, alphas=[2.0], n_splits=5, rng=7)
    X = acts.sel(time=1).values
    X = X - X.mean(axis=0)
    X /= np.sqrt((X**2).sum() / (len(X) - 1))  # mean eigenvalue of the Gram matrix: 1
    Y = recordings.values[:, 0]
    splits = KFold(5, shuffle=True, random_state=7).split(X)
    for k, (train, test) in enumerate(splits):
        model = Ridge(alpha=2.0).fit(X[train], Y[train])
        error = ((Y[test] - model.predict(X[test])) ** 2).sum(axis=0)
        expected = 1 - error / ((Y[test] - Y[train].mean(axis=0)) ** 2).sum(axis=0)
        np.testing.assert_allclose(
            found["r2_single"].sel(time=1).isel(time_bin=0, split=k), expected, atol=1e-9
        )
    assert found.attrs["ratios"] == [0.0, 1.0, np.inf]
    assert found.attrs["steps"] == [0, 1]
    assert found.attrs["seed"] == 7
    assert found.attrs["n_splits"] == 5


def test_both_kernels_are_chosen_and_fitted_as_ridge_on_scaled_features_would():
    rng = np.random.default_rng(2)
    n = 60
    first, second = rng.standard_normal((n, 20)), 0.3 * rng.standard_normal((n, 30)) + 1
    Y = first @ rng.standard_normal((20, 3)) + second @ rng.standard_normal((30, 3)) + 2
    Y += 2 * rng.standard_normal(Y.shape)
    fold = np.arange(12, n), np.arange(12)
    kernels = np.stack([first @ first.T, second @ second.T])
    gammas = np.array([[1.0, 0.0], [0.5, 0.5], [0.1, 0.9]])
    alphas = np.array([0.1, 1.0, 10.0, 100.0])
    predicted, weights = fit_banded(himalaya_solver(), kernels, Y, fold, alphas, gammas, seed=3)
    train, test = fold
    inner = list(KFold(5, shuffle=True, random_state=3).split(train))
    for q in range(3):
        losses = {}
        for g1, g2 in gammas:
            X = np.hstack([np.sqrt(g1) * first, np.sqrt(g2) * second])
            for alpha in alphas:
                errors = []
                for fit, left in inner:
                    model = Ridge(alpha=alpha).fit(X[train[fit]], Y[train[fit], q])
                    errors.append(((Y[train[left], q] - model.predict(X[train[left]])) ** 2).mean())
                losses[(g1, g2, alpha)] = np.mean(errors)
        g1, g2, alpha = min(losses, key=losses.get)
        np.testing.assert_allclose(weights[:, q], np.array([g1, g2]) / alpha, rtol=1e-9, atol=1e-12)
        X = np.hstack([np.sqrt(g1) * first, np.sqrt(g2) * second])
        expected = Ridge(alpha=alpha).fit(X[train], Y[train, q]).predict(X[test])
        np.testing.assert_allclose(predicted[:, q], expected, atol=1e-8)


def test_neuroids_with_missing_responses_are_fitted_on_the_others(planted_shares, partition):
    acts, recordings, _ = planted_shares
    holes = recordings.isel(neuroid=slice(3)).copy()
    holes[:9, :, 1] = np.nan
    holes[:, 1, 2] = np.nan
    found = partition(acts, holes, n_splits=3)
    assert np.isfinite(found["unique"].isel(neuroid=[0, 1])).all()
    assert np.isnan(found["unique"].isel(neuroid=2, time_bin=1)).all()
    whole = partition(acts, recordings.isel(neuroid=slice(3)), n_splits=3)
    np.testing.assert_allclose(
        found["unique"].isel(neuroid=0), whole["unique"].isel(neuroid=0), atol=1e-10
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": (0, 3)}, "IT has no step 3; it has 0, 1, 2"),
        ({"steps": (1, 1)}, "expected two different ones"),
        ({"steps": (0, 2)}, "the image has not reached IT by step 2; choose from 0, 1"),
        ({"area": "V4"}, "unknown area 'V4'"),
        ({"ratios": (-1.0,)}, "ratios must be one or more numbers of 0 or more"),
        ({"alphas": (0.0,)}, "alphas must be one or more positive numbers"),
        ({"n_splits": 1}, "n_splits must be at least 2"),
    ],
    ids=str,
)
def test_wrong_arguments_are_told_in_one_line(settings, message):
    values = np.random.default_rng(0).standard_normal((3, 30, 4))
    acts = area(*values, driven=[True, True, False])
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.partition_variance(
            acts, recorded(np.ones((30, 1, 2))), **({"area": "IT", "steps": (0, 1)} | settings)
        )
    assert "\n" not in str(caught.value)


def test_a_step_that_never_varies_is_refused():
    rng = np.random.default_rng(0)
    acts = area(rng.standard_normal((30, 4)), np.ones((30, 4)))
    with pytest.raises(ck.CornetkitError, match="IT step 1: all 4 units are constant"):
        ck.partition_variance(
            acts, recorded(rng.standard_normal((30, 1, 2))), area="IT", steps=(0, 1)
        )


def test_a_missing_extra_says_what_installs_it(monkeypatch):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("himalaya"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'cornetkit\[banded\]'"):
        himalaya_solver()


def test_single_precision_is_checked_against_the_smallest_penalty(planted_shares, partition):
    acts, recordings, _ = planted_shares
    recordings = recordings.isel(neuroid=slice(2), time_bin=[1])
    double = partition(acts, recordings)
    single = partition(acts, recordings, dtype="float32")
    np.testing.assert_allclose(single["unique"], double["unique"], atol=1e-3)
    message = "IT step 0: dtype='float32' is not precise enough for ridge"
    with pytest.raises(ck.CornetkitError, match=message):
        partition(acts, recordings, dtype="float32", alphas=[1e-9, 1.0])
