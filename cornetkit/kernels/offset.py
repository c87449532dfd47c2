"""Fits whose intercept enters each row by a factor, turned into ordinary ones by a reflection."""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError


class Offset:
    """A reflection that turns the direction of the intercept into that of the mean.

    Rows that stand for several samples carry the intercept with a factor each. An orthogonal
    change of rows leaves ridge, least squares and PLS as they are; this one makes the factors
    equal, so that ordinary centring takes the intercept out.

    Parameters
    ----------
    factors : array of shape (n,)
        What a row adds of the intercept; not all 0.

    Raises
    ------
    InputError
        The factors are all 0, or not finite.
    """

    def __init__(self, factors: np.ndarray) -> None:
        factors = np.asarray(factors, dtype=np.float64)
        length = float(np.linalg.norm(factors))
        if factors.ndim != 1 or not 0 < length < np.inf:
            raise InputError(
                f"factors of shape {factors.shape} and length {length} were given; expected one a "
                "row, finite and not all 0"
            )
        self.factors = factors
        unit = factors / length
        flat = np.full(factors.size, factors.size**-0.5)
        # Of the two signs of the mean's direction the one that does not cancel.
        self._v = unit + flat if unit @ flat >= 0 else unit - flat
        self._beta = 2.0 / float(self._v @ self._v)

    def turn(self, rows: np.ndarray) -> np.ndarray:
        """Return rows (n, q) reflected; twice is the identity."""
        return rows - np.multiply.outer(self._beta * self._v, self._v @ rows)

    def turn_gram(self, K: np.ndarray) -> np.ndarray:
        """Return the Gram matrix (n, n) of the reflected rows."""
        p = self._beta * (K @ self._v)
        p -= 0.5 * self._beta * float(self._v @ p) * self._v
        turned = K - np.multiply.outer(self._v, p)
        turned -= np.multiply.outer(p, self._v)
        return turned

    def intercept(self, residual: np.ndarray) -> np.ndarray:
        """Return the intercept (q,) that is left in residuals (n, q) of a fit without one."""
        return self.factors @ residual / float(self.factors @ self.factors)
