"""Correlations of held-out pairs: resampled, permuted, and summed up."""

import numpy as np
import pytest

from cornetkit.kernels.held_out import (
    counted_mean,
    counted_median,
    permuted_columns,
    resampled_columns,
)
from cornetkit.kernels.resampling import multiplicities, permutations


@pytest.fixture(scope="module")
def columns():
    X, Y = np.random.default_rng(0).normal(size=(2, 9, 4)) + 1000.0
    X[:, 3] = 0.1
    return X, Y


@pytest.fixture(scope="module")
def counts():
    return multiplicities(9, 12, np.random.default_rng(1))


def test_a_resample_is_the_correlation_of_copied_rows(columns, counts):
    found = resampled_columns(*columns, counts)
    for weights, here in zip(counts, found, strict=True):
        x, y = (np.repeat(Z, weights, axis=0) for Z in columns)
        expected = [np.corrcoef(x[:, k], y[:, k])[0, 1] for k in range(3)]
        np.testing.assert_allclose(here[:3], expected, atol=1e-9)


def test_constant_columns_and_too_few_rows_have_none(columns, counts):
    assert np.isnan(resampled_columns(*columns, counts)[:, 3]).all()
    two = np.array([[5, 4, 0, 0, 0, 0, 0, 0, 0]])
    assert np.isnan(resampled_columns(*columns, two)).all()


def test_a_permutation_moves_the_rows_of_one_side(columns):
    orders = permutations(9, 5, np.random.default_rng(2))
    found = permuted_columns(*columns, orders)
    for order, here in zip(orders, found, strict=True):
        expected = np.corrcoef(columns[0][order, 1], columns[1][:, 1])[0, 1]
        assert here[1] == pytest.approx(expected)
    assert np.isnan(found[:, 3]).all()


@pytest.mark.parametrize(
    ("ours", "expected"), [(counted_median, np.median), (counted_mean, np.mean)]
)
def test_counted_summaries_are_those_of_copies(ours, expected):
    rng = np.random.default_rng(3)
    values, counts = rng.normal(size=(20, 7)), multiplicities(7, 20, rng)
    values[::3, 2] = np.nan
    found = ours(values, counts)
    for row, weights, here in zip(values, counts, found, strict=True):
        copies = np.repeat(row, weights)
        assert here == pytest.approx(expected(copies[~np.isnan(copies)]))
    assert np.isnan(ours(np.full(3, np.nan), np.ones(3, dtype=int)))
