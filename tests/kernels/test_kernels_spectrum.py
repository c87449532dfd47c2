"""The spectrum of a Gram matrix of few dimensions: rounding is 0, and no penalty fits it."""

import numpy as np
import pytest

from cornetkit.kernels.ridge import ridge_dual
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.kernels.ridge_grouped import ridge_folds_grouped
from cornetkit.kernels.ridge_nested import ridge_nested
from cornetkit.kernels.spectrum import centred_spectrum


@pytest.fixture(scope="module")
def few():
    """Return features of 3 dimensions in 200 units, responses and folds of 60 stimuli."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 3)) @ rng.standard_normal((3, 200))
    Y = X[:, :2] @ rng.standard_normal((2, 4)) + rng.standard_normal((60, 4))
    order = rng.permutation(60)
    folds = [(np.setdiff1d(order, part), np.sort(part)) for part in np.array_split(order, 4)]
    return X, Y, folds


def refitted(X, Y, train, test, alpha):
    """Return ridge by singular values of the features themselves, without those of rounding."""
    x_mean, y_mean = X[train].mean(axis=0), Y[train].mean(axis=0)
    U, s, Vt = np.linalg.svd(X[train] - x_mean, full_matrices=False)
    U, s, Vt = U[:, s > 1e-10 * s[0]], s[s > 1e-10 * s[0]], Vt[s > 1e-10 * s[0]]
    weights = Vt.T @ ((s / (s**2 + alpha))[:, None] * (U.T @ (Y[train] - y_mean)))
    return (X[test] - x_mean) @ weights + y_mean


def dual_fold_by_fold(K, Y, folds, alphas):
    fits = [ridge_dual(K[np.ix_(train, train)], Y[train], alphas) for train, _ in folds]
    return [
        fit.predict(K[np.ix_(test, train)]) for fit, (train, test) in zip(fits, folds, strict=True)
    ]


ENGINES = {
    "dual": dual_fold_by_fold,
    "folds": lambda *data: ridge_folds(*data).predictions,
    "nested": lambda *data: ridge_nested(*data).predictions,
    "grouped": lambda K, Y, folds, alphas: (
        ridge_folds_grouped(K, Y, folds, np.arange(len(K)), alphas).predictions
    ),
}


def test_there_are_as_many_eigenvalues_as_dimensions(few):
    X = few[0]
    values = centred_spectrum(X @ X.T).values
    assert np.count_nonzero(values) == 3
    singular = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(values[-3:][::-1], singular[:3] ** 2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("scale", "alpha"), [(1.0, 1e-3), (1.0, 1e-13), (1e6, 0.01), (1e-6, 1e-9)])
def test_a_penalty_below_the_rounding_of_the_gram_matrix_fits_no_rounding(
    few, engine, scale, alpha
):
    X, Y, folds = few[0] * scale, few[1], few[2]
    predictions = ENGINES[engine](X @ X.T, Y, folds, [alpha])
    for (train, test), found in zip(folds, predictions, strict=True):
        np.testing.assert_allclose(found, refitted(X, Y, train, test, alpha), rtol=0, atol=1e-9)
