"""The theory of kernel ridge regression against measured errors and closed forms."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from cornetkit.errors import InputError
from cornetkit.kernels.learning_curve import mode_errors, participation_ratio


def drawn(n_stimuli, n_units, seed=0):
    """Return centred Gaussian features of a power-law spectrum and noisy linear targets."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_stimuli, n_units)) / np.arange(1, n_units + 1) ** 0.6
    Y = X @ rng.standard_normal((n_units, 5)) + 0.3 * rng.standard_normal((n_stimuli, 5))
    return X - X.mean(axis=0), Y - Y.mean(axis=0)


def expected_error(X, Y, n_train, alpha, intercept=True):
    vectors, values, _ = np.linalg.svd(X, full_matrices=False)
    along = ((vectors.T @ Y) ** 2).sum(axis=1) / (Y**2).sum()
    # What lies along no feature is in modes of eigenvalue 0; one of them stands for all.
    errors = mode_errors(np.r_[values**2 / len(X), 0.0], n_train, alpha, intercept=intercept)
    return float(np.r_[along, 1 - along.sum()] @ errors)


def measured_error(X, Y, n_train, alpha, intercept=True, draws=15):
    rng = np.random.default_rng(1)
    model = Ridge(alpha=alpha, fit_intercept=intercept) if alpha else LinearRegression()
    errors = []
    for _ in range(draws):
        rows = rng.choice(len(X), n_train, replace=False)
        model.fit(X[rows], Y[rows])
        errors.append(((Y - model.predict(X)) ** 2).sum() / (Y**2).sum())
    return np.mean(errors)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(("n_train", "alpha"), [(40, 1.0), (100, 0.1), (100, 10.0), (200, 1.0)])
def test_expected_error_is_the_one_measured_on_gaussian_features(n_train, alpha, intercept):
    X, Y = drawn(2000, 300)
    theory = expected_error(X, Y, n_train, alpha, intercept)
    assert theory == pytest.approx(measured_error(X, Y, n_train, alpha, intercept), rel=0.04)


@pytest.mark.parametrize(("n_units", "n_train"), [(20, 60), (20, 100), (300, 60)])
def test_without_a_penalty_it_is_that_of_least_squares(n_units, n_train):
    X, Y = drawn(2000, n_units)
    theory = expected_error(X, Y, n_train, 0.0)
    assert theory == pytest.approx(measured_error(X, Y, n_train, 0.0, draws=40), rel=0.06)


def test_as_many_modes_as_training_stimuli_without_a_penalty_is_infinite():
    values = np.r_[np.ones(10), np.zeros(5)]
    assert np.isinf(mode_errors(values, 11)).all()
    assert np.isfinite(mode_errors(values, 12)).all()
    assert np.isfinite(mode_errors(values, 10)).all()
    assert np.isfinite(mode_errors(values, 11, alpha=0.1)).all()


def test_equal_eigenvalues_have_a_closed_form():
    # m equal modes, fewer training stimuli, no penalty, no intercept: kappa = m - p.
    m, p = 50, 20
    kappa, gamma = m - p, p / m
    expected = kappa**2 / (p + kappa) ** 2 / (1 - gamma)
    np.testing.assert_allclose(mode_errors(np.ones(m), p, intercept=False), expected, rtol=1e-12)


def test_scaled_features_and_penalty_change_nothing():
    values = 1 / np.arange(1, 40.0)
    np.testing.assert_allclose(
        mode_errors(1e6 * values, 15, 2e6), mode_errors(values, 15, 2.0), rtol=1e-9
    )


def test_rounding_counts_as_an_eigenvalue_of_0():
    values = np.r_[np.ones(5), np.zeros(20)]
    noisy = values + 1e-17
    np.testing.assert_array_equal(mode_errors(noisy, 12), mode_errors(values, 12))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(3), 5), "not all 0"),
        ((np.ones(3), 1), "expected at least 2"),
        ((np.ones(3), 5, -1.0), "a penalty of -1.0"),
        ((np.ones((2, 2)), 5), r"eigenvalues of shape \(2, 2\)"),
    ],
)
def test_wrong_numbers_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        mode_errors(*arguments)


def test_participation_ratio_counts_equal_values():
    assert participation_ratio(np.r_[np.full(7, 3.0), np.zeros(4)]) == pytest.approx(7)
    assert np.isnan(participation_ratio(np.zeros(3)))
