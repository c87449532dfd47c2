"""Ridge over all folds of a cross-validation from one eigendecomposition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.blas import dsyrk, dtrsm

from cornetkit.kernels.arrays import Array, as_float64, empty, full, namespace
from cornetkit.kernels.checks import centre_targets, check_folds, check_kernel, check_targets
from cornetkit.kernels.gram_sums import mirror_lower
from cornetkit.kernels.ridge import check_alphas, choose, edges
from cornetkit.kernels.spectrum import centred_spectrum


@dataclass(frozen=True)
class RidgeFolds:
    """Held-out predictions of ridge over folds.

    Attributes
    ----------
    predictions : list of arrays of shape (n_test, q)
        One a fold, in the order of its test rows.
    alpha : array of shape (n_folds, q)
        The penalty chosen on each fold's training stimuli.
    at_edge : array of shape (n_folds, q), bool
        Whether it is the least or the greatest offered.
    """

    predictions: list[Array]
    alpha: Array
    at_edge: Array


def ridge_folds(
    K: Array,
    Y: Array,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    alphas: Sequence[float] | np.ndarray,
    *,
    per_target: bool = True,
) -> RidgeFolds:
    """Fit and predict every fold as `ridge_dual` would, the penalty nested in its training rows.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of all stimuli.
    Y : array of shape (n, q)
    folds : sequence of pairs (train, test)
        Indices or masks; a stimulus that is in neither is left out of that fold.
    alphas : sequence of floats above 0
    per_target : bool
        One penalty for each target, or one for all.

    Returns
    -------
    RidgeFolds

    Notes
    -----
    G = (K_c + alpha I)^-1 on what is orthogonal to the mean. For left-out rows t the residual is
    inv(G_tt) (G Y)_t, intercept included. The Schur complement G_rr - G_rt inv(G_tt) G_tr is the
    same matrix for the remaining rows r alone, so its diagonal gives their leave-one-out
    residuals. Only blocks of G are inverted: exact in the interpolating regime too.
    """
    K = check_kernel(K)
    n = K.shape[0]
    Y = check_targets(Y, n, like=K)
    xp = namespace(K)
    penalties = as_float64(check_alphas(alphas), like=K)
    centred, y_mean = centre_targets(Y)
    pairs = check_folds(folds, n)
    outs = [np.setdiff1d(np.arange(n), train) for train, _ in pairs]
    spectrum = centred_spectrum(K)
    U, s = spectrum.vectors, spectrum.values
    projected = U.T @ centred

    loo_mse = empty((len(pairs), penalties.shape[0], Y.shape[1]), like=K)
    best = [full(Y.shape[1], np.inf, like=K) for _ in pairs]
    residuals = [full((out.size, Y.shape[1]), 0.0, like=K) for out in outs]
    for i, alpha in enumerate(penalties):
        G = _square_of(U / xp.sqrt(s + alpha))
        GY = U @ (projected / (s + alpha)[:, None])
        for f, ((train, _), out) in enumerate(zip(pairs, outs, strict=True)):
            held, loo_mse[f, i] = _one_fold(G, GY, train, out)
            score = loo_mse[f, i]
            if not per_target:
                score = full(Y.shape[1], float(score.mean()), like=K)
            better = score < best[f]
            best[f][better] = score[better]
            residuals[f][:, better] = held[:, better]

    predictions = [
        centred[test] - residual[np.searchsorted(out, test)] + y_mean
        for (_, test), out, residual in zip(pairs, outs, residuals, strict=True)
    ]
    alpha_of = xp.stack([penalties[choose(mse, per_target=per_target)] for mse in loo_mse])
    return RidgeFolds(predictions, alpha_of, edges(alpha_of, penalties))


def _square_of(half: Array) -> Array:
    """Return ``half @ half.T``; of NumPy arrays one triangle is multiplied, and copied."""
    if namespace(half) is not np:
        return half @ half.T
    square = np.empty((half.shape[0], half.shape[0]))
    # The transposes are in the order that BLAS wants, so that nothing is copied.
    dsyrk(1.0, half.T, trans=1, c=square.T, overwrite_c=1)
    mirror_lower(square)
    return square


def _one_fold(G: Array, GY: Array, train: np.ndarray, out: np.ndarray) -> tuple[Array, Array]:
    """Return residuals of the left-out rows (n_out, q) and the training rows' LOO error (q,)."""
    xp = namespace(G)
    cross = G[np.ix_(out, train)]
    held, correction = _solved(G[np.ix_(out, out)], GY[out], cross)
    loo = GY[train] - cross.T @ held
    loo /= (G[train, train] - correction)[:, None]
    return held, xp.einsum("tq,tq->q", loo, loo) / train.size


def _solved(block: Array, GY: Array, cross: Array) -> tuple[Array, Array]:
    """Return ``block^-1 GY`` and the diagonal of ``cross' block^-1 cross``."""
    xp = namespace(block)
    if xp is not np:
        solved = xp.linalg.solve(block, xp.concat([cross, GY], axis=1))
        n = cross.shape[1]
        return solved[:, n:], xp.einsum("ot,ot->t", cross, solved[:, :n])
    # G is positive definite, and only squares of the half-solved are needed of the many columns.
    factor = cholesky(block, lower=True, overwrite_a=True, check_finite=False)
    half = dtrsm(1.0, factor, cross.T, side=1, lower=1, trans_a=1)
    return (
        cho_solve((factor, True), GY, check_finite=False),
        np.einsum("to,to->t", half, half),
    )
