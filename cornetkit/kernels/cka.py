"""Linear centred kernel alignment of Gram matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.centring import double_centre

# Below this share of its length a centred matrix is rounding.
_ROUNDING = 1e-12


def cka_grams(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], *, unbiased: bool = True
) -> np.ndarray:
    """Return the CKA of every Gram matrix of one side with every one of the other.

    Parameters
    ----------
    first, second : sequences of arrays of shape (n, n)
        Gram matrices of features over the same `n` stimuli, centred or not.
    unbiased : bool
        With the unbiased estimator of HSIC (Song et al. 2012), whose expectation is 0 for
        unrelated features whatever the number of stimuli. The biased one (Kornblith et al. 2019)
        grows towards 1 as stimuli get fewer than units.

    Returns
    -------
    array of shape (len(first), len(second))
        From -1 to 1 (0 to 1 when biased); NaN where features are constant.

    Raises
    ------
    InputError
        Fewer than 4 stimuli (3 when biased), or matrices of other sizes.

    Examples
    --------
    >>> K = np.outer([0, 1, 2, 4.0], [0, 1, 2, 4.0])
    >>> cka_grams([K], [2 * K]).round(6)
    array([[1.]])
    """
    left = [_centred(K, unbiased) for K in first]
    right = left if second is first else [_centred(K, unbiased) for K in second]
    if len({len(K) for K in [*left, *right]}) > 1:
        raise InputError("Gram matrices of different numbers of stimuli were given")
    shape = (len(left), len(right))
    return np.array([[_cosine(K, L) for L in right] for K in left]).reshape(shape)


def _centred(K: np.ndarray, unbiased: bool) -> np.ndarray:
    K = np.asarray(K, dtype=np.float64)
    n = len(K)
    if K.shape != (n, n):
        raise InputError(f"a matrix of shape {K.shape} was given; expected a Gram matrix (n, n)")
    least = 4 if unbiased else 3
    if n < least:
        raise InputError(f"CKA of {n} stimuli was asked for; expected at least {least}")
    size = np.abs(K).max()
    centred = double_centre(K)
    if not unbiased:
        return centred if np.abs(centred).max() > _ROUNDING * size else np.zeros_like(K)
    if np.abs(centred).max() <= _ROUNDING * size:
        return np.zeros_like(K)
    # Centred first, which changes nothing but keeps digits; then U-centred (Szekely & Rizzo 2014),
    # whose products are those of the unbiased estimator.
    np.fill_diagonal(centred, 0)
    sums = centred.sum(axis=0) / (n - 2)
    centred -= sums[:, None]
    centred -= sums[None, :]
    centred += sums.sum() / (n - 1)
    np.fill_diagonal(centred, 0)
    return centred


def _cosine(K: np.ndarray, L: np.ndarray) -> float:
    length = np.sqrt(np.vdot(K, K) * np.vdot(L, L))
    return float(np.vdot(K, L) / length) if length > 0 else np.nan
