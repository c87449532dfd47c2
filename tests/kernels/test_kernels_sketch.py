"""Leading components from a few readings, against a singular value decomposition."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.sketch import sketch

N, UNITS = 60, 130
TRAIN = np.arange(10, N)


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(N, 90)) * np.arange(1, 91) ** -1.0
    X = latent @ rng.normal(size=(90, UNITS)) + rng.normal(size=UNITS)
    X[:, 3] = 0.1
    return X


def reading(X, parts=3):
    return lambda: iter(np.array_split(X, parts, axis=1))


def axes(X, k):
    centred = X[TRAIN] - X[TRAIN].mean(axis=0)
    return np.linalg.svd(centred, full_matrices=False)[2][:k].T


def test_all_components_keep_every_product_of_the_features(features):
    found = sketch(reading(features), N, TRAIN, N)
    centred = features - features[TRAIN].mean(axis=0)
    # Of test stimuli only the part within the span of the training stimuli is kept.
    basis = axes(features, len(TRAIN) - 1)
    expected = centred @ basis @ (centred @ basis).T
    np.testing.assert_allclose(found.features @ found.features.T, expected, atol=1e-9)
    assert found.features.shape == (N, len(TRAIN) - 1)
    assert found.share == pytest.approx(1.0, abs=1e-12)


def test_few_components_are_the_leading_ones(features):
    found = sketch(reading(features), N, TRAIN, 5, n_readings=9)
    centred = features - features[TRAIN].mean(axis=0)
    expected = centred @ axes(features, 5)
    np.testing.assert_allclose(np.abs(found.features), np.abs(expected), atol=1e-4)
    best = (expected[TRAIN] ** 2).sum() / (centred[TRAIN] ** 2).sum()
    assert found.share == pytest.approx(best, rel=1e-6)


def test_further_readings_bring_the_components_nearer_to_the_leading_ones(features):
    shares = [sketch(reading(features), N, TRAIN, 8, n_readings=k).share for k in (2, 3, 5)]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]


def test_the_share_is_what_the_projections_keep(features):
    found = sketch(reading(features), N, TRAIN, 6, n_readings=2)
    centred = features[TRAIN] - features[TRAIN].mean(axis=0)
    # The axes are orthonormal, though not quite the leading ones.
    P = np.linalg.lstsq(centred, found.features[TRAIN], rcond=None)[0]
    np.testing.assert_allclose(P.T @ P, np.eye(6), atol=1e-8)
    assert found.share == pytest.approx(((centred @ P) ** 2).sum() / (centred**2).sum())


def test_sums_are_those_of_the_features(features):
    found = sketch(reading(features), N, TRAIN, 6)
    centred = features - features.mean(axis=0)
    assert found.square == pytest.approx((centred**2).sum())
    assert (found.n_units, found.n_constant) == (UNITS, 1)


def test_any_cut_into_blocks_gives_the_same(features):
    one, seven = (sketch(reading(features, k), N, TRAIN, 6).features for k in (1, 7))
    np.testing.assert_allclose(np.abs(one), np.abs(seven), atol=1e-9)


def test_single_precision_agrees(features):
    double = sketch(reading(features), N, TRAIN, 6)
    single = sketch(reading(features.astype(np.float32)), N, TRAIN, 6, dtype="float32")
    np.testing.assert_allclose(np.abs(single.features), np.abs(double.features), atol=1e-3)
    assert single.share == pytest.approx(double.share, abs=1e-5)


def test_test_stimuli_do_not_move_the_components(features):
    expected = sketch(reading(features), N, TRAIN, 6).features[TRAIN]
    moved = features.copy()
    moved[:10] *= 100
    np.testing.assert_allclose(
        sketch(reading(moved), N, TRAIN, 6).features[TRAIN], expected, atol=1e-9
    )


def test_constant_features_have_no_component():
    found = sketch(reading(np.full((N, 4), 0.1), 1), N, TRAIN, 3)
    assert found.features.shape == (N, 0)
    assert (found.share, found.n_constant) == (0.0, 4)


def test_the_seed_decides(features):
    one, same, other = (
        sketch(reading(features), N, TRAIN, 4, n_readings=2, rng=seed).features
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(np.abs(one), np.abs(other))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_components": 0}, "0 components from 3 readings were asked for; expected at least 1"),
        ({"n_components": 2, "n_readings": 1}, "from 1 readings were asked for"),
        ({"n_components": 2, "dtype": "half"}, "dtype 'half' was given; expected 'float64' or"),
    ],
)
def test_wrong_arguments_are_refused(features, arguments, message):
    with pytest.raises(InputError, match=message):
        sketch(reading(features), N, TRAIN, **arguments)


def test_features_that_are_not_finite_are_refused(features):
    features[2, 5] = np.nan
    with pytest.raises(InputError, match="not finite for 1 of 60 stimuli"):
        sketch(reading(features), N, TRAIN, 3)
