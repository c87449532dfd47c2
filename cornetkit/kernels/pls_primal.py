"""Partial least squares through the features: for fewer units than stimuli."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.checks import centre_targets, check_targets
from cornetkit.kernels.primal import PrimalFit, centre_features

# The same limits of rounding as the dual form, so that both stop at the same component.
_ROUNDING = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class PrimalPLSFit(PrimalFit):
    """A PLS fit; `n_components` were used, one number of all targets or one of each, (q,)."""

    n_components: int | np.ndarray


def pls_primal(X_train: np.ndarray, Y_train: np.ndarray, n_components: int) -> PrimalPLSFit:
    """Fit PLS2, features centred and not scaled; the same fit as `pls_dual` of the Gram matrix.

    Parameters
    ----------
    X_train : array of shape (n, units)
    Y_train : array of shape (n, q)
    n_components : int
        Most components to use.

    Returns
    -------
    PrimalPLSFit
        Improved kernel PLS (Dayal and MacGregor 1997, Journal of Chemometrics 11:73): only the
        targets are deflated, and the weights come from the smaller of the unit-by-unit and the
        target-by-target matrix.
    """
    X, X_mean, M, y_mean = _prepared(X_train, Y_train, n_components)
    n, units = X.shape
    most = min(n_components, n - 1)
    scores = np.empty((n, most))
    rotations = np.empty((units, most))
    loadings = np.empty((M.shape[1], most))
    squares = np.empty(most)
    y_norm = float(np.linalg.norm(M))
    floor = _ROUNDING * float(np.einsum("nu,nu->", X, X)) * y_norm
    S = X.T @ M
    used = 0
    for a in range(most):
        residual = float(np.linalg.norm(M))
        if residual <= _ROUNDING * y_norm:
            break
        w, square = _leading_left_vector(S)
        if not square > floor * residual:
            break
        t, rotation = X @ w, w
        before = float(t @ t)
        for _ in range(2 if a else 0):  # twice is enough (Kahan and Parlett)
            h = (scores[:, :a].T @ t) / squares[:a]
            t = t - scores[:, :a] @ h
            rotation = rotation - rotations[:, :a] @ h
        after = float(t @ t)
        if not after > _ROUNDING * before:
            break
        loading = M.T @ t / after
        scores[:, a], rotations[:, a], loadings[:, a], squares[a] = t, rotation, loading, after
        used += 1
        if a < most - 1:
            M -= np.multiply.outer(t, loading)
            S -= np.multiply.outer(X.T @ t, loading)
    coef = rotations[:, :used] @ loadings[:, :used].T
    return PrimalPLSFit(coef, y_mean - X_mean @ coef, used)


def pls_separate_primal(
    X_train: np.ndarray, Y_train: np.ndarray, n_components: int
) -> PrimalPLSFit:
    """Fit PLS1 for every target; the same fits as `pls_separate_dual` of the Gram matrix.

    Parameters
    ----------
    X_train : array of shape (n, units)
    Y_train : array of shape (n, q)
    n_components : int
        Most components to use for a target.
    """
    X, X_mean, M, y_mean = _prepared(X_train, Y_train, n_components)
    n, q = M.shape
    most = min(n_components, n - 1)
    scores = np.zeros((most, n, q))
    rotations = np.zeros((most, X.shape[1], q))
    squares = np.ones((most, q))
    used = np.zeros(q, dtype=int)
    coef = np.zeros((X.shape[1], q))
    y_norm = np.linalg.norm(M, axis=0)
    floor = _ROUNDING * float(np.einsum("nu,nu->", X, X)) * y_norm
    active = y_norm > 0
    for a in range(most):
        residual = np.linalg.norm(M, axis=0)
        S = X.T @ M
        square = np.einsum("uq,uq->q", S, S)
        active &= (residual > _ROUNDING * y_norm) & (square > floor * residual)
        w = np.where(active, S / np.sqrt(np.where(active, square, 1.0)), 0.0)
        t = X @ w
        before = np.einsum("nq,nq->q", t, t)
        for _ in range(2 if a else 0):
            h = np.einsum("anq,nq->aq", scores[:a], t) / squares[:a]
            t -= np.einsum("anq,aq->nq", scores[:a], h)
            w -= np.einsum("auq,aq->uq", rotations[:a], h)
        after = np.einsum("nq,nq->q", t, t)
        active &= after > _ROUNDING * before
        if not active.any():
            break
        t[:, ~active] = 0.0
        w[:, ~active] = 0.0
        squares[a] = np.where(active, after, 1.0)
        scores[a], rotations[a] = t, w
        loading = np.einsum("nq,nq->q", M, t) / squares[a]
        coef += w * loading
        used += active
        if a < most - 1:
            M -= t * loading
    return PrimalPLSFit(coef, y_mean - X_mean @ coef, used)


def _prepared(
    X_train: np.ndarray, Y_train: np.ndarray, n_components: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    X, X_mean = centre_features(X_train)
    Y_train = check_targets(Y_train, X.shape[0])
    if n_components < 1:
        raise InputError(f"{n_components} components were asked for; expected at least 1")
    M, y_mean = centre_targets(Y_train)
    return X, X_mean, M, y_mean


def _leading_left_vector(S: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the left singular vector of the largest singular value, and that value squared."""
    units, q = S.shape
    if units <= q:
        w = np.linalg.eigh(S @ S.T)[1][:, -1]
    else:
        w = S @ np.linalg.eigh(S.T @ S)[1][:, -1]
        length = float(np.linalg.norm(w))
        if length == 0.0:
            return w, 0.0
        w = w / length
    product = S.T @ w
    return w, float(product @ product)
