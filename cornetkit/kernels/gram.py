"""The stimulus-by-stimulus Gram matrix, streamed over units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, as_float64, full, namespace
from cornetkit.kernels.blocks import check_block, check_finite
from cornetkit.kernels.gram_sums import GramSums

# Elements of one working block (128 MiB in float64). Wide blocks matter: each product is added to
# an (n, n) matrix.
_BLOCK_ELEMENTS = 2**24


@dataclass(frozen=True)
class GramResult:
    """The Gram matrix of centred features, and what is needed to have the uncentred one.

    Attributes
    ----------
    gram : array of shape (n, n), float64
        ``Xc @ Xc.T`` of the features less each unit's mean over all `n` stimuli.
    row_sums : array of shape (n,), float64
        Sum over units of each stimulus's (uncentred) features.
    mean_products : array of shape (n,), float64
        ``Xc @ m``, with `m` the units' means over stimuli.
    mean_square : float
        ``m @ m``.
    n_units : int
        Units seen, constant ones among them.
    n_constant : int
        Units with the same value for every stimulus.
    unit_squares : array of shape (n_units,), float64
        Sum of squares of each centred unit; 0 exactly where it is constant.
    """

    gram: Array
    row_sums: Array
    mean_products: Array
    mean_square: float
    n_units: int
    n_constant: int
    unit_squares: Array

    def uncentred(self) -> Array:
        """Return ``X @ X.T`` of the features as they came, array of shape (n, n)."""
        half = self.mean_products + 0.5 * self.mean_square
        return self.gram + half[:, None] + half[None, :]


def gram(blocks: Iterable[Array], n: int, *, dtype: str = "float64") -> GramResult:
    """Compute the Gram matrix of features that come in blocks of units.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n, b)
        Features, stimulus by unit, of any real dtype; `b` may differ. They are read one after
        the other and not modified; working memory stays bounded whatever `b` is.
    n : int
        Number of stimuli.
    dtype : {"float64", "float32"}
        Precision of the product of one block. Means and sums over blocks are float64 always.

    Returns
    -------
    GramResult
        Units that are constant over stimuli (by range: rounding gives many of them a standard
        deviation above 0) count as exactly 0 after centring.

    Raises
    ------
    InputError
        If a block has another shape, is not real, or holds values that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> gram([np.array([[1.0, 5.0], [3.0, 5.0]])], n=2).gram
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if dtype not in ("float64", "float32"):
        raise InputError(f"dtype '{dtype}' was given; expected 'float64' or 'float32'")
    if n < 1:
        raise InputError(f"a Gram matrix of {n} stimuli was asked for; expected at least 1")
    sums: GramSums | _ArraySums | None = None
    n_units = n_constant = 0
    width = max(_BLOCK_ELEMENTS // n, 64)
    for block in blocks:
        block = check_block(block, n)
        if sums is None:
            single, numpy = dtype == "float32", namespace(block) is np
            sums = GramSums(n, single) if numpy else _ArraySums(n, single, like=block)
        for start in range(0, block.shape[1], width):
            part = block[:, start : start + width]
            n_constant += sums.add(part, n_units)
            n_units += part.shape[1]
    if sums is None:
        sums = GramSums(n, dtype == "float32")
    sums.finish()
    squares = sums.unit_squares or [full(0, 0.0, sums.gram)]
    return GramResult(
        sums.gram,
        sums.row_sums,
        sums.mean_products,
        sums.mean_square,
        n_units,
        n_constant,
        namespace(sums.gram).concat(squares),
    )


class _ArraySums:
    """`GramSums` on other than NumPy arrays, where the first block is."""

    def __init__(self, n: int, single: bool, like: Array) -> None:
        self.gram = full((n, n), 0.0, like)
        self.row_sums, self.mean_products = full(n, 0.0, like), full(n, 0.0, like)
        self.mean_square = 0.0
        self.unit_squares: list[Array] = []
        self._single = single

    def add(self, part: Array, first_unit: int) -> int:
        xp = namespace(part)
        X, mean, constant = _centred(part, first_unit)
        self.row_sums += xp.sum(X, axis=1) + xp.sum(mean)
        self.mean_products += X @ mean
        self.mean_square += float(mean @ mean)
        self.unit_squares.append(xp.sum(X * X, axis=0))
        if self._single:
            X = xp.asarray(X, dtype=xp.float32)
        self.gram += X @ X.T
        return constant

    def finish(self) -> None:
        """Both triangles are there."""


def _centred(part: Array, first_unit: int) -> tuple[Array, Array, int]:
    """Return the part centred in float64, its means and its number of constant units."""
    xp = namespace(part)
    X = as_float64(part)
    low, high = xp.min(part, axis=0), xp.max(part, axis=0)
    if not (xp.all(xp.isfinite(low)) and xp.all(xp.isfinite(high))):
        check_finite(part, first_unit)
    mean = xp.mean(X, axis=0)
    constant = low == high
    mean[constant] = X[0, constant]
    if part.dtype == xp.float64:
        X = X - mean  # not in place: these are the caller's
    else:
        X -= mean
    return X, mean, int(xp.sum(constant))
