"""What a Gram matrix is summed up from, on NumPy arrays: in place, and in pieces of a cache."""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import dsyrk, ssyrk

from cornetkit.kernels.blocks import check_finite

# Elements of the rows that are centred at once (2 MiB), and rows of a tile of a matrix: two of
# them, one read down its columns, fit in a cache (tiles of 512 take four times as long).
_ROW_ELEMENTS = 2**18
_TILE = 128
# OpenBLAS's own product of one triangle ends the process beyond some 13,000 rows on two threads.
_ONE_CALL = 8192
_ROWS_AT_ONCE = 2048
# Rows whose equality is asked for first: few units have the same value in all of them.
_FIRST_ROWS = 16


class GramSums:
    """Sums over blocks of centred features; the names are those of `GramResult`.

    Parameters
    ----------
    n : int
        Number of stimuli.
    single : bool
        Whether the product of a block is made in float32; all sums are float64.
    """

    def __init__(self, n: int, single: bool) -> None:
        self.gram = np.zeros((n, n))
        self.row_sums, self.mean_products = np.zeros(n), np.zeros(n)
        self.mean_square = 0.0
        self.unit_squares: list[np.ndarray] = []
        self._single = single
        self._centred = np.empty((0, 0))
        self._rows = np.empty((0, 0))
        self._product: np.ndarray | None = None

    def add(self, part: np.ndarray, first_unit: int) -> int:
        """Add features (n, b) and return the number of constant units; raise if not finite."""
        with np.errstate(invalid="ignore"):  # a NaN is reported below, in words
            mean = part.mean(axis=0, dtype=np.float64)
        if not np.isfinite(mean).all():
            check_finite(part, first_unit)
        constant = constant_columns(part)
        mean[constant] = part[0, constant]
        X = self._centre(part, mean)
        self.mean_square += float(mean @ mean)
        self.row_sums += mean.sum()
        self._add_square(X)
        return int(constant.sum())

    def _centre(self, part: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Return the part less the means, in memory that is used again; add to the sums of rows."""
        rows = max(_ROW_ELEMENTS // max(part.shape[1], 1), 1)
        if self._centred.shape != part.shape:
            self._centred = np.empty(part.shape, np.float32 if self._single else np.float64)
            self._rows = np.empty((rows, part.shape[1])) if self._single else self._rows
        sums = np.stack([np.ones_like(mean), mean], axis=1)
        squares = np.zeros(part.shape[1])
        for begin in range(0, len(part), rows):
            here = slice(begin, min(begin + rows, len(part)))
            # Into memory that is there already: new pages cost more than the subtraction.
            into = self._rows[: here.stop - begin] if self._single else self._centred[here]
            centred = np.subtract(part[here], mean, out=into)
            found = centred @ sums
            self.row_sums[here] += found[:, 0]
            self.mean_products[here] += found[:, 1]
            squares += np.einsum("nu,nu->u", centred, centred)
            if self._single:
                self._centred[here] = centred
        self.unit_squares.append(squares)
        return self._centred

    def _add_square(self, X: np.ndarray) -> None:
        """Add ``X X'`` to the lower triangle."""
        if len(X) > _ONE_CALL:
            for begin in range(0, len(X), _ROWS_AT_ONCE):
                end = begin + _ROWS_AT_ONCE
                self.gram[begin:end, :end] += X[begin:end] @ X[:end].T
        # K.T and X.T are in the order that BLAS wants: the sum is made in place, without a copy,
        # and of one triangle only.
        elif self._single:
            if self._product is None:
                self._product = np.zeros(self.gram.shape, dtype=np.float32)
            ssyrk(1.0, X.T, trans=1, c=self._product.T, overwrite_c=1)
            self.gram += self._product
        else:
            dsyrk(1.0, X.T, trans=1, beta=1.0, c=self.gram.T, overwrite_c=1)

    def finish(self) -> None:
        """Fill the other triangle of the matrix."""
        mirror_lower(self.gram)


def constant_columns(part: np.ndarray) -> np.ndarray:
    """Return which columns hold one value only, (b,)."""
    constant = (part[:_FIRST_ROWS] == part[0]).all(axis=0)
    at = np.flatnonzero(constant)
    constant[at] = (part[:, at] == part[0, at]).all(axis=0)
    return constant


def mirror_lower(K: np.ndarray) -> None:
    """Copy the lower triangle of a square matrix to its upper one, tile by tile."""
    n = len(K)
    for begin in range(0, n, _TILE):
        end = min(begin + _TILE, n)
        K[begin:end, end:] = K[end:, begin:end].T
        tile = K[begin:end, begin:end]
        tile[:] = np.tril(tile) + np.tril(tile, -1).T
