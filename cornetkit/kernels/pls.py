"""Joint partial least squares (PLS2) through the Gram matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from cornetkit.errors import InputError
from cornetkit.kernels.checks import centre_targets, check_kernel, check_rows, check_targets
from cornetkit.kernels.dual import DualFit, intercept_of

# A component counts as long as its covariance stands out of rounding by this factor.
_ROUNDING = 16 * float(np.finfo(np.float64).eps)
# The small matrix is updated by rank one; it is formed anew once it has shrunk by this factor,
# so that the rounding it carries stays small beside it.
_REFRESH = 1e-3
# From this size on SciPy's search for one eigenvector is faster than NumPy's for all. Below, its
# threads, another pool than NumPy's, only wait for each other.
_SUBSET_FROM = 256


@dataclass(frozen=True)
class PLSFit(DualFit):
    """A PLS fit.

    Attributes
    ----------
    coef, intercept
        See `DualFit`; with all components used.
    weights : array of shape (n_train, n_components)
        Dual weights D of the scores, ``T = K_c @ D``.
    loadings : array of shape (q, n_components)
        Loadings Q of the targets on the scores: ``coef = D @ Q.T``, and the first `a` columns
        of both are the fit with `a` components.
    n_components : int
        Components used: fewer than asked for where the features have fewer dimensions, or
        nothing is left to explain.
    """

    weights: np.ndarray
    loadings: np.ndarray
    n_components: int


def pls_dual(K_train: np.ndarray, Y_train: np.ndarray, n_components: int) -> PLSFit:
    """Fit PLS2 with features and targets centred and not scaled.

    Parameters
    ----------
    K_train : array of shape (n, n)
        Gram matrix of the training features; it is centred here.
    Y_train : array of shape (n, q)
    n_components : int
        Most components to use.

    Returns
    -------
    PLSFit
        Its predictions equal those of NIPALS iterated to convergence and of improved kernel
        PLS (Dayal and MacGregor 1997, Journal of Chemometrics 11:73). All targets share the
        components: a target's fit depends on which others are there.
    """
    K_train = check_kernel(K_train)
    return pls_folds(K_train, Y_train, [np.arange(K_train.shape[0])], n_components)[0]


def pls_folds(
    K: np.ndarray,
    Y: np.ndarray,
    trains: Sequence[np.ndarray | Sequence[int]],
    n_components: int,
) -> list[PLSFit]:
    """Fit PLS2 on several training sets at once; each fit equals that of `pls_dual`.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of all stimuli. Any centring gives the same fits, but features far from
        their mean lose digits: `cornetkit.kernels.gram.gram` has them centred.
    Y : array of shape (n, q)
    trains : sequence of indices, or masks of shape (n,)
        The training stimuli of each fold.
    n_components : int
        Most components to use.

    Returns
    -------
    list of PLSFit
        In the order of `trains`. Predict with ``fit.predict(K[np.ix_(test, train)])``.
    """
    K = check_kernel(K)
    n = K.shape[0]
    Y = check_targets(Y, n)
    if n_components < 1:
        raise InputError(f"{n_components} components were asked for; expected at least 1")
    rows = [check_rows(train, n, least=2) for train in trains]
    centred, y_mean = centre_targets(Y)
    targets, rotation = _fewest_targets(centred)
    # K Y once for all folds: each subtracts the part of its left-out stimuli.
    KY = K @ targets
    folds = [_Fold(K, KY, targets, train, n_components) for train in rows]
    for a in range(n_components):
        active = [fold for fold in folds if fold.next_component()]
        if not active or a == n_components - 1:
            break
        # One product with K for the scores of all folds.
        scores = np.zeros((n, len(active)))
        for j, fold in enumerate(active):
            scores[fold.train, j] = fold.scores[:, fold.used - 1]
        K_scores = K @ scores
        for j, fold in enumerate(active):
            fold.deflate(K_scores[fold.train, j])
    return [fold.fit(y_mean, rotation) for fold in folds]


def _fewest_targets(Y: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Rotate more targets than stimuli, (n, q), to as many as stimuli, (n, n).

    PLS2 turns with the targets, so the components stay and the loadings turn back: with
    ``Y.T = V R``, V orthonormal, the loadings are V times those of the targets ``R.T``.
    """
    if Y.shape[1] <= Y.shape[0]:
        return Y, None
    V, R = np.linalg.qr(Y.T)
    return np.ascontiguousarray(R.T), V


class _Fold:
    """One fold on its way: deflated targets M, K M, and S = M.T K M, all centred by `train`."""

    def __init__(
        self, K: np.ndarray, KY: np.ndarray, Y: np.ndarray, train: np.ndarray, most: int
    ) -> None:
        n, m = K.shape[0], train.size
        self.train = train
        self.M, self.mean = centre_targets(Y[train])
        left_out = np.setdiff1d(np.arange(n), train)
        if left_out.size < m:
            KM = KY[train] - K[np.ix_(train, left_out)] @ Y[left_out]
            kernel_sums = K[train].sum(axis=1) - K[np.ix_(train, left_out)].sum(axis=1)
            KM -= np.outer(kernel_sums, self.mean)
        else:
            block = K[np.ix_(train, train)]
            KM = block @ self.M
            kernel_sums = block.sum(axis=1)
        self.kernel_means = kernel_sums / m
        KM -= KM.mean(axis=0)
        self.KM = KM
        trace = K[train, train].sum() - kernel_sums.mean()
        # Rounding of K M is of the size of the first M, however small M has become.
        self.y_norm = float(np.linalg.norm(Y))
        self.floor = _ROUNDING * max(float(trace), 0.0) * self.y_norm
        most = min(most, m - 1)
        self.scores = np.empty((m, most))
        self.weights = np.empty((m, most))
        self.loadings = np.empty((Y.shape[1], most))
        self.squares = np.empty(most)
        self.used = 0
        self.done = most == 0
        self._form_small_matrix()

    def _form_small_matrix(self) -> None:
        self.S = self.M.T @ self.KM
        self.trace_formed = float(np.trace(self.S))

    def next_component(self) -> bool:
        """Find the next score and its loadings; False once nothing is left."""
        a = self.used
        if self.done or a == self.scores.shape[1]:
            return False
        residual = float(np.linalg.norm(self.M))
        self.done = True
        if residual <= _ROUNDING * self.y_norm:
            return False
        v = _leading_eigenvector(self.S)
        c, t = self.M @ v, self.KM @ v
        square = float(c @ t)
        if not square > self.floor * residual:
            return False
        c /= np.sqrt(square)
        t /= np.sqrt(square)
        before = float(t @ t)
        T, D = self.scores[:, :a], self.weights[:, :a]
        for _ in range(2 if a else 0):  # twice is enough (Kahan and Parlett)
            h = (T.T @ t) / self.squares[:a]
            t -= T @ h
            c -= D @ h
        after = float(t @ t)
        if not after > _ROUNDING * before:
            return False
        self.scores[:, a], self.weights[:, a] = t, c
        self.squares[a] = after
        self.loadings[:, a] = self.M.T @ t / after
        self.used += 1
        self.done = False
        return True

    def deflate(self, Kt: np.ndarray) -> None:
        """Take the last component out of M, K M and S, given K times its score."""
        t, q = self.scores[:, self.used - 1], self.loadings[:, self.used - 1]
        Kt = Kt - Kt.mean()
        g = self.KM.T @ t
        self.M -= np.multiply.outer(t, q)
        self.KM -= np.multiply.outer(Kt, q)
        g -= 0.5 * float(t @ Kt) * q
        update = np.multiply.outer(g, q)
        self.S -= update
        self.S -= update.T
        if np.trace(self.S) < _REFRESH * self.trace_formed:
            self._form_small_matrix()

    def fit(self, y_mean: np.ndarray, rotation: np.ndarray | None) -> PLSFit:
        """Return the fit for the targets as they were given."""
        weights, loadings = self.weights[:, : self.used], self.loadings[:, : self.used]
        mean = self.mean
        if rotation is not None:
            loadings, mean = rotation @ loadings, rotation @ mean
        coef = weights @ loadings.T
        intercept = intercept_of(coef, y_mean + mean, self.kernel_means)
        return PLSFit(coef, intercept, weights, loadings, self.used)


def _leading_eigenvector(S: np.ndarray) -> np.ndarray:
    """Return the eigenvector of the largest eigenvalue of a symmetric matrix (q, q)."""
    last = S.shape[0] - 1
    if last < _SUBSET_FROM:
        return np.linalg.eigh(S)[1][:, last]
    return eigh(S, subset_by_index=[last, last], check_finite=False)[1][:, 0]
