"""What holds for every comparison of representations: RSA by any metric, CKA, the matchings."""

import warnings

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import StimulusMismatchError

PRECISION = {"atol": 1e-8, "rtol": 0}
INFERENCE = {"permutations": 19, "bootstrap": 20, "rng": 4}
RSA = [
    {"metric": metric, "compare": compare}
    for metric, compare in (
        ("correlation", "spearman"),
        ("correlation", "pearson"),
        ("euclidean", "cosine"),
        ("cosine", "kendall"),
        ("euclidean", "whitened-cosine"),
        ("euclidean", "whitened-pearson"),
    )
]
OTHERS = [
    (ck.rsa, {"neural_metric": "crossnobis", "metric": "euclidean", "compare": "pearson"}),
    (ck.rsa, {"neural_metric": "mahalanobis", "metric": "euclidean"}),
    (ck.cka, {"unbiased": True}),
    (ck.cka, {"unbiased": False}),
    (ck.one_to_one, {"n_splits": 3}),
    (ck.soft_matching, {"n_splits": 3}),
]
METHODS = [(ck.rsa, settings) for settings in RSA] + OTHERS


@pytest.fixture(scope="module")
def sides():
    rng = np.random.default_rng(0)
    ids = [f"s{k:02d}" for k in range(18)]
    latent = rng.normal(size=(18, 3))
    steps = [latent @ rng.normal(size=(3, 7)) + rng.normal(size=(18, 7)) for _ in range(2)]
    features = xr.DataArray(
        np.stack(steps, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": ids, "time": [0, 1], "driven": ("time", [True, True])},
    )
    means = latent @ rng.normal(size=(3, 5))
    trials = means + rng.normal(size=(4, 18, 5))
    recordings = xr.DataArray(
        trials[:, :, None],
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"stimulus": ids, "repetition": np.arange(4), "neuroid": list("abcde")},
    )
    return features, recordings


@pytest.fixture(params=METHODS, ids=lambda m: "-".join([m[0].__name__, *map(str, m[1].values())]))
def method(request):
    function, settings = request.param

    def call(features, recordings, **more):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            found = function(features, recordings, **settings, **INFERENCE, **more)
        return found[["score", "score_low", "score_high", "p", "p_corrected", "resampled"]]

    return call


def shuffled(array, dim, seed=7):
    return array.isel({dim: np.random.default_rng(seed).permutation(array.sizes[dim])})


def test_the_order_of_stimuli_of_either_side_changes_nothing(method, sides):
    moved = [shuffled(side, "stimulus", seed) for seed, side in enumerate(sides)]
    xr.testing.assert_allclose(method(*moved), method(*sides), **PRECISION)


def test_the_order_of_dims_and_units_changes_nothing(method, sides):
    features, recordings = sides
    moved = shuffled(features, "unit").transpose("unit", "time", "stimulus")
    found = method(moved, recordings.transpose("neuroid", "time_bin", "stimulus", "repetition"))
    xr.testing.assert_allclose(found, method(*sides), **PRECISION)


def test_inputs_are_not_modified(method, sides):
    kept = [side.copy(deep=True) for side in sides]
    method(*sides)
    for side, copy in zip(sides, kept, strict=True):
        xr.testing.assert_identical(side, copy)


def test_the_seed_reproduces(method, sides):
    xr.testing.assert_identical(method(*sides), method(*sides))


def test_float32_agrees_with_float64(method, sides):
    features, recordings = sides
    found = method(features.astype("f4"), recordings)
    np.testing.assert_allclose(found["score"], method(*sides)["score"], atol=2e-5)


def test_undriven_steps_are_undefined_and_leave_the_others_alone(method, sides):
    features, recordings = sides
    undriven = features.assign_coords(driven=("time", [False, True]))
    found = method(undriven, recordings)
    assert np.isnan(found["score"].sel(time=0)).all()
    assert np.isnan(found["p"].sel(time=0)).all()
    np.testing.assert_allclose(
        found["score_low"].sel(time=1), method(*sides)["score_low"].sel(time=1)
    )


def test_other_stimuli_are_refused(method, sides):
    features, recordings = sides
    with pytest.raises(StimulusMismatchError):
        method(features[:-1], recordings)
