"""The components of PLS2 in several folds, and of several sets of targets, found side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cornetkit.kernels.arrays import Array, as_float64, full, namespace
from cornetkit.kernels.leading import Leading

# A component counts as long as its covariance stands out of rounding by this factor.
ROUNDING = 16 * float(np.finfo(np.float64).eps)
# The small matrix is updated by rank one; it is formed anew once it has shrunk by this factor,
# so that the rounding it carries stays small beside it.
_REFRESH = 1e-3
# Below this share of its first square, what is left of the targets is computed, not counted down.
_COUNTED = 1e-6


class Components:
    """Components of all fits: each turn costs one product with K and a few with Y for all.

    Each set of targets is fitted in each fold; fit ``p`` is that of set ``p // folds`` in fold
    ``p % folds``. It has the targets M = Y - T Q' (deflated), centred by the mean over the
    training stimuli, and S = M' K M. M and K M of the turns are never formed: the scores T are
    orthogonal, so all products with M are products with Y less small ones, and K M v is K Y v less
    K T (Q v). Only K t of every new score has to be computed.

    Parameters
    ----------
    K : array of shape (n, n)
    KY, Y : arrays of shape (sets, n, q)
        Targets, and K times them.
    trains : sequence of index arrays
        Training stimuli of the folds.
    most : int
        Components to find at most.

    Attributes
    ----------
    count : int array of shape (fits,)
        Components found.
    scores, weights : arrays of shape (fits, most, n)
        T and D, with ``T = K_c D``; 0 outside of the training stimuli.
    loadings : array of shape (fits, most, q)
        Q.
    mean : array of shape (fits, q)
        Mean of the targets over the training stimuli.
    kernel_means : array of shape (folds, n)
        Mean of K over the training stimuli.
    """

    def __init__(
        self, K: Array, KY: Array, Y: Array, trains: Sequence[np.ndarray], most: int
    ) -> None:
        self.xp = xp = namespace(K)
        n_sets, n, q = Y.shape
        n_folds = len(trains)
        n_fits = n_sets * n_folds
        self.K, self.Y, self.folds = K, Y, trains
        self.trains = [*trains] * n_sets
        inside = np.zeros((n_folds, n))
        for f, train in enumerate(trains):
            inside[f, train] = 1
        in_folds = as_float64(inside, like=K)
        self.kernel_means = (in_folds @ K) / xp.sum(in_folds, axis=1)[:, None]
        self.inside = as_float64(np.tile(inside, (n_sets, 1)), like=K)
        self.size = xp.sum(self.inside, axis=1)
        self.mean = self._times_targets(self.inside) / self.size[:, None]
        self.scores = full((n_fits, most, n), 0.0, like=K)
        self.weights = full((n_fits, most, n), 0.0, like=K)
        self.loadings = full((n_fits, most, q), 0.0, like=K)
        self.squares = full((n_fits, most), 1.0, like=K)
        # K M at first, and K t of the scores since, both centred.
        self.kernel_targets = full((n_fits, n, q), 0.0, like=K)
        self.kernel_scores = full((n_fits, most, n), 0.0, like=K)
        self.most, self.turn = most, 0
        self.count = xp.sum(self.inside[:, :1], axis=1) * 0
        self.alive = self.size > 1
        self.leading = Leading()
        self.S = full((n_fits, q, q), 0.0, like=K)
        self.left, self.floor = full(n_fits, 0.0, like=K), full(n_fits, 0.0, like=K)
        # Rounding of K M is of the size of the first M, however small M has become.
        norms = xp.sqrt(xp.sum(xp.sum(Y * Y, axis=2), axis=1))
        self.y_norm = xp.reshape(norms[:, None] + full((1, n_folds), 0.0, like=K), (-1,))
        for f in range(n_folds):
            self._start_fold(f, KY)
        self.left_at_first = self.left
        self.trace_formed = self._traces()

    def _start_fold(self, f: int, KY: Array) -> None:
        """Start all sets of a fold, K M by what the left-out stimuli take away from K Y."""
        xp, K, train = self.xp, self.K, self.folds[f]
        out = np.setdiff1d(np.arange(K.shape[0]), train)
        means = self.kernel_means[f][train]
        trace = float(xp.sum(K[train, train])) - float(xp.sum(means))
        few = out.size < train.size
        # Whole rows of the symmetric K: gathering single columns takes longer than the product.
        block = xp.matrix_transpose(K[out]) if few else K[np.ix_(train, train)]
        for p in range(f, len(self.trains), len(self.folds)):
            y, ky = self.Y[p // len(self.folds)], KY[p // len(self.folds)]
            M = y[train] - self.mean[p]
            KM = (ky - block @ y[out])[train] if few else block @ M
            if few:
                KM = KM - (means * self.size[p])[:, None] * self.mean[p]
            self.left[p] = xp.sum(M * M)
            self.floor[p] = ROUNDING * max(trace, 0.0) * self.y_norm[p]
            self._start_from(p, M, KM)

    def _start_from(self, p: int, M: Array, KM: Array) -> None:
        """Take what is left of the targets of a fit (n_train, q), and their product with K."""
        xp, train = self.xp, self.trains[p]
        KM = KM - xp.mean(KM, axis=0)
        S = xp.matrix_transpose(M) @ KM
        self.S[p] = 0.5 * (S + xp.matrix_transpose(S))
        self.kernel_targets[p, train] = KM
        self.kernel_scores[p] *= 0.0

    def _times_targets(self, rows: Array) -> Array:
        """Return rows (fits, n) times the targets of their sets, (fits, q)."""
        n_sets, n, q = self.Y.shape
        by_set = self.xp.reshape(rows, (n_sets, -1, n)) @ self.Y
        return self.xp.reshape(by_set, (-1, q))

    def _traces(self) -> Array:
        return self.xp.sum(self.xp.linalg.diagonal(self.S), axis=-1)

    def _centre(self, scores: Array) -> Array:
        """Centre rows (fits, n) over the training stimuli and leave the others out."""
        mean = self.xp.sum(scores * self.inside, axis=1) / self.size
        return (scores - mean[:, None]) * self.inside

    def next_component(self) -> bool:
        """Find the next component of every fit that has one; False once none has."""
        a, xp = self.turn, self.xp
        if a == self.most:
            return False
        if a:
            self._deflate()
        residual = self._residual()
        self.alive = self.alive & (self.size > a + 1) & (residual > ROUNDING * self.y_norm)
        if not bool(xp.any(self.alive)):
            return False
        V = self.leading.of(self.S, self.alive)
        c, t = self._targets_times(V), self._kernel_targets_times(V)
        square = xp.sum(c * t, axis=1)
        self.alive = self.alive & (square > self.floor * residual)
        scale = xp.sqrt(xp.where(self.alive, square, xp.ones_like(square)))[:, None]
        c, t = c / scale, t / scale
        before = xp.sum(t * t, axis=1)
        T, D = self.scores[:, :a], self.weights[:, :a]
        for _ in range(2 if a else 0):  # twice is enough (Kahan and Parlett)
            h = (T @ t[:, :, None])[..., 0] / self.squares[:, :a]
            t = t - (h[:, None, :] @ T)[:, 0]
            c = c - (h[:, None, :] @ D)[:, 0]
        after = xp.sum(t * t, axis=1)
        self.alive = self.alive & (after > ROUNDING * before)
        found = xp.astype(self.alive, t.dtype)[:, None]
        after = xp.where(self.alive, after, xp.ones_like(after))
        t = xp.where(self.alive[:, None], t, 0 * self.inside)
        self.scores[:, a], self.weights[:, a] = t, xp.where(self.alive[:, None], c, 0 * t)
        self.squares[:, a] = after
        self.loadings[:, a] = self._times_targets(t) / after[:, None]
        self.left = self.left - after * xp.sum(self.loadings[:, a] ** 2, axis=1)
        self.count = self.count + found[:, 0]
        self.turn += 1
        return bool(xp.any(self.alive))

    def _targets_times(self, V: Array) -> Array:
        """Return M v of every fit, (fits, n), for V of shape (fits, q)."""
        xp = self.xp
        n_sets, n, q = self.Y.shape
        product = xp.reshape(V, (n_sets, -1, q)) @ xp.matrix_transpose(self.Y)
        product = xp.reshape(product, (-1, n)) - xp.sum(self.mean * V, axis=1)[:, None]
        if self.turn:
            Q, T = self.loadings[:, : self.turn], self.scores[:, : self.turn]
            along = Q @ V[:, :, None]
            product = product - (xp.matrix_transpose(along) @ T)[:, 0]
        return product * self.inside

    def _kernel_targets_times(self, V: Array) -> Array:
        """Return K M v of every fit, centred over the training stimuli, (fits, n)."""
        xp = self.xp
        product = (self.kernel_targets @ V[:, :, None])[..., 0]
        if self.turn:
            along = self.loadings[:, : self.turn] @ V[:, :, None]
            before = self.kernel_scores[:, : self.turn]
            product = product - (xp.matrix_transpose(along) @ before)[:, 0]
        return product

    def _deflate(self) -> None:
        """Take the last component out of S = M' K M, by two vectors: M' K t and its loadings."""
        xp, a = self.xp, self.turn - 1
        t, q = self.scores[:, a], self.loadings[:, a]
        Kt = self._centre(t @ self.K)
        self.kernel_scores[:, a] = Kt
        g = self._times_targets(Kt)
        if a:
            along = self.scores[:, :a] @ Kt[:, :, None]
            g = g - (xp.matrix_transpose(along) @ self.loadings[:, :a])[:, 0]
        g = g - 0.5 * xp.sum(t * Kt, axis=1)[:, None] * q
        update = g[:, :, None] * q[:, None, :]
        self.S -= update
        self.S -= xp.matrix_transpose(update)
        shrunk = self.alive & (self._traces() < _REFRESH * self.trace_formed)
        if bool(xp.any(shrunk)):
            for p, train in enumerate(self.trains):
                if bool(shrunk[p]):
                    M = self._targets_left(p)
                    self._start_from(p, M, self.K[np.ix_(train, train)] @ M)
            self.trace_formed = xp.where(shrunk, self._traces(), self.trace_formed)

    def _targets_left(self, p: int) -> Array:
        """Return M of one fit."""
        train, used = self.trains[p], self.turn
        explained = self.xp.matrix_transpose(self.scores[p, :used][:, train])
        targets = self.Y[p // len(self.folds)][train]
        return targets - self.mean[p] - explained @ self.loadings[p, :used]

    def _residual(self) -> Array:
        """Return the norm of M in every fit."""
        xp = self.xp
        few = self.alive & (self.left < _COUNTED * self.left_at_first)
        if bool(xp.any(few)):
            for p in range(len(self.trains)):
                if bool(few[p]):
                    M = self._targets_left(p)
                    self.left[p] = xp.sum(M * M)
        return xp.sqrt(xp.where(self.left > 0, self.left, xp.zeros_like(self.left)))
