"""The best single unit, streamed over units."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels import best_unit as best_unit_module
from cornetkit.kernels.best_unit import best_unit


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(30, 80)), rng.normal(size=(30, 5))
    folds = [
        (np.setdiff1d(np.arange(30), np.arange(k, 30, 3)), np.arange(k, 30, 3)) for k in (0, 1)
    ]
    return X, Y, folds


def test_it_is_the_unit_of_highest_training_correlation(data):
    X, Y, folds = data
    result = best_unit([X], Y, folds)
    for f, (train, test) in enumerate(folds):
        r = np.corrcoef(X[train].T, Y[train].T)[:80, 80:]
        np.testing.assert_array_equal(result.index[f], r.argmax(axis=0))
        np.testing.assert_allclose(result.train_correlation[f], r.max(axis=0), atol=1e-12)
        np.testing.assert_array_equal(result.values[f], X[test][:, r.argmax(axis=0)])


def test_any_cut_into_blocks_gives_the_same(data, monkeypatch):
    X, Y, folds = data
    whole = best_unit([X], Y, folds)
    monkeypatch.setattr(best_unit_module, "_BLOCK_ELEMENTS", 1)
    parts = best_unit([X[:, :3], X[:, 3:]], Y, folds)
    np.testing.assert_array_equal(parts.index, whole.index)
    for one, other in zip(parts.values, whole.values, strict=True):
        np.testing.assert_array_equal(one, other)


def test_of_equal_units_the_first_is_taken(data):
    X, Y, folds = data
    expected = best_unit([X], Y, folds).index
    np.testing.assert_array_equal(best_unit([X, X[:, ::-1], X * 3 + 1], Y, folds).index, expected)


def test_units_constant_in_training_are_never_chosen(data):
    X, Y, folds = data
    train, test = folds[0]
    X[train, 4] = 0.1
    X[test, 4] = Y[test, 0] * 100
    Y[train, 1] = -X[train, 10]
    result = best_unit([X], Y, folds[:1])
    assert 4 not in result.index
    assert 10 not in result.index[0, 1:2]  # the sign counts


def test_a_constant_target_has_no_best_unit(data):
    X, Y, folds = data
    Y[:, 2] = 0.1
    result = best_unit([X], Y, folds)
    assert (result.index[:, 2] == -1).all()
    assert np.isnan(result.train_correlation[:, 2]).all()
    assert np.isnan(result.values[0][:, 2]).all()


def test_features_that_are_not_finite_are_refused(data):
    X, Y, folds = data
    X[2, 3] = np.nan
    with pytest.raises(InputError, match="not finite for 1 of 30 stimuli"):
        best_unit([X], Y, folds)


def test_float32_features_give_the_same_units(data):
    X, Y, folds = data
    expected = best_unit([X], Y, folds).index
    np.testing.assert_array_equal(best_unit([X.astype(np.float32)], Y, folds).index, expected)
