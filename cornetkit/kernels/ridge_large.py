"""Ridge on few components of many stimuli, for very many targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.checks import centre_targets, check_folds, check_targets
from cornetkit.kernels.ridge import check_alphas, choose, edges

# Targets that are worked on at once.
_TARGETS = 1024
# Squared singular values below this share of the largest, times the stimuli, are rounding.
_ROUNDING = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class LargeRidge:
    """Held-out predictions, and how penalties were chosen.

    Attributes
    ----------
    predictions : array of shape (n_test, q)
    alpha : array of shape (q,)
        The penalty of each target.
    loo_mse : array of shape (n_alphas, q)
        Mean squared error of leaving out one of the stimuli that penalties are chosen on.
    at_edge : array of shape (q,), bool
        Whether the penalty is the least or the greatest offered.
    """

    predictions: np.ndarray
    alpha: np.ndarray
    loo_mse: np.ndarray
    at_edge: np.ndarray


class ComponentRidge:
    """Ridge of one split, made ready once for all targets.

    Parameters
    ----------
    features : array of shape (n, k)
        Few features of many stimuli, say those of `cornetkit.kernels.sketch.sketch`.
    fold : pair (train, test)
        Indices or masks.
    n_left_out : int, optional
        So many of the training stimuli, drawn at random, are left out one at a time to choose a
        penalty: the error over some thousands tells penalties apart as well as that over all. None
        leaves out all.
    rng : int or numpy.random.Generator
        Of that draw.
    """

    def __init__(
        self,
        features: np.ndarray,
        fold: tuple[np.ndarray, np.ndarray],
        n_left_out: int | None = None,
        rng: int | np.random.Generator = 0,
    ) -> None:
        X = np.asarray(features, dtype=np.float64)
        if X.ndim != 2 or not np.isfinite(X).all():
            raise InputError(
                f"features of shape {X.shape} were given; expected (n, k), finite: stimulus by "
                "component"
            )
        if n_left_out is not None and n_left_out < 1:
            raise InputError(f"{n_left_out} stimuli were to be left out; expected at least 1")
        [(self.train, self.test)] = check_folds([fold], len(X))
        self._n = len(X)
        n_train = self.train.size
        centred = X[self.train]
        mean = centred.mean(axis=0)
        centred -= mean
        squares, turn = np.linalg.eigh(centred.T @ centred)
        kept = squares > n_train * _ROUNDING * max(float(squares[-1:].sum()), 0.0)
        self._s, turn = squares[kept], turn[:, kept]
        # Left singular vectors of the training features; test features in the same coordinates.
        self._U = centred @ (turn / np.sqrt(self._s))
        self._test = ((X[self.test] - mean) @ turn) / np.sqrt(self._s)
        self._left_out = np.arange(n_train)
        if n_left_out is not None and n_left_out < n_train:
            drawn = np.random.default_rng(rng).choice(n_train, n_left_out, replace=False)
            self._left_out = np.sort(drawn)

    def predict(
        self, Y: np.ndarray, alphas: Sequence[float] | np.ndarray, *, per_target: bool = True
    ) -> LargeRidge:
        """Fit targets of all stimuli and predict those of the test stimuli.

        Parameters
        ----------
        Y : array of shape (n, q), of any float type
            They are taken to float64 a part at a time.
        alphas : sequence of floats above 0
            Penalties on the squared norm of the weights.
        per_target : bool
            One penalty for each target, or one for all by the mean error over targets.

        Returns
        -------
        LargeRidge
            With all training stimuli left out, what `cornetkit.kernels.primal.ridge_primal` gives.

        Notes
        -----
        Takes n k q multiplications for the fit, and ``n_left_out`` k q for each penalty.
        """
        alphas = check_alphas(alphas)
        if Y.ndim != 2 or len(Y) != self._n:
            raise InputError(
                f"targets of shape {Y.shape} were given; expected ({self._n}, q), one row each"
            )
        n_targets = Y.shape[1]
        projected = np.empty((self._s.size, n_targets))
        y_mean = np.empty(n_targets)
        loo_mse = np.empty((alphas.size, n_targets))
        for begin in range(0, n_targets, _TARGETS):
            here = slice(begin, begin + _TARGETS)
            centred, y_mean[here] = centre_targets(
                check_targets(Y[self.train, here], self.train.size)
            )
            projected[:, here] = self._U.T @ centred
            loo_mse[:, here] = self._errors(centred[self._left_out], projected[:, here], alphas)
        alpha_of = alphas[choose(loo_mse, per_target=per_target)]
        predictions = np.empty((self.test.size, n_targets))
        for begin in range(0, n_targets, _TARGETS):
            here = slice(begin, begin + _TARGETS)
            s = self._s[:, None]
            predictions[:, here] = self._test @ (projected[:, here] * (s / (s + alpha_of[here])))
        return LargeRidge(predictions + y_mean, alpha_of, loo_mse, edges(alpha_of, alphas))

    def _errors(self, Y: np.ndarray, projected: np.ndarray, alphas: np.ndarray) -> np.ndarray:
        """Return the mean squared error of leaving out single stimuli, by penalty and target."""
        U = self._U[self._left_out]
        squares = U * U
        beyond = Y - U @ projected
        # 1 - h, written so that nothing cancels where the penalty is small.
        outside = (1.0 - 1.0 / self.train.size) - squares.sum(axis=1)
        found = np.empty((alphas.size, Y.shape[1]))
        for i, alpha in enumerate(alphas):
            shrink = alpha / (self._s + alpha)
            residual = U @ (projected * shrink[:, None])
            residual += beyond
            residual /= (outside + squares @ shrink)[:, None]
            found[i] = np.einsum("nq,nq->q", residual, residual) / len(Y)
        return found
