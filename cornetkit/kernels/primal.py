"""Ridge and least squares through the features: for fewer units than stimuli."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.checks import centre_targets, check_targets
from cornetkit.kernels.ridge import check_alphas, choose, edges


@dataclass(frozen=True)
class PrimalFit:
    """A linear map from features to targets, written as weights of the units.

    Attributes
    ----------
    coef : array of shape (units, q)
    intercept : array of shape (q,)
    """

    coef: np.ndarray
    intercept: np.ndarray

    def predict(self, X_test: np.ndarray) -> np.ndarray:
        """Predict targets, array of shape (n_test, q), from features (n_test, units)."""
        X_test = np.asarray(X_test, dtype=np.float64)
        if X_test.ndim != 2 or X_test.shape[1] != self.coef.shape[0]:
            raise InputError(
                f"features of shape {X_test.shape} were given; expected "
                f"(n_test, {self.coef.shape[0]}), stimulus by unit"
            )
        return X_test @ self.coef + self.intercept


@dataclass(frozen=True)
class PrimalRidgeFit(PrimalFit):
    """A ridge fit and how its penalty was chosen; see `cornetkit.kernels.ridge.RidgeFit`."""

    alpha: np.ndarray
    loo_mse: np.ndarray
    at_edge: np.ndarray


def ridge_primal(
    X_train: np.ndarray,
    Y_train: np.ndarray,
    alphas: Sequence[float] | np.ndarray,
    *,
    per_target: bool = True,
) -> PrimalRidgeFit:
    """Fit ridge regression with an intercept; the same fit as `ridge_dual` of the Gram matrix.

    Parameters
    ----------
    X_train : array of shape (n, units)
    Y_train : array of shape (n, q)
    alphas : sequence of floats above 0
        Penalties on the squared norm of the weights. One alone is plain ridge.
    per_target : bool
        Choose a penalty for each target, or one for all by the mean error over targets.

    Returns
    -------
    PrimalRidgeFit

    Notes
    -----
    With the features' singular value decomposition X_c = U S V', the residual of a left-out
    stimulus i is (y_i - yhat_i) / (1 - h_i), with h_i = 1/n + sum_k U_ik^2 s_k^2 / (s_k^2 + alpha),
    the refitted intercept included.
    """
    X, X_mean = centre_features(X_train)
    n = X.shape[0]
    Y_train = check_targets(Y_train, n)
    alphas = check_alphas(alphas)
    centred, y_mean = centre_targets(Y_train)
    U, s, V = np.linalg.svd(X, full_matrices=False)
    projected = U.T @ centred
    beyond = centred - U @ projected
    shrinks = alphas[:, None] / (s**2 + alphas[:, None])
    # 1 - h, written so that nothing cancels where the penalty is small.
    squares = U * U
    outside = (1.0 - 1.0 / n) - squares.sum(axis=1)
    loo_mse = np.empty((alphas.size, Y_train.shape[1]))
    for i, shrink in enumerate(shrinks):
        residual = beyond + U @ (projected * shrink[:, None])
        residual /= (outside + squares @ shrink)[:, None]
        loo_mse[i] = np.einsum("nq,nq->q", residual, residual) / n
    chosen = choose(loo_mse, per_target=per_target)
    alpha_of = alphas[chosen]
    coef = V.T @ (projected * (s[:, None] / (s[:, None] ** 2 + alpha_of)))
    return PrimalRidgeFit(
        coef=coef,
        intercept=y_mean - X_mean @ coef,
        alpha=alpha_of,
        loo_mse=loo_mse,
        at_edge=edges(alpha_of, alphas),
    )


def ols_primal(
    X_train: np.ndarray, Y_train: np.ndarray, *, rcond: float | None = None
) -> PrimalFit:
    """Fit least squares of least norm; the same fit as `ols_dual` of the Gram matrix.

    Parameters
    ----------
    X_train : array of shape (n, units)
    Y_train : array of shape (n, q)
    rcond : float, optional
        Directions whose squared singular value is at most `rcond` times the largest are left
        out. The default, n times the precision of float64, is that of `ols_dual`.
    """
    X, X_mean = centre_features(X_train)
    Y_train = check_targets(Y_train, X.shape[0])
    centred, y_mean = centre_targets(Y_train)
    if rcond is None:
        rcond = X.shape[0] * np.finfo(np.float64).eps
    U, s, V = np.linalg.svd(X, full_matrices=False)
    kept = s**2 > rcond * s[0] ** 2
    coef = V[kept].T @ ((U[:, kept].T @ centred) / s[kept, None])
    return PrimalFit(coef, y_mean - X_mean @ coef)


def centre_features(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n, units) less their means, and the means; constant units become 0.

    Raises
    ------
    InputError
        If the features are not finite, or have a wrong shape.
    """
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[0] < 2 or X.shape[1] < 1:
        raise InputError(
            f"features of shape {X.shape} were given; expected (n, units): at least 2 stimuli and "
            "1 unit"
        )
    if not np.isfinite(X).all():
        bad = int((~np.isfinite(X)).any(axis=1).sum())
        raise InputError(
            f"features are not finite for {bad} of {X.shape[0]} stimuli; leave them out"
        )
    return centre_targets(X)
