"""Partial least squares with components of its own for every target (PLS1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.centring import double_centre
from cornetkit.kernels.checks import centre_targets, check_kernel, check_targets
from cornetkit.kernels.dual import DualFit, intercept_of

_ROUNDING = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class SeparatePLSFit(DualFit):
    """One PLS fit for each target.

    Attributes
    ----------
    coef, intercept
        See `DualFit`.
    n_components : array of shape (q,), int
        Components used for each target.
    """

    n_components: np.ndarray


def pls_separate_dual(
    K_train: np.ndarray, Y_train: np.ndarray, n_components: int
) -> SeparatePLSFit:
    """Fit PLS1 for every target, all of them at once.

    Parameters
    ----------
    K_train : array of shape (n, n)
        Gram matrix of the training features; it is centred here.
    Y_train : array of shape (n, q)
    n_components : int
        Most components to use for a target.

    Returns
    -------
    SeparatePLSFit
        A target's fit equals `pls_dual` of that target alone.
    """
    K_train = check_kernel(K_train)
    n = K_train.shape[0]
    Y_train = check_targets(Y_train, n)
    if n_components < 1:
        raise InputError(f"{n_components} components were asked for; expected at least 1")
    M, y_mean = centre_targets(Y_train)
    K = double_centre(K_train)
    KM = K @ M
    q = M.shape[1]
    y_norm = np.linalg.norm(M, axis=0)
    floor = _ROUNDING * max(float(np.trace(K)), 0.0) * y_norm
    most = min(n_components, n - 1)
    scores = np.zeros((most, n, q))
    weights = np.zeros((most, n, q))
    squares = np.ones((most, q))
    used = np.zeros(q, dtype=int)
    coef = np.zeros((n, q))
    active = y_norm > 0
    for a in range(most):
        residual = np.linalg.norm(M, axis=0)
        square = np.einsum("nq,nq->q", M, KM)
        active &= (residual > _ROUNDING * y_norm) & (square > floor * residual)
        scale = np.sqrt(np.where(active, square, 1.0))
        c, t = np.where(active, M / scale, 0.0), np.where(active, KM / scale, 0.0)
        before = np.einsum("nq,nq->q", t, t)
        for _ in range(2 if a else 0):
            h = np.einsum("anq,nq->aq", scores[:a], t) / squares[:a]
            t -= np.einsum("anq,aq->nq", scores[:a], h)
            c -= np.einsum("anq,aq->nq", weights[:a], h)
        after = np.einsum("nq,nq->q", t, t)
        active &= after > _ROUNDING * before
        if not active.any():
            break
        t[:, ~active] = 0.0
        c[:, ~active] = 0.0
        squares[a] = np.where(active, after, 1.0)
        scores[a], weights[a] = t, c
        loading = np.einsum("nq,nq->q", M, t) / squares[a]
        coef += c * loading
        used += active
        if a < most - 1:
            M -= t * loading
            KM -= (K @ t) * loading
    intercept = intercept_of(coef, y_mean, K_train.mean(axis=0))
    return SeparatePLSFit(coef, intercept, used)
