"""Medians and means of what is defined, without a warning where nothing is."""

from __future__ import annotations

import numpy as np


def median_over_neuroids(r: np.ndarray) -> np.ndarray:
    """Median over the last axis of what is defined; NaN where nothing is."""
    undefined = np.isnan(r)
    if not undefined.any():
        return np.median(r, axis=-1)
    nothing = undefined.all(axis=-1)
    filled = np.where(nothing[..., None], 0.0, r)
    return np.where(nothing, np.nan, np.nanmedian(filled, axis=-1))


def mean_over_splits(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean over one axis of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=axis)
    total = np.where(defined, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def error_over_splits(values: np.ndarray, axis: int) -> np.ndarray:
    """Standard error (standard deviation with ddof 0, over the root of their number)."""
    mean = mean_over_splits(values, axis)
    variance = mean_over_splits((values - np.expand_dims(mean, axis)) ** 2, axis)
    count = (~np.isnan(values)).sum(axis=axis)
    return np.sqrt(variance / np.maximum(count, 1))
