"""Centring a Gram matrix by algebra, as if the features had been centred."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cornetkit.kernels.arrays import Array
from cornetkit.kernels.checks import check_rows


def double_centre(K: Array) -> Array:
    """Return the Gram matrix (n, n) of the features centred over all `n` stimuli."""
    means = K.mean(axis=0)
    half = means - 0.5 * means.mean()
    return K - half[:, None] - half[None, :]


def centre_by_rows(K: Array, train: np.ndarray | Sequence[int]) -> Array:
    """Return the Gram matrix (n, n) of the features centred by the mean of the rows `train`.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of features, centred in any way or not at all.
    train : array of indices, or mask of shape (n,)
        The stimuli whose mean features are subtracted from all stimuli.
    """
    train = check_rows(train, K.shape[0])
    means = K[:, train].mean(axis=1)
    half = means - 0.5 * means[train].mean()
    return K - half[:, None] - half[None, :]


def centre(
    K: Array, train: np.ndarray | Sequence[int], test: np.ndarray | Sequence[int]
) -> tuple[Array, Array]:
    """Return the two blocks of a split, with features centred by the training stimuli.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of features, centred in any way or not at all.
    train, test : arrays of indices, or masks of shape (n,)

    Returns
    -------
    K_train : array of shape (n_train, n_train)
    K_test : array of shape (n_test, n_train)
        Test by train, as the fits' ``predict`` wants it.
    """
    train, test = check_rows(train, K.shape[0]), check_rows(test, K.shape[0])
    K_train = K[np.ix_(train, train)]
    K_test = K[np.ix_(test, train)]
    means = K_train.mean(axis=0)
    half = means - 0.5 * means.mean()
    K_train -= half[:, None]
    K_train -= half[None, :]
    K_test -= K_test.mean(axis=1)[:, None]
    K_test -= (means - means.mean())[None, :]
    return K_train, K_test
