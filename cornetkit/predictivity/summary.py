"""Medians and means of what is defined, without a warning where nothing is."""

from __future__ import annotations

import numpy as np


def median_over_neuroids(r: np.ndarray) -> np.ndarray:
    """Median over the last axis of what is defined; NaN where nothing is."""
    if not r.size:
        return np.full(r.shape[:-1], np.nan)
    # A whole sort, NaN last, is several times faster than the partition that np.median makes.
    ranked = np.sort(r, axis=-1)
    count = r.shape[-1]
    if not np.isnan(ranked[..., -1]).any():
        return np.asarray((ranked[..., (count - 1) // 2] + ranked[..., count // 2]) / 2)
    known = (~np.isnan(ranked)).sum(axis=-1, keepdims=True)
    below = np.take_along_axis(ranked, np.maximum(known - 1, 0) // 2, axis=-1)
    above = np.take_along_axis(ranked, np.minimum(known // 2, count - 1), axis=-1)
    return np.asarray((below + above)[..., 0] / 2)


def mean_over_splits(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean over one axis of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=axis)
    total = np.where(defined, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def error_over_splits(values: np.ndarray, axis: int) -> np.ndarray:
    """Standard error (standard deviation with ddof 0, over the root of their number).

    NaN of a single split, which spreads by nothing.
    """
    mean = mean_over_splits(values, axis)
    variance = mean_over_splits((values - np.expand_dims(mean, axis)) ** 2, axis)
    count = (~np.isnan(values)).sum(axis=axis)
    return np.sqrt(np.where(count > 1, variance, np.nan) / np.maximum(count, 1))
