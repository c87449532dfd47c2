"""one_to_one(): planted pairs are found, unrelated ones score nothing."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError


def made(noise, seed=0, n=60):
    """Return features, and recordings of 5 neuroids that are copies of units 2, 4, 6, 8, 10."""
    rng = np.random.default_rng(seed)
    ids = [f"s{k:02d}" for k in range(n)]
    X = rng.normal(size=(n, 30))
    features = xr.DataArray(
        X, dims=("stimulus", "unit"), coords={"stimulus": ids, "unit": 100 + np.arange(30)}
    )
    Y = X[:, 2:12:2] + noise * rng.normal(size=(n, 5))
    responses = xr.DataArray(
        Y[None, :, None],
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"stimulus": ids, "neuroid": list("abcde"), "repetition": [0]},
    )
    return features, responses


def test_planted_pairs_are_found():
    features, responses = made(0.3)
    found = ck.one_to_one(features, responses)
    assert (found["unit"].values == np.array([102, 104, 106, 108, 110])).all()
    expected = np.median([np.corrcoef(features[:, k], responses[0, :, 0, i])[0, 1]
                          for i, k in enumerate(range(2, 12, 2))])  # fmt: skip
    assert float(found["score"][0]) == pytest.approx(expected, abs=0.03)


def test_r_is_that_of_the_held_out_stimuli():
    features, responses = made(1.0)
    found = ck.one_to_one(features, responses, n_splits=4, rng=3)
    parts = np.array_split(np.random.default_rng(3).permutation(60), 4)
    for k, test in enumerate(parts):
        unit = int(found["unit"][0, k, 2]) - 100
        x, y = features.values[test, unit], responses.values[0, test, 0, 2]
        assert float(found["r"][0, k, 2]) == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_unrelated_features_score_nothing():
    scores = []
    for seed in range(10):
        features, _ = made(0, seed)
        _, responses = made(0, seed + 100)
        scores.append(float(ck.one_to_one(features, responses)["score"][0]))
    assert abs(np.mean(scores)) < 0.06


def test_ids_decide():
    features, responses = made(0.5)
    moved = features[np.random.default_rng(0).permutation(60)]
    xr.testing.assert_identical(
        ck.one_to_one(moved, responses)["r"], ck.one_to_one(features, responses)["r"]
    )


def test_every_step_is_matched_and_undriven_ones_are_not(acts, trials):
    with pytest.warns(ck.CornetkitWarning, match="not reached: IT step 0"):
        found = ck.one_to_one(acts, trials, n_splits=2)
    assert found["r"].dims == ("area", "time", "time_bin", "split", "neuroid")
    assert np.isnan(found["score"].sel(area="IT", time=[0, 1])).all()
    assert float(found["score"].sel(area="V4", time=2)[1]) > 0.3


def test_neuroids_with_missing_responses_are_noted():
    features, responses = made(0.3)
    responses[0, 5, 0, 1] = np.nan
    with pytest.warns(ck.CornetkitWarning, match="1 neuroids with no response .*\\(b\\)"):
        found = ck.one_to_one(features, responses)
    assert np.isnan(found["r"][..., 1]).all()
    assert not np.isnan(found["r"][..., 0]).any()


def test_wrong_arguments_are_told():
    features, responses = made(0.3, n=12)
    with pytest.raises(InputError, match="12 stimuli are too few for 5 folds"):
        ck.one_to_one(features, responses)
    with pytest.raises(InputError, match="1 folds were asked for"):
        ck.one_to_one(features, responses, n_splits=1)
    with pytest.raises(InputError, match=r"n_splits must be a whole number, not 2\.5"):
        ck.one_to_one(features, responses, n_splits=2.5)
    with pytest.raises(InputError, match="expected activations first"):
        ck.one_to_one(responses, responses)
