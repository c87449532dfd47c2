"""Partial least squares with components of its own for every target (PLS1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, full, namespace
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

    n_components: Array


def pls_separate_dual(K_train: Array, Y_train: Array, n_components: int) -> SeparatePLSFit:
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
    Y_train = check_targets(Y_train, n, like=K_train)
    xp = namespace(K_train)
    if n_components < 1:
        raise InputError(f"{n_components} components were asked for; expected at least 1")
    M, y_mean = centre_targets(Y_train)
    K = double_centre(K_train)
    KM = K @ M
    q = M.shape[1]
    y_norm = xp.linalg.vector_norm(M, axis=0)
    floor = _ROUNDING * max(float(K.trace()), 0.0) * y_norm
    most = min(n_components, n - 1)
    scores = full((most, n, q), 0.0, like=K)
    weights = full((most, n, q), 0.0, like=K)
    squares = full((most, q), 1.0, like=K)
    used = xp.zeros_like(y_norm, dtype=xp.int64)
    coef = full((n, q), 0.0, like=K)
    active = y_norm > 0
    for a in range(most):
        residual = xp.linalg.vector_norm(M, axis=0)
        square = xp.einsum("nq,nq->q", M, KM)
        active &= (residual > _ROUNDING * y_norm) & (square > floor * residual)
        scale = xp.sqrt(xp.where(active, square, 1.0))
        c, t = xp.where(active, M / scale, 0.0), xp.where(active, KM / scale, 0.0)
        before = xp.einsum("nq,nq->q", t, t)
        for _ in range(2 if a else 0):
            h = xp.einsum("anq,nq->aq", scores[:a], t) / squares[:a]
            t -= xp.einsum("anq,aq->nq", scores[:a], h)
            c -= xp.einsum("anq,aq->nq", weights[:a], h)
        after = xp.einsum("nq,nq->q", t, t)
        active &= after > _ROUNDING * before
        if not xp.any(active):
            break
        t[:, ~active] = 0.0
        c[:, ~active] = 0.0
        squares[a] = xp.where(active, after, 1.0)
        scores[a], weights[a] = t, c
        loading = xp.einsum("nq,nq->q", M, t) / squares[a]
        coef += c * loading
        used += active
        if a < most - 1:
            M -= t * loading
            KM -= (K @ t) * loading
    # Orthogonalising lets the mean drift in; the large mean of an uncentred K would multiply it.
    coef -= xp.mean(coef, axis=0)
    intercept = intercept_of(coef, y_mean, K_train.mean(axis=0))
    return SeparatePLSFit(coef, intercept, used)
