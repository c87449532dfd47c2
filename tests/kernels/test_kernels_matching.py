"""One-to-one matching equals the best of all assignments, on the training stimuli only."""

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from cornetkit.kernels.matching import match_units


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 40))
    return X, X[:, :6] @ rng.normal(size=(6, 4)) + rng.normal(size=(30, 4))


FOLDS = [(np.arange(20), np.arange(20, 30)), (np.arange(10, 30), np.arange(10))]


def correlations(X, Y):
    return np.corrcoef(X.T, Y.T)[: X.shape[1], X.shape[1] :]


def test_the_sum_of_training_correlations_is_that_of_the_full_assignment(data):
    X, Y = data
    found = match_units([X], Y, FOLDS)
    for k, (train, _) in enumerate(FOLDS):
        r = correlations(X[train], Y[train])
        rows, columns = linear_sum_assignment(r, maximize=True)
        assert found.train_correlation[k].sum() == pytest.approx(r[rows, columns].sum())
        np.testing.assert_allclose(r[found.index[k], np.arange(4)], found.train_correlation[k])


def test_no_permutation_does_better(data):
    X, Y = data[0][:, :5], data[1]
    found = match_units([X], Y, FOLDS[:1])
    r = correlations(X[:20], Y[:20])
    best = max(sum(r[u, t] for t, u in enumerate(p)) for p in permutations(range(5), 4))
    assert found.train_correlation[0].sum() == pytest.approx(best)


def test_no_unit_serves_two_targets(data):
    X, _ = data
    Y = X[:, [3, 3, 3]] + 0.1 * np.random.default_rng(1).normal(size=(30, 3))
    found = match_units([X], Y, FOLDS)
    assert all(len(set(units)) == 3 for units in found.index.tolist())


def test_how_units_are_cut_into_blocks_changes_nothing(data):
    X, Y = data
    whole, cut = match_units([X], Y, FOLDS), match_units(np.split(X, 8, axis=1), Y, FOLDS)
    np.testing.assert_array_equal(cut.index, whole.index)


def test_held_out_stimuli_do_not_enter(data):
    X, Y = data
    other = Y.copy()
    other[20:] = np.random.default_rng(2).normal(size=(10, 4))
    first, second = (match_units([X], y, FOLDS[:1]).index for y in (Y, other))
    np.testing.assert_array_equal(first, second)


def test_constant_units_and_targets_are_not_matched(data):
    X, Y = data[0][:, :6].copy(), data[1].copy()
    X[:, [0, 2]] = 0.1
    Y[:, 1] = 0.3
    found = match_units([X], Y, FOLDS)
    assert (found.index[:, 1] == -1).all()
    assert np.isnan(found.train_correlation[:, 1]).all()
    assert not np.isin(found.index, [0, 2]).any()


def test_with_fewer_units_than_targets_some_get_none(data):
    X, Y = data
    found = match_units([X[:, :3]], Y, FOLDS)
    assert ((found.index == -1).sum(axis=1) == 1).all()
