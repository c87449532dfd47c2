"""Ridge regression whose weights are not negative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from cornetkit.errors import InputError
from cornetkit.kernels.checks import centre_targets, check_targets
from cornetkit.kernels.primal import PrimalFit, centre_features
from cornetkit.kernels.ridge import check_alphas, choose, edges

# Weights and gradients within this share of the largest are 0: rounding, no violation.
_TOLERANCE = 1e-11
# Exchanges of all violations at once that may pass without there being fewer (Kim and Park 2011).
_PATIENCE = 3
# Within the training stimuli, to choose a penalty.
N_INNER = 5


@dataclass(frozen=True)
class NonNegativeFit(PrimalFit):
    """A fit with weights at or above 0, and how its penalty was chosen.

    Attributes
    ----------
    coef : array of shape (units, q), at least 0
    intercept : array of shape (q,), of any sign
    alpha : array of shape (q,)
        The penalty of each target.
    cv_mse : array of shape (n_alphas, q)
        Mean squared error over held-out training stimuli, by penalty; 0 where one alone was given.
    at_edge : array of shape (q,), bool
        Whether the penalty is the least or the greatest offered.
    """

    alpha: np.ndarray
    cv_mse: np.ndarray
    at_edge: np.ndarray


def non_negative(
    X_train: np.ndarray,
    Y_train: np.ndarray,
    alphas: Sequence[float] | np.ndarray,
    *,
    per_target: bool = True,
    groups: np.ndarray | None = None,
    rng: int | np.random.Generator = 0,
) -> NonNegativeFit:
    """Minimise ``|y - X w - b|^2 + alpha |w|^2`` over w >= 0 and any b, for each target.

    Parameters
    ----------
    X_train : array of shape (n, units)
        The unit-by-unit matrix of products is formed: some thousand units at most.
    Y_train : array of shape (n, q)
    alphas : sequence of floats above 0
        Penalties. Of several, the one with the least error in 5-fold cross-validation within
        these stimuli is taken; the least of them all makes this non-negative least squares.
    per_target : bool
        Choose a penalty for each target, or one for all by the mean error over targets.
    groups : array of shape (n,), optional
        Stimuli that share a value are held out together; default each by itself.
    rng : int or Generator
        Of the cut into five parts.

    Returns
    -------
    NonNegativeFit

    Raises
    ------
    InputError
        If arrays do not fit or are not finite, or a penalty is so small that rounding decides.

    Notes
    -----
    Block principal pivoting (Kim and Park 2011, SIAM Journal on Scientific Computing 33:3261)
    finds the units with a weight above 0 exactly, in a few steps from those of the next larger
    penalty; where it does not settle, Lawson and Hanson's active set, which always does.
    """
    X, X_mean = centre_features(X_train)
    Y_train = check_targets(Y_train, X.shape[0])
    alphas = check_alphas(alphas)
    cv_mse = np.zeros((alphas.size, Y_train.shape[1]))
    if alphas.size > 1:
        X_given = np.asarray(X_train, dtype=np.float64)
        groups = np.arange(X.shape[0]) if groups is None else np.asarray(groups)
        cv_mse = _cross_validate(X_given, Y_train, alphas, groups, rng)
    alpha_of = alphas[choose(cv_mse, per_target=per_target)]
    Y, y_mean = centre_targets(Y_train)
    problem = _Problem(X, Y)
    coef = np.empty((X.shape[1], Y.shape[1]))
    for alpha in np.unique(alpha_of):
        columns = np.flatnonzero(alpha_of == alpha)
        coef[:, columns] = problem.solve(float(alpha), columns)
    return NonNegativeFit(coef, y_mean - X_mean @ coef, alpha_of, cv_mse, edges(alpha_of, alphas))


def _cross_validate(
    X: np.ndarray,
    Y: np.ndarray,
    alphas: np.ndarray,
    groups: np.ndarray,
    rng: int | np.random.Generator,
) -> np.ndarray:
    """Return the mean squared error of held-out stimuli, array of shape (n_alphas, q)."""
    n = X.shape[0]
    names = np.random.default_rng(rng).permutation(np.unique(groups))
    errors = np.zeros((alphas.size, Y.shape[1]))
    for part in np.array_split(names, min(N_INNER, names.size)):
        out = np.isin(groups, part)
        held, learn = np.flatnonzero(out), np.flatnonzero(~out)
        if learn.size < 2:
            raise InputError(
                f"{n} stimuli in {names.size} groups are too few to choose a penalty; give one "
                "penalty alone"
            )
        X_learn, X_mean = centre_features(X[learn])
        Y_learn, y_mean = centre_targets(Y[learn])
        problem = _Problem(X_learn, Y_learn)
        for i in np.argsort(-alphas):
            coef = problem.solve(float(alphas[i]), np.arange(Y.shape[1]))
            residual = Y[held] - y_mean - (X[held] - X_mean) @ coef
            errors[i] += np.einsum("nq,nq->q", residual, residual)
    return errors / n


class _Problem:
    """Centred features and targets as products, solved for one penalty after the other."""

    def __init__(self, X: np.ndarray, Y: np.ndarray) -> None:
        self.products = X.T @ X
        self.with_targets = X.T @ Y
        # The last solution of each target: where the search for the next one begins.
        self.last = np.zeros(self.with_targets.shape)

    def solve(self, alpha: float, columns: np.ndarray) -> np.ndarray:
        """Return the weights (units, len(columns)) of these targets."""
        # Units of length 1: gradients are then on one scale, whatever the units' own.
        scale = 1.0 / np.sqrt(self.products.diagonal() + alpha)
        A = self.products * scale
        A *= scale[:, None]
        np.fill_diagonal(A, 1.0)
        for column in columns:
            b = self.with_targets[:, column] * scale
            try:
                x = _pivot(A, b, self.last[:, column] / scale)
            except np.linalg.LinAlgError:
                raise InputError(
                    f"a penalty of {alpha:.3g} is lost in the rounding of features whose mean "
                    f"squared length is {self.products.trace() / A.shape[0]:.3g} a unit; give a "
                    "larger one"
                ) from None
            self.last[:, column] = x * scale
        return self.last[:, columns]


def _pivot(A: np.ndarray, b: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Minimise x'Ax/2 - b'x over x >= 0, by exchanging all units on the wrong side at once.

    `A` is positive definite with ones on its diagonal; `start`, at least 0, is a guess.
    """
    inside = start > 0
    small = _small(b)
    fewest, patience = b.size + 1, _PATIENCE
    while True:
        x = _solve(A, b, inside)
        gradient = A[:, inside] @ x[inside] - b
        wrong = np.where(inside, x < -_TOLERANCE * np.abs(x).max(), gradient < -small)
        n_wrong = int(wrong.sum())
        if n_wrong == 0:
            return np.maximum(x, 0.0)
        if n_wrong < fewest:
            fewest, patience = n_wrong, _PATIENCE
        elif patience:
            patience -= 1
        else:  # units that are much alike may change sides for ever
            return _descend(A, b, start)
        inside ^= wrong


def _descend(A: np.ndarray, b: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Minimise the same one unit at a time, lower at every step (Lawson and Hanson 1974)."""
    x = start.copy()
    inside = x > 0
    small = _small(b)
    useless = np.zeros(b.size, dtype=bool)
    entered = -1
    while True:
        target = _solve(A, b, inside)
        if entered >= 0 and target[entered] <= 0:  # its gradient was rounding
            inside[entered] = False
            useless[entered] = True
        else:
            useless[:] = False
            while (target[inside] <= 0).any():
                wrong = np.flatnonzero(inside & (target <= 0))
                shares = x[wrong] / (x[wrong] - target[wrong])
                x += shares.min() * (target - x)
                inside[wrong[shares == shares.min()]] = False
                inside &= x > 0  # rounding may take others to 0
                x[~inside] = 0.0
                target = _solve(A, b, inside)
            x = target
        gradient = A[:, inside] @ x[inside] - b
        gradient[inside | useless] = 0.0
        entered = int(gradient.argmin())
        if gradient[entered] >= -small:
            return x
        inside[entered] = True


def _solve(A: np.ndarray, b: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the minimum over the units `inside`, the others at 0."""
    x = np.zeros(b.size)
    where = np.flatnonzero(inside)
    if where.size:
        block = A[np.ix_(where, where)]
        factor = cho_factor(block, lower=True, overwrite_a=True, check_finite=False)
        x[where] = cho_solve(factor, b[where], check_finite=False)
    return x


def _small(b: np.ndarray) -> float:
    return _TOLERANCE * float(np.abs(b).max(initial=0.0))
