"""Ridge over all folds of a cross-validation from one inverse for each penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.blas import dtrsm

from cornetkit.kernels.arrays import Array, as_float64, empty, full, namespace
from cornetkit.kernels.checks import centre_targets, check_folds, check_kernel, check_targets
from cornetkit.kernels.ridge import check_alphas, choose, edges
from cornetkit.kernels.ridge_inverse import RidgeInverse
from cornetkit.kernels.threads import side_by_side

# An error below this share of the terms that it is the sum of is summed up from residuals.
_CANCELLED = 1e-4


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
    inverse = RidgeInverse(K)

    loo_mse = empty((len(pairs), penalties.shape[0], Y.shape[1]), like=K)
    best = [full(Y.shape[1], np.inf, like=K) for _ in pairs]
    residuals = [full((out.size, Y.shape[1]), 0.0, like=K) for out in outs]

    def look_at(i: int) -> None:
        G = inverse.at(penalties[i])
        GY = G @ centred
        squares = GY * GY

        def of_folds(some: Sequence[int]) -> None:
            for f in some:
                (train, _), out = pairs[f], outs[f]
                fold = _LeftOut(G, train, out)
                loo_mse[f, i] = score = fold.errors(GY, squares)
                if not per_target:
                    score = full(Y.shape[1], float(score.mean()), like=K)
                better = score < best[f]
                best[f][better] = score[better]
                residuals[f][:, better] = fold.solve(GY[out][:, better])

        # Blocks of a fold are small: threads of BLAS would wait for each other at each.
        if xp is np:
            side_by_side(of_folds, range(len(pairs)))
        else:
            of_folds(range(len(pairs)))

    for i in range(penalties.shape[0]):
        look_at(i)
    predictions = [
        centred[test] - residual[np.searchsorted(out, test)] + y_mean
        for (_, test), out, residual in zip(pairs, outs, residuals, strict=True)
    ]
    alpha_of = xp.stack([penalties[choose(mse, per_target=per_target)] for mse in loo_mse])
    return RidgeFolds(predictions, alpha_of, edges(alpha_of, penalties))


class _LeftOut:
    """One fold at one penalty: what G becomes where the rows `out` are taken out of it.

    The residual of a training row is ``(GY_r - C_r' held) / s_r``, with C the rows of G that are
    left out, ``held`` their residuals and s the diagonal of the Schur complement. The squares are
    multiplied out, and what is quadratic in the left-out rows of GY is made one matrix before it
    meets the targets: nothing as large as the responses is written.
    """

    def __init__(self, G: Array, train: np.ndarray, out: np.ndarray) -> None:
        self._train, self._out, self._rows = train, out, G[out]
        self._factor = _Factor(self._rows[:, out])
        solved, correction = self._factor.of_rows(self._rows)
        self._weights = full(G.shape[0], 0.0, like=G)
        self._weights[train] = 1 / (G[train, train] - correction[train]) ** 2
        weighted = solved * self._weights
        self._form = -2 * weighted
        self._form[:, out] = weighted @ solved.T

    def solve(self, left_out: Array) -> Array:
        """Return residuals of the left-out rows from those of GY, (n_out, q)."""
        return self._factor.solve(left_out)

    def errors(self, GY: Array, squares: Array) -> Array:
        """Return the mean squared leave-one-out error of the training rows, (q,)."""
        xp = namespace(GY)
        train, left_out = self._train, GY[self._out]
        own = self._weights @ squares
        error = own + xp.einsum("oq,oq->q", left_out, self._form @ GY)
        cancelled = error < _CANCELLED * own
        if xp.any(cancelled):
            held = self.solve(left_out[:, cancelled])
            rest = GY[train][:, cancelled] - self._rows[:, train].T @ held
            error[cancelled] = self._weights[train] @ (rest * rest)
        return error / train.size


class _Factor:
    """A positive definite block (m, m) to solve with."""

    def __init__(self, block: Array) -> None:
        self._block, self._lower = block, None
        if namespace(block) is np:
            self._lower = cholesky(block, lower=True, check_finite=False)

    def solve(self, columns: Array) -> Array:
        """Return ``block^-1 columns``, (m, k)."""
        if self._lower is None:
            return namespace(columns).linalg.solve(self._block, columns)
        return cho_solve((self._lower, True), columns, check_finite=False)

    def of_rows(self, rows: Array) -> tuple[Array, Array]:
        """Return ``block^-1 rows`` (m, n), and the diagonal of ``rows' block^-1 rows`` (n,)."""
        if self._lower is None:
            solved = self.solve(rows)
            return solved, namespace(rows).einsum("on,on->n", rows, solved)
        half = dtrsm(1.0, self._lower, rows.T, side=1, lower=1, trans_a=1)
        diagonal = np.einsum("no,no->n", half, half)
        return dtrsm(1.0, self._lower, half, side=1, lower=1, overwrite_b=1).T, diagonal
