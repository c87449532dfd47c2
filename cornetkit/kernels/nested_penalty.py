"""What all folds of a nested ridge need to know of one penalty, for any number of targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from cornetkit.kernels.spectrum import Spectrum

# An error below this share of the terms that it is the sum of is summed up from residuals.
_CANCELLED = {"float64": 1e-4, "float32": 3e-2}


@dataclass(frozen=True)
class Penalty:
    """G = (K_c + alpha I)^-1 as the folds use it.

    The residual of a training row r that is left out of a fold is ``(GY_r - C_r' held) / d_r``,
    with C the rows of G that the fold holds out, ``held = inv(G_oo) (GY)_o`` and d the diagonal of
    the Schur complement. Multiplied out, its squares need one product of (GY) for all folds, with
    C, and nothing as large as (GY) is written a fold.

    Attributes
    ----------
    alpha : float
    spread : array of shape (n - 1,)
        Eigenvalues and the penalty.
    weights : array of shape (n_folds, n)
        1 / d^2 of training rows, 0 of others.
    outs : sequence of int arrays
        The rows that each fold leaves out.
    crossed : array of shape (sum of n_out, n)
        C times the weights, one fold below the other.
    inverses, squares : lists of arrays of shape (n_out, n_out)
        inv(G_oo), and C times the weights times C'.
    """

    alpha: float
    spread: np.ndarray
    weights: np.ndarray
    outs: Sequence[np.ndarray]
    crossed: np.ndarray
    inverses: list[np.ndarray]
    squares: list[np.ndarray]

    @classmethod
    def of(
        cls,
        spectrum: Spectrum,
        alpha: float,
        pairs: Sequence[tuple[np.ndarray, np.ndarray]],
        outs: Sequence[np.ndarray],
        dtype: type,
    ) -> Penalty:
        """Prepare a penalty in double precision; products of targets will be of `dtype`."""
        spread = spectrum.values + alpha
        half = spectrum.vectors / np.sqrt(spread)
        G = half @ half.T
        weights = np.zeros((len(pairs), len(G)))
        crossed: np.ndarray = np.empty((sum(out.size for out in outs), len(G)), dtype)
        inverses: list[np.ndarray] = []
        squares: list[np.ndarray] = []
        begin = 0
        for own, (train, _), out in zip(weights, pairs, outs, strict=True):
            C = G[out]
            factor = cholesky(C[:, out], lower=True, overwrite_a=True, check_finite=False)
            solved = solve_triangular(factor, C, lower=True, check_finite=False)
            own[train] = 1 / (G[train, train] - np.einsum("on,on->n", solved, solved)[train]) ** 2
            inverse = cho_solve((factor, True), np.eye(out.size), check_finite=False)
            weighted = C * own
            crossed[begin : begin + out.size] = weighted
            begin += out.size
            inverses.append(inverse.astype(dtype))
            squares.append((weighted @ C.T).astype(dtype))
        return cls(alpha, spread, weights, outs, crossed, inverses, squares)

    def errors(self, GY: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return summed squared errors of training rows, and where digits are lost.

        Parameters
        ----------
        GY : array of shape (n, q)

        Returns
        -------
        errors, lost : arrays of shape (n_folds, q)
        """
        crossed = self.crossed @ GY
        whole = (self.weights.astype(GY.dtype) @ (GY * GY)).astype(np.float64)
        errors = np.empty_like(whole)
        begin = 0
        for f, out in enumerate(self.outs):
            held = self.inverses[f] @ GY[out]
            pulled = np.einsum("oq,oq->q", held, self.squares[f] @ held)
            cross = np.einsum("oq,oq->q", held, crossed[begin : begin + out.size])
            whole[f] += pulled
            errors[f] = whole[f] - 2.0 * cross
            begin += out.size
        return errors, errors < _CANCELLED[GY.dtype.name] * whole
