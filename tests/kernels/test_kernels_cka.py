"""Linear CKA against its textbook formulas."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.cka import cka_grams


def hsic_unbiased(K, L):
    """Return the estimator of Song et al. (2012), equation 5, as it is written."""
    n = len(K)
    K, L = K - np.diag(K.diagonal()), L - np.diag(L.diagonal())
    ones = np.ones(n)
    terms = (
        np.trace(K @ L)
        + (ones @ K @ ones) * (ones @ L @ ones) / ((n - 1) * (n - 2))
        - 2 / (n - 2) * (ones @ K @ L @ ones)
    )
    return terms / (n * (n - 3))


@pytest.fixture
def grams():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(15, 40)) + 2
    Y = X[:, :6] + rng.normal(size=(15, 6))
    return X @ X.T, Y @ Y.T


def test_unbiased_equals_the_formula_of_song(grams):
    K, L = grams
    expected = hsic_unbiased(K, L) / np.sqrt(hsic_unbiased(K, K) * hsic_unbiased(L, L))
    assert cka_grams([K], [L])[0, 0] == pytest.approx(expected, rel=1e-10)


def test_biased_equals_the_formula_of_kornblith(grams):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(15, 8))
    Y = rng.normal(size=(15, 5))
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    cross = np.linalg.norm(X.T @ Y) ** 2
    expected = cross / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))
    found = cka_grams([X @ X.T], [Y @ Y.T], unbiased=False)[0, 0]
    assert found == pytest.approx(expected, rel=1e-10)


def test_golden_numbers(golden):
    F, Y = golden.features, golden.responses
    K, L = F @ F.T, Y @ Y.T
    assert cka_grams([K], [L])[0, 0] == pytest.approx(0.4288744112, abs=1e-9)
    assert cka_grams([K], [L], unbiased=False)[0, 0] == pytest.approx(0.5359079243, abs=1e-9)


def test_only_the_unbiased_estimate_is_zero_for_unrelated_features():
    rng = np.random.default_rng(0)
    draws = [rng.normal(size=(2, 12, 50)) for _ in range(100)]
    pairs = [(X @ X.T, Y @ Y.T) for X, Y in draws]
    unbiased = [cka_grams([K], [L])[0, 0] for K, L in pairs]
    biased = [cka_grams([K], [L], unbiased=False)[0, 0] for K, L in pairs]
    assert abs(np.mean(unbiased)) < 0.02
    assert np.mean(biased) > 0.7


@pytest.mark.parametrize("unbiased", [True, False])
def test_means_and_scale_of_features_change_nothing(grams, unbiased):
    K, L = grams
    offset = np.arange(15.0)
    moved = 3 * (K + offset[:, None] + offset[None, :])
    found = cka_grams([moved], [L], unbiased=unbiased)
    np.testing.assert_allclose(found, cka_grams([K], [L], unbiased=unbiased), rtol=1e-9)


@pytest.mark.parametrize("unbiased", [True, False])
def test_constant_features_have_no_cka(grams, unbiased):
    constant = np.full((15, 15), 0.1)
    assert np.isnan(cka_grams([constant], [grams[0]], unbiased=unbiased)).all()


def test_all_of_one_side_meet_all_of_the_other(grams):
    K, L = grams
    found = cka_grams([K, L, K], [L, K])
    assert found.shape == (3, 2)
    assert found[1, 0] == pytest.approx(1)
    assert found[0, 0] == found[2, 0]


def test_too_few_stimuli_are_refused():
    with pytest.raises(InputError, match="CKA of 3 stimuli"):
        cka_grams([np.eye(3)], [np.eye(3)])
