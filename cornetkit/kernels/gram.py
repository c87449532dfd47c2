"""The stimulus-by-stimulus Gram matrix, streamed over units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, as_float64, full, namespace
from cornetkit.kernels.blocks import check_block, check_finite

# Elements of one working block in float64 (128 MiB). Wide blocks matter: each product ends with
# NumPy copying one triangle of an (n, n) matrix to the other.
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
    """

    gram: Array
    row_sums: Array
    mean_products: Array
    mean_square: float
    n_units: int
    n_constant: int

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
    K = np.zeros((n, n))
    row_sums, mean_products = np.zeros(n), np.zeros(n)
    mean_square = 0.0
    n_units = n_constant = 0
    width = max(_BLOCK_ELEMENTS // n, 64)
    for block in blocks:
        block = check_block(block, n)
        xp = namespace(block)
        if n_units == 0 and xp is not np:
            K, row_sums, mean_products = (
                full(x.shape, 0.0, block) for x in (K, row_sums, row_sums)
            )
        for start in range(0, block.shape[1], width):
            part = block[:, start : start + width]
            X, mean, constant = _centred(part, n_units)
            row_sums += xp.sum(X, axis=1)
            mean_products += X @ mean
            mean_square += float(mean @ mean)
            row_sums += xp.sum(mean)
            if dtype == "float32":
                X = xp.asarray(X, dtype=xp.float32)
            # A @ A.T is what NumPy turns into SYRK: half the work of a general product.
            K += X @ X.T
            n_units += part.shape[1]
            n_constant += constant
    return GramResult(K, row_sums, mean_products, mean_square, n_units, n_constant)


def _centred(part: Array, first_unit: int) -> tuple[Array, Array, int]:
    """Return the part centred in float64, its means and its number of constant units."""
    xp = namespace(part)
    X = as_float64(part)
    with np.errstate(invalid="ignore"):  # a NaN is reported below, in words
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
