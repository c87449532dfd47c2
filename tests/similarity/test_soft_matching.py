"""soft_matching(): all units and all neuroids, shared out, tested on other stimuli."""

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import linprog

import cornetkit as ck
from cornetkit.errors import InputError


def made(noise, seed=0, n=60, p=8, q=5, repetitions=4, silent=0):
    """Return features, and recordings of neuroids that are units 0, 1, ... with noise."""
    rng = np.random.default_rng(seed)
    ids = [f"s{k:02d}" for k in range(n)]
    X = rng.normal(size=(n, p))
    X[:, p - silent :] = 0
    features = xr.DataArray(X, dims=("stimulus", "unit"), coords={"stimulus": ids})
    Y = X[:, :q] + noise * rng.normal(size=(repetitions, n, q))
    responses = xr.DataArray(
        Y[:, :, None],
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"stimulus": ids, "neuroid": [f"n{k}" for k in range(q)]},
    ).assign_coords(repetition=np.arange(repetitions))
    return features, responses


def by_hand(X, Y, n_splits, seed):
    """Return the score by a linear programme over all pairs in every fold."""
    p, q = X.shape[1], Y.shape[1]
    parts = np.array_split(np.random.default_rng(seed).permutation(len(X)), n_splits)
    scores = []
    for test in parts:
        train = np.setdiff1d(np.arange(len(X)), test)
        within, outside = (
            np.corrcoef(X[rows].T, Y[rows].T)[:p, p:] for rows in (train, np.sort(test))
        )
        constraints = np.concatenate([np.kron(np.eye(p), np.ones(q)), np.tile(np.eye(q), p)])
        supply = np.concatenate([np.full(p, 1 / p), np.full(q, 1 / q)])
        plan = linprog(-within.ravel(), A_eq=constraints, b_eq=supply).x
        scores.append(plan @ outside.ravel())
    return np.mean(scores)


@pytest.mark.parametrize(("p", "q"), [(8, 5), (5, 5), (6, 9)])
def test_the_score_is_that_of_an_exact_transport(p, q):
    features, responses = made(0.5, p=max(p, q), q=q)
    features = features[:, :p]
    found = ck.soft_matching(features, responses, n_splits=4, rng=3)
    expected = by_hand(features.values, responses.values[:, :, 0].mean(axis=0), 4, 3)
    assert float(found["score"][0]) == pytest.approx(expected, abs=1e-10)


def test_r_of_the_neuroids_averages_to_the_score():
    found = ck.soft_matching(*made(0.5))
    assert found["r"].dims == ("time_bin", "split", "neuroid")
    np.testing.assert_allclose(found["score"], found["r"].mean(["neuroid", "split"]))


def test_the_same_units_on_both_sides_match_perfectly():
    features, responses = made(0.0, p=5)
    assert float(ck.soft_matching(features, responses)["score"][0]) == pytest.approx(1)


def test_units_that_match_nothing_cost_the_model():
    features, responses = made(0.0, p=25)
    soft = float(ck.soft_matching(features, responses)["score"][0])
    hard = float(ck.one_to_one(features, responses)["score"][0])
    assert soft < 0.5 < 0.99 < hard


def test_unrelated_features_score_nothing():
    scores = [
        float(ck.soft_matching(made(0, seed)[0], made(0, seed + 100)[1])["score"][0])
        for seed in range(8)
    ]
    assert abs(np.mean(scores)) < 0.06


def test_ids_decide_and_nothing_is_modified():
    features, responses = made(0.5)
    kept = features.copy(deep=True), responses.copy(deep=True)
    moved = features[np.random.default_rng(0).permutation(60)]
    expected = ck.soft_matching(features, responses)
    xr.testing.assert_identical(ck.soft_matching(moved, responses)["r"], expected["r"])
    xr.testing.assert_identical(features, kept[0])
    xr.testing.assert_identical(responses, kept[1])


def test_silent_units_are_left_out_and_counted():
    features, responses = made(0.5, p=8, silent=2)
    found = ck.soft_matching(features, responses)
    expected = ck.soft_matching(features[:, :6], responses)
    np.testing.assert_allclose(found["score"], expected["score"])
    assert (found["n_units_used"] == 6).all()


def test_undriven_and_constant_steps_have_no_score(acts, trials):
    with pytest.warns(ck.CornetkitWarning, match="not reached: IT step 0"):
        found = ck.soft_matching(acts, trials, n_splits=2)
    assert np.isnan(found["score"].sel(area="IT", time=[0, 1])).all()
    assert float(found["score"].sel(area="V4", time=2)[1]) > 0.3


@pytest.mark.parametrize("method", ["one_to_one", "soft_matching"])
def test_ceilings_are_those_of_the_reliability(method):
    # Noise of variance 1 a trial, 4 trials: r of halves 2/3, reliability of the mean .8.
    features, responses = made(1.0, n=2000, q=5)
    found = getattr(ck, method)(features, responses, n_splits=2)
    assert float(found["ceiling_lower"][0]) == pytest.approx(2 / 3, abs=0.02)
    assert float(found["ceiling_upper"][0]) == pytest.approx(np.sqrt(0.8), abs=0.02)


def test_a_perfect_model_reaches_the_upper_ceiling():
    features, responses = made(1.0, n=2000, p=5)
    for method in (ck.one_to_one, ck.soft_matching):
        found = method(features, responses, n_splits=2)
        assert float(found["score"][0]) == pytest.approx(float(found["ceiling_upper"][0]), abs=0.02)


def test_one_repetition_has_no_ceiling():
    found = ck.soft_matching(*made(0.5, repetitions=1))
    assert np.isnan(found["ceiling_lower"]).all()
    assert np.isnan(found["ceiling_upper"]).all()


def test_too_many_units_are_refused():
    features, responses = made(0.3, n=16, p=5000)
    message = r"has 5,000 units; .* at most 4,096: record with --pool mean"
    with pytest.raises(InputError, match=message):
        ck.soft_matching(features, responses)


def test_wrong_arguments_are_told():
    features, responses = made(0.3, n=12)
    with pytest.raises(InputError, match="12 stimuli are too few for 5 folds"):
        ck.soft_matching(features, responses)
    with pytest.raises(InputError, match="soft_matching matches units of activations"):
        ck.soft_matching(responses, responses)
