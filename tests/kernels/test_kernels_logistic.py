"""Logistic regression equals scikit-learn's, whatever the shape, and converges."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from cornetkit.errors import InputError
from cornetkit.kernels.logistic import logistic, softmax


@pytest.mark.parametrize(("n", "d", "n_classes"), [(40, 6, 2), (60, 30, 5), (30, 90, 3)])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_it_equals_scikit_learn(n, d, n_classes, C):
    rng = np.random.default_rng(0)
    codes = np.arange(n) % n_classes
    # Variances over six orders of magnitude, correlated, off the origin.
    axes = np.linalg.qr(rng.normal(size=(d, d)))[0]
    X = (rng.normal(size=(n, d)) * np.geomspace(3, 3e-3, d)) @ axes + 2
    X += 0.5 * rng.normal(size=(n_classes, d))[codes]
    fit = logistic(X, codes, n_classes, C)
    # Of two classes scikit-learn has one set of weights, the difference of ours: half the penalty.
    peer = LogisticRegression(C=C * (2 if n_classes == 2 else 1), tol=1e-10, max_iter=20_000).fit(
        X, codes
    )
    expected = peer.predict_proba(X)
    assert fit.converged
    np.testing.assert_allclose(softmax(fit.decide(X)), expected, atol=2e-5)


def test_features_that_are_uncorrelated_need_no_rotation():
    rng = np.random.default_rng(1)
    X = np.linalg.qr(rng.normal(size=(50, 8)) - 0.0)[0] * np.geomspace(5, 0.1, 8)
    codes = np.arange(50) % 4
    one, other = (logistic(X, codes, 4, 2.0, orthogonal=o) for o in (True, False))
    np.testing.assert_allclose(softmax(one.decide(X)), softmax(other.decide(X)), atol=1e-5)


def test_the_intercept_is_not_penalised():
    X = np.zeros((10, 2))
    X[:, 0] = np.linspace(-1, 1, 10)
    codes = np.array([0] * 8 + [1] * 2)
    fit = logistic(X, codes, 2, C=1e-9)
    np.testing.assert_allclose(softmax(fit.decide(X))[:, 1], 0.2, atol=1e-3)


def test_constant_features_leave_the_odds_of_the_classes():
    fit = logistic(np.ones((6, 3)), np.array([0, 0, 0, 0, 1, 1]), 2, 1.0)
    np.testing.assert_allclose(softmax(fit.decide(np.ones((1, 3))))[0], [2 / 3, 1 / 3], atol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"C": 0.0}, "C=0.0 was given; expected a number above 0"),
        ({"codes": np.array([0, 1, 2])}, "classes were given for 2 of them"),
        ({"X": np.zeros((4, 2))}, "expected (n, d) and (n,)"),
        ({"X": np.array([[1.0], [np.nan], [2.0]])}, "the features are not finite"),
    ],
)
def test_wrong_input_is_told(change, message):
    given = {"X": np.arange(3.0)[:, None], "codes": np.array([0, 1, 0]), "n_classes": 2, "C": 1.0}
    with pytest.raises(InputError) as error:
        logistic(**(given | change))
    assert message in str(error.value)
