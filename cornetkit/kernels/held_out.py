"""Correlations of held-out pairs of columns: in bootstrap resamples, and for permuted rows."""

from __future__ import annotations

import numpy as np

_MIN_ROWS = 3
# Below this share of the squares a variance is rounding.
_ROUNDING = 1e-12


def resampled_columns(X: np.ndarray, Y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlate each column of `X` with that of `Y`, rows counted as often as they were drawn.

    Parameters
    ----------
    X, Y : arrays of shape (n, k)
        Finite.
    counts : array of shape (R, n)
        How often each row stands in each resample.

    Returns
    -------
    array of shape (R, k)
        Pearson r; NaN where a column is constant over a resample, or fewer than 3 different rows
        are in it.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [9.0]])
    >>> resampled_columns(x, 2 * x + 1, np.array([[1, 1, 2, 0]])).round(6)
    array([[1.]])
    """
    W = np.asarray(counts, dtype=np.float64)
    X, Y = (np.asarray(Z, dtype=np.float64) - np.mean(Z, axis=0) for Z in (X, Y))
    total = W.sum(axis=1, keepdims=True)
    safe = np.where(total > 0, total, np.nan)
    mean_x, mean_y = W @ X / safe, W @ Y / safe
    raw_x, raw_y = W @ (X * X), W @ (Y * Y)
    square_x, square_y = raw_x - total * mean_x**2, raw_y - total * mean_y**2
    products = W @ (X * Y) - total * mean_x * mean_y
    square_x = np.where(square_x > _ROUNDING * raw_x, square_x, np.nan)
    square_y = np.where(square_y > _ROUNDING * raw_y, square_y, np.nan)
    r = products / np.sqrt(square_x) / np.sqrt(square_y)
    r[(W > 0).sum(axis=1) < _MIN_ROWS] = np.nan
    return np.clip(r, -1, 1)


def permuted_columns(X: np.ndarray, Y: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Correlate each column of `X`, its rows in another order, with that of `Y`.

    Parameters
    ----------
    X, Y : arrays of shape (n, k)
    orders : int array of shape (P, n)

    Returns
    -------
    array of shape (P, k)
        NaN where a column is constant.
    """
    X, Y = _standardised(X), _standardised(Y)
    return np.stack([np.einsum("nk,nk->k", X[order], Y) for order in orders])


def _standardised(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, dtype=np.float64)
    varies = np.ptp(X, axis=0) > 0
    Z = X - X.mean(axis=0)
    return np.asarray(Z / np.where(varies, np.sqrt(np.einsum("nk,nk->k", Z, Z)), np.nan))


def counted_median(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the median of each row, entries counted as often as they were drawn.

    Parameters
    ----------
    values : array of shape (..., q)
        NaN is left out.
    counts : int array of shape (..., q)

    Returns
    -------
    array of shape (...)
        NaN where nothing is left.
    """
    values, counts = np.broadcast_arrays(values, counts)
    order = np.argsort(values, axis=-1)  # NaN comes last
    ordered = np.take_along_axis(values, order, axis=-1)
    weight = np.take_along_axis(counts, order, axis=-1)
    upto = np.cumsum(np.where(np.isnan(ordered), 0, weight), axis=-1)
    total = upto[..., -1:]
    low = (upto > (total - 1) // 2).argmax(axis=-1)[..., None]
    high = (upto > total // 2).argmax(axis=-1)[..., None]
    pair = [np.take_along_axis(ordered, place, axis=-1)[..., 0] for place in (low, high)]
    return np.where(total[..., 0] > 0, (pair[0] + pair[1]) / 2, np.nan)


def counted_mean(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean of each row, entries counted as often as they were drawn; see the median."""
    there = ~np.isnan(values)
    total = np.where(there, values * counts, 0.0).sum(axis=-1)
    n = np.where(there, counts, 0).sum(axis=-1)
    return np.divide(total, n, out=np.full(np.shape(total), np.nan), where=n > 0)
