"""The Gram matrix streamed over units."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels import gram as gram_module
from cornetkit.kernels.gram import gram


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 50)) + rng.normal(size=50)
    X[:, 7] = 0.1
    X[:, 20] = 0.0
    return X


def test_it_is_the_product_of_centred_features(features):
    centred = features - features.mean(axis=0)
    np.testing.assert_allclose(gram([features], 30).gram, centred @ centred.T, atol=1e-12)


def test_any_cut_into_blocks_gives_the_same(features):
    whole = gram([features], 30)
    parts = gram(np.split(features, [1, 13, 40], axis=1), 30)
    np.testing.assert_allclose(parts.gram, whole.gram, atol=1e-12)
    np.testing.assert_allclose(parts.row_sums, whole.row_sums, atol=1e-12)
    assert (parts.n_units, parts.n_constant) == (50, 2)


def test_a_huge_block_is_worked_in_small_parts(features, monkeypatch):
    whole = gram([np.tile(features, 4)], 30)
    monkeypatch.setattr(gram_module, "_BLOCK_ELEMENTS", 30 * 64)
    parts = gram([np.tile(features, 4)], 30)
    np.testing.assert_allclose(parts.gram, whole.gram, atol=1e-11)
    assert parts.n_units == 200


def test_the_uncentred_matrix_follows(features):
    result = gram(np.split(features, 5, axis=1), 30)
    np.testing.assert_allclose(result.uncentred(), features @ features.T, atol=1e-11)
    np.testing.assert_allclose(result.row_sums, features.sum(axis=1), atol=1e-12)


def test_constant_units_are_decided_by_range_and_exactly_zero():
    X = np.full((29, 3), 0.1)
    assert X.std(axis=0).min() > 0  # what a decision by deviation would see
    result = gram([X], 29)
    assert result.n_constant == 3
    assert (result.gram == 0).all()


def test_float32_features_agree_with_float64(features):
    expected = gram([features.astype(np.float32).astype(np.float64)], 30).gram
    np.testing.assert_array_equal(gram([features.astype(np.float32)], 30).gram, expected)


def test_products_in_float32_agree_to_single_precision(features):
    expected = gram([features], 30).gram
    result = gram([features], 30, dtype="float32").gram
    assert result.dtype == np.float64
    assert np.abs(result - expected).max() < 1e-6 * np.abs(expected).max()


def test_a_large_common_offset_costs_no_digits(features):
    expected = gram([features], 30).gram
    np.testing.assert_allclose(gram([features + 1e6], 30).gram, expected, atol=1e-7)


def test_integer_and_half_precision_features_are_taken():
    X = np.arange(12).reshape(4, 3) ** 2
    expected = gram([X.astype(float)], 4).gram
    np.testing.assert_array_equal(gram([X], 4).gram, expected)
    np.testing.assert_array_equal(gram([X.astype(np.float16)], 4).gram, expected)


def test_permuting_stimuli_permutes_the_matrix(features):
    order = np.random.default_rng(1).permutation(30)
    expected = gram([features], 30).gram[np.ix_(order, order)]
    np.testing.assert_allclose(gram([features[order]], 30).gram, expected, atol=1e-12)


def test_features_are_not_modified(features):
    before = features.copy()
    gram([features], 30)
    np.testing.assert_array_equal(features, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted(features, bad):
    features[3, 10:12] = bad
    features[5, 10] = bad
    with pytest.raises(InputError, match=r"2 of 30 stimuli in 2 of the units 0 to 49"):
        gram([features], 30)


def test_another_number_of_stimuli_is_refused(features):
    with pytest.raises(InputError, match=r"\(30, 50\) was given; expected \(31, units\)"):
        gram([features], 31)


def test_complex_features_are_refused():
    with pytest.raises(InputError, match="expected real numbers"):
        gram([np.ones((3, 2), dtype=complex)], 3)


def test_an_unknown_precision_is_refused(features):
    with pytest.raises(InputError, match="'float16' was given"):
        gram([features], 30, dtype="float16")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_many_stimuli_are_multiplied_in_rows(monkeypatch, dtype):
    from cornetkit.kernels import gram_sums

    X = np.random.default_rng(0).standard_normal((50, 30))
    expected = gram([X[:, :20], X[:, 20:]], 50, dtype=dtype)
    monkeypatch.setattr(gram_sums, "_ONE_CALL", 10)
    monkeypatch.setattr(gram_sums, "_ROWS_AT_ONCE", 7)
    found = gram([X[:, :20], X[:, 20:]], 50, dtype=dtype)
    np.testing.assert_allclose(
        found.gram, expected.gram, atol=1e-4 if dtype == "float32" else 1e-12
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_squares_of_units_come_with_it(features, dtype):
    centred = features - features.mean(axis=0)
    result = gram(np.split(features, 5, axis=1), 30, dtype=dtype)
    np.testing.assert_allclose(result.unit_squares, (centred**2).sum(axis=0), atol=1e-12)
    assert np.flatnonzero(result.unit_squares == 0).tolist() == [7, 20]
