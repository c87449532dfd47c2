"""Ridge over folds with the error of leaving out each training stimulus, for nested choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import dgemm

from cornetkit.kernels.checks import centre_targets, check_folds, check_kernel, check_targets
from cornetkit.kernels.ridge import check_alphas, edges
from cornetkit.kernels.spectrum import centred_spectrum

# Distance of the penalties that are looked at first, in steps of the grid, and the number of
# multiplications a penalty below which all are looked at.
_STRIDE = 4
_FEW = 1e9


@dataclass(frozen=True)
class NestedRidge:
    """Held-out predictions of ridge over folds, and how well it did inside each fold's training.

    Attributes
    ----------
    predictions : list of arrays of shape (n_test, q)
        One a fold, in the order of its test rows.
    alpha : array of shape (n_folds, q)
        The penalty chosen on each fold's training stimuli.
    at_edge : array of shape (n_folds, q), bool
        Whether it is the least or the greatest offered.
    loo_mse : array of shape (n_folds, q)
        Mean squared error of leaving out one training stimulus at a time, under that penalty.
    left_out : list of arrays of shape (n_train, n_kept)
        Predictions of the training stimuli, each left out in turn, for the columns `keep`.
    """

    predictions: list[np.ndarray]
    alpha: np.ndarray
    at_edge: np.ndarray
    loo_mse: np.ndarray
    left_out: list[np.ndarray]


def ridge_nested(
    K: np.ndarray,
    Y: np.ndarray,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    alphas: Sequence[float] | np.ndarray,
    *,
    keep: Sequence[int] | np.ndarray = (),
) -> NestedRidge:
    """Fit and predict every fold, one penalty a target, chosen by leave-one-out in its training.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of all stimuli.
    Y : array of shape (n, q)
    folds : sequence of pairs (train, test)
        Indices or masks.
    alphas : sequence of floats above 0
    keep : sequence of ints
        Columns of `Y` whose left-out predictions are returned.

    Returns
    -------
    NestedRidge

    Notes
    -----
    The algebra is that of `ridge_folds`, and so is the result up to some 1e9 products of n^2 q.
    Beyond, penalties are looked for from coarse to fine, since the error falls and rises once
    along them as a rule: a target takes some 11 of 25. Where it does not, as for a target that is
    hardly predicted, the penalty can be another.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((30, 5))
    >>> found = ridge_nested(X @ X.T, X[:, :2], [(np.arange(20), np.arange(20, 30))], [1e-6, 1.0])
    >>> bool(np.abs(found.predictions[0] - X[20:, :2]).max() < 1e-4)
    True
    """
    K = check_kernel(K)
    n = K.shape[0]
    Y = check_targets(Y, n)
    penalties = np.sort(check_alphas(alphas))
    centred, y_mean = centre_targets(Y)
    pairs = check_folds(folds, n)
    kept = np.asarray(keep, dtype=np.intp)
    spectrum = centred_spectrum(K)
    U, s = spectrum.vectors, spectrum.values
    search = _Search(pairs, n, Y.shape[1], kept, len(penalties), coarse=n * n * Y.shape[1] > _FEW)
    projected = U.T @ centred
    while (i := search.next_penalty()) is not None:
        alpha = penalties[i]
        wanted = search.columns(i)
        union = np.flatnonzero(wanted.any(axis=0))
        half = U / np.sqrt(s + alpha)
        G = half @ half.T
        GY = U @ (projected[:, union] / (s + alpha)[:, None])
        for f in range(len(pairs)):
            here = wanted[f, union]
            if here.any():
                search.take(f, i, union[here], G, GY if here.all() else GY[:, here])
    predictions = [
        centred[test] - residual[np.searchsorted(out, test)] + y_mean
        for (_, test), out, residual in zip(pairs, search.outs, search.residuals, strict=True)
    ]
    alpha_of = penalties[search.chosen]
    left_out = [
        centred[np.ix_(train, kept)] - residual + y_mean[kept]
        for (train, _), residual in zip(pairs, search.inner, strict=True)
    ]
    return NestedRidge(predictions, alpha_of, edges(alpha_of, penalties), search.best, left_out)


class _Search:
    """Which penalties which targets of which folds still have to look at, and the best so far."""

    def __init__(
        self,
        pairs: list[tuple[np.ndarray, np.ndarray]],
        n: int,
        q: int,
        kept: np.ndarray,
        n_penalties: int,
        coarse: bool,
    ) -> None:
        self.pairs = pairs
        self.outs = [np.setdiff1d(np.arange(n), train) for train, _ in pairs]
        self.best = np.full((len(pairs), q), np.inf)
        self.chosen = np.zeros((len(pairs), q), dtype=np.intp)
        self.residuals = [np.zeros((out.size, q)) for out in self.outs]
        self.inner = [np.zeros((train.size, kept.size)) for train, _ in pairs]
        self._place = np.full(q, -1)
        self._place[kept] = np.arange(kept.size)
        self._stride = _STRIDE if coarse and n_penalties > _STRIDE + 1 else 1
        self._todo = np.zeros((n_penalties, len(pairs), q), bool)
        self._todo[:: self._stride] = True
        self._todo[-1] = True
        self._done = np.zeros_like(self._todo)

    def next_penalty(self) -> int | None:
        """Return the index of a penalty that is still to be looked at, None at the end."""
        while True:
            waiting = np.flatnonzero(self._todo.any(axis=(1, 2)))
            if waiting.size:
                return int(waiting[0])
            if self._stride == 1:
                return None
            self._stride //= 2
            for step in (-self._stride, self._stride):
                near = np.clip(self.chosen + step, 0, len(self._todo) - 1)
                np.put_along_axis(self._todo, near[None], True, axis=0)
            self._todo &= ~self._done

    def columns(self, i: int) -> np.ndarray:
        """Return which targets look at a penalty, (n_folds, q), and note that they do."""
        wanted = self._todo[i].copy()
        self._done[i] |= wanted
        self._todo[i] = False
        return wanted

    def take(self, f: int, i: int, columns: np.ndarray, G: np.ndarray, GY: np.ndarray) -> None:
        """Keep what a penalty gives in a fold for the targets that it suits best so far."""
        train, out = self.pairs[f][0], self.outs[f]
        cross = G[np.ix_(out, train)]
        solved = np.linalg.solve(G[np.ix_(out, out)], np.concatenate([cross, GY[out]], axis=1))
        held = np.ascontiguousarray(solved[:, train.size :])
        correction = np.einsum("ot,ot->t", cross, solved[:, : train.size])
        scale = 1 / (G[train, train] - correction)
        loo = GY[train]
        loo *= scale[:, None]
        # loo -= (cross * scale).T @ held, in one pass over what is as large as the responses.
        dgemm(-1.0, held.T, (cross * scale).T, 1.0, loo.T, trans_b=1, overwrite_c=1)
        error = np.einsum("tq,tq->q", loo, loo) / train.size
        better = error < self.best[f, columns]
        at = columns[better]
        self.best[f, at], self.chosen[f, at] = error[better], i
        self.residuals[f][:, at] = held[:, better]
        place = self._place[at]
        self.inner[f][:, place[place >= 0]] = loo[:, better][:, place >= 0]
