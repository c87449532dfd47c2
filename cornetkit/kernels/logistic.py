"""Multinomial logistic regression, converged: what decoders of objects are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from cornetkit.errors import InputError

# Singular values below this share of the largest are rounding.
_RANK = 1e-12


@dataclass(frozen=True)
class LogisticFit:
    """A linear classifier.

    Attributes
    ----------
    coef : array of shape (d, n_classes)
    intercept : array of shape (n_classes,)
    converged : bool
        Whether the gradient came below the tolerance.
    """

    coef: np.ndarray
    intercept: np.ndarray
    converged: bool

    def decide(self, X: np.ndarray) -> np.ndarray:
        """Return log odds up to a constant a row, shape (..., n_classes), for X (..., d)."""
        return X @ self.coef + self.intercept


def logistic(
    X: np.ndarray,
    codes: np.ndarray,
    n_classes: int,
    C: float,
    *,
    orthogonal: bool = False,
    tolerance: float = 1e-6,
    max_iterations: int = 2000,
) -> LogisticFit:
    """Fit multinomial logistic regression with an L2 penalty and a free intercept.

    The loss is C times the summed log loss plus half the squared norm of the weights, as in
    scikit-learn's ``LogisticRegression`` (of two classes, which has one set of weights there and
    two here, C is half of that). Features are rotated to the axes on which they do not
    correlate, which changes no prediction, and each axis is scaled by the curvature that it has at
    most: then few steps of L-BFGS are enough, however different the variances.

    Parameters
    ----------
    X : array of shape (n, d)
        Training features; they are centred here.
    codes : int array of shape (n,)
        Classes, from 0 to ``n_classes - 1``.
    n_classes : int
        At least 2.
    C : float
        Inverse penalty, above 0.
    orthogonal : bool
        The columns of `X` are (nearly) uncorrelated: they need no rotation.
    tolerance : float
        Largest entry of the gradient at the end, as a share of that at the start.
    max_iterations : int

    Returns
    -------
    LogisticFit

    Raises
    ------
    InputError
        Shapes that do not fit, values that are not finite, or C not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> fit = logistic(X, np.array([0, 0, 1, 1]), 2, C=1.0)
    >>> fit.decide(X).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    X, codes = _checked(X, codes, n_classes, C)
    mean = X.mean(axis=0)
    centred = X - mean
    axes = None
    if not orthogonal:
        centred, axes = _rotated(centred)
    # The curvature of the log loss is at most the class variance at equal odds times s^2.
    share = (1 - 1 / n_classes) / n_classes
    scale = 1 / np.sqrt(C * share * np.einsum("nd,nd->d", centred, centred) + 1)
    Z = centred * scale
    d, n = Z.shape[1], len(Z)
    of_intercept = 1 / np.sqrt(C * share * n)
    truth = np.zeros((n, n_classes))
    truth[np.arange(n), codes] = 1
    weight = scale[:, None] ** 2

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        B = flat.reshape(d + 1, n_classes)
        odds = Z @ B[:d] + of_intercept * B[d]
        odds -= odds.max(axis=1, keepdims=True)
        chance = np.exp(odds)
        total = chance.sum(axis=1, keepdims=True)
        value = C * float(np.log(total).sum() - (odds * truth).sum())
        value += 0.5 * float((weight * B[:d] ** 2).sum())
        residual = C * (chance / total - truth)
        gradient = np.empty_like(B)
        gradient[:d] = Z.T @ residual + weight * B[:d]
        gradient[d] = of_intercept * residual.sum(axis=0)
        return value, gradient.ravel()

    start = np.zeros((d + 1) * n_classes)
    first = float(np.abs(loss(start)[1]).max())
    goal = tolerance * max(first, 1e-300)
    options: Any = {"maxiter": max_iterations, "maxfun": 2 * max_iterations}
    options |= {"gtol": goal, "ftol": 0.0}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    B = found.x.reshape(d + 1, n_classes)
    coef = scale[:, None] * B[:d]
    if axes is not None:
        coef = axes.T @ coef
    # A line search that stops at the precision of float64 has converged, too.
    done = bool(np.abs(found.jac).max() <= 100 * goal)
    return LogisticFit(coef, of_intercept * B[d] - mean @ coef, done)


def _rotated(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n, r) on their principal axes, and the axes (r, d)."""
    n, d = centred.shape
    if d <= n:
        left, values, axes = np.linalg.svd(centred, full_matrices=False)
        rank = max(int((values > _RANK * values.max(initial=0.0)).sum()), 1)
        return left[:, :rank] * values[:rank], axes[:rank]
    # Of many features the products of samples are the small side; squares have half the digits.
    squares, left = np.linalg.eigh(centred @ centred.T)
    kept = squares > np.sqrt(_RANK) * 1e-8 * squares.max(initial=0.0)
    kept[-1] = True
    length = np.sqrt(np.maximum(squares[kept], 0.0))
    axes = (left[:, kept] / np.where(length > 0, length, 1.0)).T @ centred
    return left[:, kept] * length, axes


def _checked(
    X: np.ndarray, codes: np.ndarray, n_classes: int, C: float
) -> tuple[np.ndarray, np.ndarray]:
    X, codes = np.asarray(X, dtype=np.float64), np.asarray(codes)
    if X.ndim != 2 or codes.shape != X.shape[:1]:
        raise InputError(
            f"features of shape {X.shape} and classes of shape {codes.shape} were given; expected "
            "(n, d) and (n,)"
        )
    if n_classes < 2 or not len(codes) or codes.min() < 0 or codes.max() >= n_classes:
        raise InputError(
            f"classes were given for {n_classes} of them; expected at least 2, as numbers from 0 "
            f"to {n_classes - 1}"
        )
    if not (np.isfinite(C) and C > 0):
        raise InputError(f"C={C} was given; expected a number above 0 (the inverse penalty)")
    if not np.isfinite(X).all():
        raise InputError("the features are not finite; leave out what is missing")
    return X, codes.astype(np.intp)


def softmax(odds: np.ndarray) -> np.ndarray:
    """Return probabilities of the classes on the last axis from log odds."""
    shifted = np.exp(odds - odds.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
