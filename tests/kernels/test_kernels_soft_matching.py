"""Soft matching against a linear programme over all pairs, and an assignment."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from cornetkit.errors import InputError
from cornetkit.kernels.soft_matching import soft_match


def whole_programme(S):
    """Return the highest sum, with every pair in the programme."""
    p, q = S.shape
    rows = np.kron(np.eye(p), np.ones(q))
    columns = np.tile(np.eye(q), p)
    supply = np.concatenate([np.full(p, 1 / p), np.full(q, 1 / q)])
    return -linprog(-S.ravel(), A_eq=np.concatenate([rows, columns]), b_eq=supply).fun


@pytest.mark.parametrize("shape", [(7, 5), (4, 9), (6, 3), (1, 4), (31, 12), (60, 45)])
def test_the_sum_is_that_of_the_whole_programme(shape):
    S = np.random.default_rng(sum(shape)).normal(size=shape)
    rows, columns, mass = soft_match(S)
    assert (S[rows, columns] * mass).sum() == pytest.approx(whole_programme(S), abs=1e-12)
    assert len(mass) < sum(shape)


def test_every_unit_gives_and_takes_the_same():
    S = np.random.default_rng(0).normal(size=(10, 7))
    rows, columns, mass = soft_match(S)
    P = np.zeros(S.shape)
    P[rows, columns] = mass
    np.testing.assert_allclose(P.sum(axis=0), 1 / 7)
    np.testing.assert_allclose(P.sum(axis=1), 1 / 10)


def test_of_equal_numbers_it_is_the_best_permutation():
    S = np.random.default_rng(1).normal(size=(8, 8))
    rows, columns, mass = soft_match(S)
    assert S[rows, columns].sum() == pytest.approx(S[linear_sum_assignment(-S)].sum())
    assert (np.sort(columns) == np.arange(8)).all()
    np.testing.assert_allclose(mass, 1 / 8)


def test_copies_of_units_change_nothing():
    S = np.random.default_rng(2).normal(size=(6, 5))
    once, twice = (soft_match(X) for X in (S, np.repeat(S, 3, axis=0)))
    sums = [(X[r, c] * m).sum() for X, (r, c, m) in ((S, once), (np.repeat(S, 3, axis=0), twice))]
    assert sums[0] == pytest.approx(sums[1])


def test_ties_throughout_are_solved_too():
    rows, columns, mass = soft_match(np.zeros((9, 4)))
    assert mass.sum() == pytest.approx(1)


@pytest.mark.parametrize("S", [np.full((2, 2), np.nan), np.empty((0, 3)), np.zeros(3)])
def test_what_is_not_a_similarity_of_pairs_is_refused(S):
    with pytest.raises(InputError, match="expected a finite one for every pair of units"):
        soft_match(S)
