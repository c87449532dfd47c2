"""Ridge regression through the Gram matrix, its penalty chosen by leave-one-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, as_float64, empty, namespace
from cornetkit.kernels.checks import centre_targets, check_kernel, check_targets
from cornetkit.kernels.dual import DualFit, intercept_of
from cornetkit.kernels.spectrum import centred_spectrum


@dataclass(frozen=True)
class RidgeFit(DualFit):
    """A ridge fit and how its penalty was chosen.

    Attributes
    ----------
    coef, intercept
        See `DualFit`.
    alpha : array of shape (q,)
        The penalty of each target.
    loo_mse : array of shape (n_alphas, q)
        Mean squared error of leaving out one training stimulus at a time, by penalty.
    at_edge : array of shape (q,), bool
        Whether the penalty is the least or the greatest offered: then it was not chosen, the
        grid was too narrow, or there is nothing to fit.
    """

    alpha: Array
    loo_mse: Array
    at_edge: Array


def ridge_dual(
    K_train: Array,
    Y_train: Array,
    alphas: Sequence[float] | np.ndarray,
    *,
    per_target: bool = True,
) -> RidgeFit:
    """Fit ridge regression with an (unpenalised) intercept for the best of several penalties.

    Parameters
    ----------
    K_train : array of shape (n, n)
        Gram matrix of the training features; it is centred here.
    Y_train : array of shape (n, q)
    alphas : sequence of floats above 0
        Penalties on the squared norm of the weights. One alone is plain ridge.
    per_target : bool
        Choose a penalty for each target, or one for all by the mean error over targets (as
        scikit-learn's ``RidgeCV(alpha_per_target=...)`` does).

    Returns
    -------
    RidgeFit

    Notes
    -----
    With G = (K_c + alpha I)^-1 restricted to what is orthogonal to the mean, the residual of a
    left-out stimulus i is (G Y)_i / G_ii, the refitted intercept included: one
    eigendecomposition serves every penalty and target.
    """
    K_train = check_kernel(K_train)
    Y_train = check_targets(Y_train, K_train.shape[0], like=K_train)
    xp = namespace(K_train)
    penalties = as_float64(check_alphas(alphas), like=K_train)
    centred, y_mean = centre_targets(Y_train)
    spectrum = centred_spectrum(K_train)
    U, s = spectrum.vectors, spectrum.values
    projected = U.T @ centred
    diagonals = (U * U) @ (1.0 / (s[:, None] + penalties[None, :]))
    loo_mse = empty((penalties.shape[0], Y_train.shape[1]), like=K_train)
    for i, alpha in enumerate(penalties):
        residual = U @ (projected / (s + alpha)[:, None])
        residual /= diagonals[:, i, None]
        loo_mse[i] = xp.einsum("nq,nq->q", residual, residual) / residual.shape[0]
    chosen = choose(loo_mse, per_target=per_target)
    alpha_of = penalties[chosen]
    # What has no extent in the features predicts nothing; a small penalty would blow up rounding.
    there = s > 0
    coef = U[:, there] @ (projected[there] / (s[there][:, None] + alpha_of[None, :]))
    return RidgeFit(
        coef=coef,
        intercept=intercept_of(coef, y_mean, K_train.mean(axis=0)),
        alpha=alpha_of,
        loo_mse=loo_mse,
        at_edge=edges(alpha_of, penalties),
    )


def check_alphas(alphas: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return penalties as an array, or raise InputError if one is not above 0."""
    alphas = np.atleast_1d(np.asarray(alphas, dtype=np.float64))
    if alphas.ndim != 1 or alphas.size == 0:
        raise InputError(f"penalties of shape {alphas.shape} were given; expected a list of them")
    if not ((alphas > 0) & (alphas < np.inf)).all():
        raise InputError(
            f"penalties from {alphas.min()} to {alphas.max()} were given; expected finite ones "
            "above 0 (no penalty at all is ols)"
        )
    return alphas


def choose(loo_mse: Array, *, per_target: bool) -> Array:
    """Return the index of the best penalty for each target, array of shape (q,)."""
    xp = namespace(loo_mse)
    if per_target:
        return xp.argmin(loo_mse, axis=0)
    best = int(xp.argmin(xp.mean(loo_mse, axis=1)))
    return xp.zeros_like(loo_mse[0], dtype=xp.int64) + best


def edges(chosen: Array, alphas: Array) -> Array:
    """Return where the chosen penalty is the least or greatest of more than one."""
    if alphas.shape[0] == 1:
        xp = namespace(chosen)
        return xp.zeros_like(chosen, dtype=xp.bool)
    return (chosen == alphas.min()) | (chosen == alphas.max())
