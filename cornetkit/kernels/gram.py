"""The stimulus-by-stimulus Gram matrix, streamed over units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError

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

    gram: np.ndarray
    row_sums: np.ndarray
    mean_products: np.ndarray
    mean_square: float
    n_units: int
    n_constant: int

    def uncentred(self) -> np.ndarray:
        """Return ``X @ X.T`` of the features as they came, array of shape (n, n)."""
        half = self.mean_products + 0.5 * self.mean_square
        return self.gram + half[:, None] + half[None, :]


def gram(blocks: Iterable[np.ndarray], n: int, *, dtype: str = "float64") -> GramResult:
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
    row_sums = np.zeros(n)
    mean_products = np.zeros(n)
    mean_square = 0.0
    n_units = n_constant = 0
    width = max(_BLOCK_ELEMENTS // n, 64)
    for block in blocks:
        block = _checked(block, n)
        for start in range(0, block.shape[1], width):
            part = block[:, start : start + width]
            X, mean, constant = _centred(part, n_units)
            row_sums += X.sum(axis=1)
            mean_products += X @ mean
            mean_square += float(mean @ mean)
            row_sums += mean.sum()
            if dtype == "float32":
                X = X.astype(np.float32)
            # A @ A.T is what NumPy turns into SYRK: half the work of a general product.
            K += X @ X.T
            n_units += part.shape[1]
            n_constant += constant
    return GramResult(K, row_sums, mean_products, mean_square, n_units, n_constant)


def _checked(block: np.ndarray, n: int) -> np.ndarray:
    block = np.asarray(block)
    if block.ndim != 2 or block.shape[0] != n:
        raise InputError(
            f"a block of features of shape {block.shape} was given; expected ({n}, units)"
        )
    if not (np.issubdtype(block.dtype, np.number) or block.dtype == bool) or np.iscomplexobj(block):
        raise InputError(f"features of dtype {block.dtype} were given; expected real numbers")
    return block


def _centred(part: np.ndarray, first_unit: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the part centred in float64, its means and its number of constant units."""
    with np.errstate(invalid="ignore"):  # a NaN is reported below, in words
        low, high = part.min(axis=0), part.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        bad = ~np.isfinite(part)
        raise InputError(
            f"features are not finite for {int(bad.any(axis=1).sum())} of {part.shape[0]} stimuli "
            f"in {int(bad.any(axis=0).sum())} of the units {first_unit} to "
            f"{first_unit + part.shape[1] - 1}; leave those stimuli or units out"
        )
    X = part.astype(np.float64)
    mean = X.mean(axis=0)
    constant = low == high
    mean[constant] = low[constant]
    X -= mean
    return X, mean, int(constant.sum())
