"""Gram matrices of features standardised by the training stimuli of each fold."""

import tracemalloc

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cornetkit.errors import InputError
from cornetkit.kernels import standardized as module
from cornetkit.kernels.pls import pls_dual
from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.standardized import standardize, standardized_grams

FOLDS = [(np.setdiff1d(np.arange(40), np.arange(k, 40, 4)), np.arange(k, 40, 4)) for k in range(4)]
TRAINS = [train for train, _ in FOLDS]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 90)) * rng.uniform(1e-3, 1e3, size=90) + 50 * rng.normal(size=90)
    return X, rng.normal(size=(40, 5))


def grams(X, **settings):
    return list(standardized_grams(lambda: [X[:, :33], X[:, 33:]], len(X), TRAINS, **settings))


def test_each_fold_has_the_products_of_scikit_learns_scaler(data):
    X, _ = data
    for (train, _), result in zip(FOLDS, grams(X), strict=True):
        Z = StandardScaler().fit(X[train]).transform(X)
        np.testing.assert_allclose(result.gram, Z @ Z.T, atol=1e-8)
        assert (result.n_units, result.n_constant) == (90, 0)


def test_ridge_equals_scikit_learns_pipeline(data):
    X, Y = data
    for (train, test), result in zip(FOLDS, grams(X), strict=True):
        K = result.gram
        fit = ridge_dual(K[np.ix_(train, train)], Y[train], [7.0])
        oracle = make_pipeline(StandardScaler(), Ridge(7.0)).fit(X[train], Y[train])
        np.testing.assert_allclose(
            fit.predict(K[np.ix_(test, train)]), oracle.predict(X[test]), atol=1e-8
        )


def test_pls_equals_scikit_learns_pipeline(data):
    X, Y = data
    for (train, test), result in zip(FOLDS, grams(X), strict=True):
        K = result.gram
        fit = pls_dual(K[np.ix_(train, train)], Y[train], 4)
        pls = PLSRegression(4, scale=False, tol=1e-28, max_iter=100_000)
        oracle = make_pipeline(StandardScaler(), pls).fit(X[train], Y[train])
        np.testing.assert_allclose(
            fit.predict(K[np.ix_(test, train)]), oracle.predict(X[test]), atol=1e-8
        )


def test_units_constant_in_training_are_left_out_of_that_fold_only(data):
    X, _ = data
    train, test = FOLDS[1]
    X[train, 5] = 0.1
    X[test, 5] = 1e6
    results = grams(X)
    assert [r.n_constant for r in results] == [0, 1, 0, 0]
    Z = StandardScaler().fit(X[train]).transform(X)
    Z[:, 5] = 0
    np.testing.assert_allclose(results[1].gram, Z @ Z.T, atol=1e-8)


def test_constant_is_decided_by_range_not_by_deviation():
    X = np.full((43, 3), 0.1)
    X[0, 1] += 3e-17  # the next number above .1 and a half
    X[:, 2] *= 1e-300
    X[::2, 2] = 0.0
    assert (X - X.mean(axis=0))[:, 0].any()  # the mean is rounded
    Z, n_constant = standardize(X, np.arange(43))
    assert n_constant == 1
    np.testing.assert_array_equal(Z[:, 0], 0)
    np.testing.assert_allclose(Z[:, 1:].std(axis=0), 1)


def test_held_out_stimuli_move_neither_mean_nor_deviation(data):
    X, _ = data
    train, test = FOLDS[0]
    expected = grams(X)[0].gram[np.ix_(train, train)]
    X[test] *= 100
    np.testing.assert_allclose(grams(X)[0].gram[np.ix_(train, train)], expected, atol=1e-9)


def test_folds_that_do_not_fit_into_memory_take_more_passes(data):
    X, _ = data
    passes = []

    def blocks():
        passes.append(1)
        return [X]

    one = 8 * 40 * 40
    found = list(standardized_grams(blocks, 40, TRAINS, memory=2 * one + 1))
    assert len(passes) == 2
    for a, b in zip(found, grams(X), strict=True):
        np.testing.assert_allclose(a.gram, b.gram, atol=1e-9)
    assert len(list(standardized_grams(blocks, 40, TRAINS, memory=0))) == 4
    assert len(passes) == 6


def test_any_cut_into_blocks_gives_the_same(data, monkeypatch):
    X, _ = data
    expected = grams(X)
    monkeypatch.setattr(module, "_BLOCK_ELEMENTS", 1)
    for a, b in zip(grams(X), expected, strict=True):
        np.testing.assert_allclose(a.gram, b.gram, atol=1e-9)


def test_single_precision_rounds_the_products_only(data):
    X, _ = data
    for a, b in zip(grams(X, dtype="float32"), grams(X), strict=True):
        np.testing.assert_allclose(a.gram, b.gram, rtol=1e-5, atol=1e-3)


def test_features_are_not_modified(data):
    X, _ = data
    before = X.copy()
    grams(X)
    np.testing.assert_array_equal(X, before)


def test_features_that_are_not_finite_are_refused(data):
    X, _ = data
    X[3, 50] = np.inf
    with pytest.raises(InputError, match="not finite for 1 of 40 stimuli in 1 of the units 33 to"):
        grams(X)
    with pytest.raises(InputError, match="dtype 'float16' was given"):
        grams(X, dtype="float16")


def test_memory_stays_under_the_stated_limit(monkeypatch):
    n, units, block = 300, 20_000, 500
    X = np.random.default_rng(0).standard_normal((n, block), dtype=np.float32)
    trains = [np.setdiff1d(np.arange(n), np.arange(k, n, 10)) for k in range(10)]
    one = 8 * n * n
    monkeypatch.setattr(module, "_BLOCK_ELEMENTS", n * block)
    tracemalloc.start()
    blocks = [X] * (units // block)  # one array, as a file would be read again and again
    for _ in standardized_grams(lambda: blocks, n, trains, memory=3 * one):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Three matrices, the product that is added to one, and a few copies of a block.
    assert peak < 4 * one + 5 * 8 * n * block + 2**20
