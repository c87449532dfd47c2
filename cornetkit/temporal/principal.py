"""Principal axes over stacked (stimulus, time), fitted on some stimuli; and sparseness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse.linalg import eigsh

from .given import Course, whole_neuroids

# A dense decomposition is as fast up to here.
_DENSE = 600


class Principal(NamedTuple):
    """Positions on principal axes.

    Parameters
    ----------
    position
        Shape (time, stimulus, component).
    explained
        Share of the variance of stimuli that the axes were not fitted to, (component,).
    sparseness
        Shape (time,).
    n_left_out
        Neuroids that lack a response.
    negative
        Times with responses below 0.
    """

    position: np.ndarray
    explained: np.ndarray
    sparseness: np.ndarray
    n_left_out: int
    negative: list[int]


def principal_axes(
    course: Course,
    products: np.ndarray | None,
    ids: Sequence[Any],
    train: np.ndarray,
    n_components: int,
) -> Principal:
    """Fit principal axes to training stimuli at all times, and place all stimuli on them.

    Parameters
    ----------
    course
        An area or a population.
    products
        Of an area: products of (time, stimulus) with (time, stimulus), (time, n, time, n).
    ids
        Stimuli.
    train
        Which are fitted to, shape (n,).
    n_components
        How many axes.
    """
    n_times, n = len(course.times), len(ids)
    n_left_out = 0
    if course.responses is not None:
        whole = whole_neuroids(course.responses)
        n_left_out = int((~whole).sum())
        values = course.responses[:, :, whole]
        sparseness, negative = _sparseness(
            values.sum(2), (values**2).sum(2), values.min(2), values.shape[2]
        )
        axes = _of_values(values.reshape(n_times * n, -1), np.tile(train, n_times), n_components)
    else:
        assert products is not None
        sums, squares, low = (np.zeros((n_times, n)) for _ in range(3))
        for t, feature in enumerate(course.features):
            for block in feature.blocks(ids):
                wide = block.astype(np.float64)
                sums[t] += wide.sum(axis=1)
                squares[t] += (wide**2).sum(axis=1)
                low[t] = np.minimum(low[t], wide.min(axis=1, initial=0.0))
        sparseness, negative = _sparseness(sums, squares, low, course.features[0].n_units)
        K = products.reshape(n_times * n, n_times * n)
        axes = _of_products(K, np.tile(train, n_times), n_components)
    position, explained = axes
    shaped = position.reshape(n_times, n, n_components)
    return Principal(shaped, explained, sparseness, n_left_out, negative)


def _of_values(X: np.ndarray, rows: np.ndarray, n_components: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (row, component) of responses (row, unit), and what the axes explain."""
    X = X - X[rows].mean(axis=0)
    if X.shape[1] > len(X):  # the products of rows are the smaller matrix
        return _of_products(X @ X.T, rows, n_components)
    k = min(n_components, int(rows.sum()) - 1, X.shape[1])
    values, vectors = np.linalg.eigh(X[rows].T @ X[rows])
    values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    scores = X @ vectors[:, _good(values)]
    total = ((X[~rows] - X[~rows].mean(axis=0)) ** 2).sum()
    return _placed(scores, rows, n_components, total)


def _of_products(
    K: np.ndarray, rows: np.ndarray, n_components: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the same from the products (row, row) of features."""
    # Centred by the training rows.
    means = K[:, rows].mean(axis=1)
    level = means[rows].mean()
    inner = K[np.ix_(rows, rows)]
    inner -= means[rows][:, None]
    inner -= means[rows] - level
    k = min(n_components, len(inner) - 1)
    if len(inner) <= _DENSE:
        values, vectors = np.linalg.eigh(inner)
        values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    else:
        start = np.random.default_rng(0).standard_normal(len(inner))
        values, vectors = eigsh(inner, k=k, which="LA", v0=start)
        values, vectors = values[::-1], vectors[:, ::-1]
    good = _good(values)
    weights = vectors[:, good] / np.sqrt(values[good])
    scores = (K[:, rows] @ weights) - np.outer(means, weights.sum(axis=0))
    scores -= (means[rows] - level) @ weights
    block = K[np.ix_(~rows, ~rows)]
    return _placed(scores, rows, n_components, block.trace() - block.sum() / (~rows).sum())


def _good(values: np.ndarray) -> np.ndarray:
    """Say which eigenvalues are no rounding."""
    return values > 1e-12 * max(float(values[0]), 1e-300)


def _placed(
    scores: np.ndarray, rows: np.ndarray, n_components: int, total: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions, NaN on axes that there are not, and what they explain of held-out rows."""
    position = np.full((len(rows), n_components), np.nan)
    signs = np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])
    position[:, : scores.shape[1]] = scores * signs
    offset = position[~rows] - position[~rows].mean(axis=0)
    explained = (offset**2).sum(axis=0) / total if total > 0 else np.full(n_components, np.nan)
    return position, explained


def _sparseness(
    sums: np.ndarray, squares: np.ndarray, low: np.ndarray, n_units: int
) -> tuple[np.ndarray, list[int]]:
    """Return Treves-Rolls sparseness of each time, mean over stimuli; and times below 0."""
    negative = (low < 0).any(axis=1)
    activity = np.divide(
        (sums / n_units) ** 2, squares / n_units, out=np.full(sums.shape, np.nan), where=squares > 0
    )
    each = (1 - activity) / (1 - 1 / n_units) if n_units > 1 else np.full(sums.shape, np.nan)
    there = ~np.isnan(each)
    mean = np.divide(
        np.where(there, each, 0.0).sum(axis=1), there.sum(axis=1),
        out=np.full(len(sums), np.nan), where=there.any(axis=1),
    )  # fmt: skip
    return np.where(negative, np.nan, mean), np.flatnonzero(negative).tolist()
