"""The components of PLS2 in several folds, found side by side."""

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
    """Components of all folds: each turn costs one product with K and a few with Y for all.

    Of fold f with training stimuli f: targets M = Y - T Q' (deflated), centred by the mean over
    f, and S = M' K M. M and K M of the turns are never formed: the scores T are orthogonal, so all
    products with M are products with Y less small ones, and K M v is K Y v less K T (Q v). Only
    K t of every new score has to be computed.

    Attributes
    ----------
    count : int array of shape (folds,)
        Components found.
    scores, weights : arrays of shape (folds, most, n)
        T and D, with ``T = K_c D``; 0 outside of the training stimuli.
    loadings : array of shape (folds, most, q)
        Q.
    mean : array of shape (folds, q)
        Mean of the targets over the training stimuli.
    kernel_means : array of shape (folds, n)
        Mean of K over the training stimuli.
    """

    def __init__(
        self, K: Array, KY: Array, Y: Array, trains: Sequence[np.ndarray], most: int
    ) -> None:
        self.xp = xp = namespace(K)
        n, q, n_folds = K.shape[0], Y.shape[1], len(trains)
        self.K, self.Y, self.trains = K, Y, trains
        inside = np.zeros((n_folds, n))
        for f, train in enumerate(trains):
            inside[f, train] = 1
        self.inside = as_float64(inside, like=K)
        self.size = xp.sum(self.inside, axis=1)
        self.mean = (self.inside @ Y) / self.size[:, None]
        self.kernel_means = (self.inside @ K) / self.size[:, None]
        self.scores = full((n_folds, most, n), 0.0, like=K)
        self.weights = full((n_folds, most, n), 0.0, like=K)
        self.loadings = full((n_folds, most, q), 0.0, like=K)
        self.squares = full((n_folds, most), 1.0, like=K)
        # K M at first, and K t of the scores since, both centred.
        self.kernel_targets = full((n_folds, n, q), 0.0, like=K)
        self.kernel_scores = full((n_folds, most, n), 0.0, like=K)
        self.most, self.turn = most, 0
        self.count = xp.sum(self.inside[:, :1], axis=1) * 0
        self.alive = self.size > 1
        self.leading = Leading()
        self.S = full((n_folds, q, q), 0.0, like=K)
        floor, left = np.zeros(n_folds), np.zeros(n_folds)
        # Rounding of K M is of the size of the first M, however small M has become.
        self.y_norm = float(xp.linalg.vector_norm(Y))
        for f, train in enumerate(trains):
            M = Y[train] - self.mean[f]
            left[f] = float(xp.sum(M * M))
            self._start_from(f, M, self._kernel_times_targets(KY, f, M))
            means = self.kernel_means[f][train]
            trace = float(xp.sum(K[train, train])) - float(xp.sum(means))
            floor[f] = ROUNDING * max(trace, 0.0) * self.y_norm
        self.floor, self.left = as_float64(floor, like=K), as_float64(left, like=K)
        self.left_at_first = self.left
        self.trace_formed = self._traces()

    def _kernel_times_targets(self, KY: Array, f: int, M: Array) -> Array:
        """Return K M of one fold; where few are left out, by what they take away from K Y."""
        train = self.trains[f]
        out = np.setdiff1d(np.arange(self.K.shape[0]), train)
        if out.size >= train.size:
            return self.K[np.ix_(train, train)] @ M
        KM = KY[train] - self.K[np.ix_(train, out)] @ self.Y[out]
        return KM - (self.kernel_means[f][train] * self.size[f])[:, None] * self.mean[f]

    def _start_from(self, f: int, M: Array, KM: Array) -> None:
        """Take what is left of the targets of a fold (n_train, q), and their product with K."""
        xp, train = self.xp, self.trains[f]
        KM = KM - xp.mean(KM, axis=0)
        S = xp.matrix_transpose(M) @ KM
        self.S[f] = 0.5 * (S + xp.matrix_transpose(S))
        self.kernel_targets[f, train] = KM
        self.kernel_scores[f] *= 0.0

    def _traces(self) -> Array:
        return self.xp.sum(self.xp.linalg.diagonal(self.S), axis=-1)

    def _centre(self, scores: Array) -> Array:
        """Centre rows (folds, n) over the training stimuli and leave the others out."""
        mean = self.xp.sum(scores * self.inside, axis=1) / self.size
        return (scores - mean[:, None]) * self.inside

    def next_component(self) -> bool:
        """Find the next component of every fold that has one; False once none has."""
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
        self.loadings[:, a] = (t @ self.Y) / after[:, None]
        self.left = self.left - after * xp.sum(self.loadings[:, a] ** 2, axis=1)
        self.count = self.count + found[:, 0]
        self.turn += 1
        return bool(xp.any(self.alive))

    def _targets_times(self, V: Array) -> Array:
        """Return M v of every fold, (folds, n), for V of shape (folds, q)."""
        xp = self.xp
        product = V @ xp.matrix_transpose(self.Y) - xp.sum(self.mean * V, axis=1)[:, None]
        if self.turn:
            Q, T = self.loadings[:, : self.turn], self.scores[:, : self.turn]
            along = Q @ V[:, :, None]
            product = product - (xp.matrix_transpose(along) @ T)[:, 0]
        return product * self.inside

    def _kernel_targets_times(self, V: Array) -> Array:
        """Return K M v of every fold, centred over the training stimuli, (folds, n)."""
        xp = self.xp
        product = (self.kernel_targets @ V[:, :, None])[..., 0]
        if self.turn:
            along = self.loadings[:, : self.turn] @ V[:, :, None]
            product = product - (xp.matrix_transpose(along) @ self.kernel_scores[:, : self.turn])[:, 0]
        return product

    def _deflate(self) -> None:
        """Take the last component out of S = M' K M, by two vectors: M' K t and its loadings."""
        xp, a = self.xp, self.turn - 1
        t, q = self.scores[:, a], self.loadings[:, a]
        Kt = self._centre(t @ self.K)
        self.kernel_scores[:, a] = Kt
        g = Kt @ self.Y
        if a:
            along = self.scores[:, :a] @ Kt[:, :, None]
            g = g - (xp.matrix_transpose(along) @ self.loadings[:, :a])[:, 0]
        g = g - 0.5 * xp.sum(t * Kt, axis=1)[:, None] * q
        update = g[:, :, None] * q[:, None, :]
        self.S -= update
        self.S -= xp.matrix_transpose(update)
        shrunk = self.alive & (self._traces() < _REFRESH * self.trace_formed)
        if bool(xp.any(shrunk)):
            for f in range(len(self.trains)):
                if bool(shrunk[f]):
                    M, train = self._targets_left(f), self.trains[f]
                    self._start_from(f, M, self.K[np.ix_(train, train)] @ M)
            self.trace_formed = xp.where(shrunk, self._traces(), self.trace_formed)

    def _targets_left(self, f: int) -> Array:
        """Return M of one fold."""
        train, used = self.trains[f], self.turn
        explained = self.xp.matrix_transpose(self.scores[f, :used][:, train])
        return self.Y[train] - self.mean[f] - explained @ self.loadings[f, :used]

    def _residual(self) -> Array:
        """Return the norm of M in every fold."""
        xp = self.xp
        few = self.alive & (self.left < _COUNTED * self.left_at_first)
        if bool(xp.any(few)):
            for f in range(len(self.trains)):
                if bool(few[f]):
                    M = self._targets_left(f)
                    self.left[f] = xp.sum(M * M)
        return xp.sqrt(xp.where(self.left > 0, self.left, xp.zeros_like(self.left)))
