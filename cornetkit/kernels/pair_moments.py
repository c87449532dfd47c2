"""Comparisons that are products of distances, from weighted sums over pairs of stimuli."""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError
from cornetkit.kernels.pairs import expand, pair_rows, stimuli_of

# What is taken out of the distances before their cosine is.
_CENTRED = ("pearson", "whitened-pearson")
# A sum for each of the two stimuli, and how much it costs: see `_share`.
_ADDITIVE = {"whitened-cosine": 2.0, "whitened-pearson": 2.0, "unbiased": 0.0}
MOMENT_METRICS = ("pearson", "cosine", *_ADDITIVE)
_MIN_PAIRS = 3
# Below this share of the squares a variance is rounding.
_ROUNDING = 1e-12
# Elements held at once, of weights and of products.
_BLOCK_ELEMENTS = 2**23


def compare_moments(
    A: np.ndarray, B: np.ndarray, metric: str, counts: np.ndarray, valid: np.ndarray
) -> np.ndarray:
    """Return the similarity of RDMs in every resample, shape (R, m_a, m_b).

    Parameters
    ----------
    A, B : arrays of shape (m_a, N), (m_b, N)
        Condensed RDMs.
    metric : str
        One of `MOMENT_METRICS`.
    counts : array of shape (R, n)
        How often each stimulus stands in a resample.
    valid : bool array of shape (N,)
        Pairs that all of these RDMs have.
    """
    n = stimuli_of(A.shape[1])
    counts = np.asarray(counts, dtype=np.float64)
    if metric in _ADDITIVE:
        counts = counts * whole_stimuli(valid, n, metric)
    A, B = (_prepared(X, valid, metric) for X in (A, B))
    found = np.empty((len(counts), len(A), len(B)))
    step = max(1, _BLOCK_ELEMENTS // A.shape[1])
    for begin in range(0, len(counts), step):
        block = slice(begin, begin + step)
        found[block] = _block(A, B, metric, counts[block], valid)
    return found


def residuals(X: np.ndarray) -> np.ndarray:
    """Return condensed distances (m, N) less the best sum of a number for each of two stimuli.

    Least squares; of squared Euclidean distances these are -2 times the U-centred Gram matrix
    (Szekely and Rizzo 2014), whose cosine is unbiased CKA.
    """
    X = np.asarray(X, dtype=np.float64)
    X = X - X.mean(axis=1, keepdims=True)
    n = stimuli_of(X.shape[1])
    rows, columns = pair_rows(n)
    once = np.ones((1, n))
    share = _share(_of_stimuli(X, once, np.zeros((1, 1))), once, _ADDITIVE["unbiased"])[0]
    return np.asarray(X - share[:, rows] - share[:, columns])


def whole_stimuli(valid: np.ndarray, n: int, metric: str) -> np.ndarray:
    """Return which stimuli are there, shape (n,).

    Raises
    ------
    InputError
        The missing pairs are not all those of some stimuli.
    """
    rows, columns = pair_rows(n)
    kept = np.zeros(n, dtype=bool)
    kept[rows[valid]] = kept[columns[valid]] = True
    if valid.sum() != kept.sum() * (kept.sum() - 1) // 2:
        missing = int((~valid[kept[rows] & kept[columns]]).sum())
        raise InputError(
            f"'{metric}' needs the distances of all pairs of stimuli, and {missing} are missing "
            "(NaN); compare with 'pearson' or 'cosine'"
        )
    return kept


def _prepared(X: np.ndarray, valid: np.ndarray, metric: str) -> np.ndarray:
    """Fill gaps with 0, and take out a constant that does not matter but would cost digits."""
    X = np.where(valid, X, 0.0)
    if metric in (*_CENTRED, "unbiased"):
        X = np.where(valid, X - X.sum(axis=1, keepdims=True) / valid.sum(), 0.0)
    return X


def _block(
    A: np.ndarray, B: np.ndarray, metric: str, counts: np.ndarray, valid: np.ndarray
) -> np.ndarray:
    n = counts.shape[1]
    rows, columns = pair_rows(n)
    weights = counts[:, rows] * counts[:, columns]
    weights *= valid
    enough = (weights > 0).sum(axis=1) >= _MIN_PAIRS
    total = weights.sum(axis=1)
    together = _weighted_products(weights, A, B)
    square_a, square_b = weights @ (A * A).T, weights @ (B * B).T
    raw_a, raw_b = square_a.copy(), square_b.copy()
    mean_a = mean_b = np.zeros((len(counts), 1))
    if metric in _CENTRED:
        safe = np.where(total > 0, total, np.nan)[:, None]
        mean_a, mean_b = weights @ A.T / safe, weights @ B.T / safe
        together -= mean_a[:, :, None] * mean_b[:, None, :] * total[:, None, None]
        square_a -= mean_a**2 * total[:, None]
        square_b -= mean_b**2 * total[:, None]
    if metric in _ADDITIVE:
        sums_a, sums_b = _of_stimuli(A, counts, mean_a), _of_stimuli(B, counts, mean_b)
        share_a, share_b = (_share(s, counts, _ADDITIVE[metric]) for s in (sums_a, sums_b))
        together -= sums_a @ (counts[:, None] * share_b).transpose(0, 2, 1)
        square_a -= np.einsum("rmn,rmn,rn->rm", sums_a, share_a, counts)
        square_b -= np.einsum("rmn,rmn,rn->rm", sums_b, share_b, counts)
    length_a = np.where(square_a > _ROUNDING * raw_a, square_a, np.nan)
    length_b = np.where(square_b > _ROUNDING * raw_b, square_b, np.nan)
    found = together / np.sqrt(length_a)[:, :, None] / np.sqrt(length_b)[:, None, :]
    found[~enough] = np.nan
    return np.clip(found, -1, 1)


def _weighted_products(weights: np.ndarray, A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return the weighted sums of the products of all rows, (R, m_a, m_b)."""
    found = np.empty((len(weights), len(A), len(B)))
    step = max(1, _BLOCK_ELEMENTS // (len(B) * A.shape[1]))
    for begin in range(0, len(A), step):
        part = A[begin : begin + step]
        products = (part[:, None, :] * B[None]).reshape(-1, A.shape[1])
        found[:, begin : begin + step] = (weights @ products.T).reshape(-1, len(part), len(B))
    return found


def _of_stimuli(X: np.ndarray, counts: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return each stimulus's weighted sum of distances to all others, (R, m, n)."""
    sums = counts @ expand(X)
    others = counts.sum(axis=1, keepdims=True) - counts
    return np.asarray(sums.transpose(1, 0, 2) - mean[:, :, None] * others[:, None, :])


def _share(sums: np.ndarray, counts: np.ndarray, cost: float) -> np.ndarray:
    """Return what each stimulus adds to all of its distances, (R, m, n).

    The numbers s that take most out of the distances d of the pairs in a resample: for every
    stimulus i the weighted sum over the others j of d_ij - s_i - s_j is `cost` times s_i. Without
    a cost these are the residuals of least squares; with 2, the solution of a generalised least
    squares problem whose covariance has 4 on its diagonal and 1 where two pairs share a stimulus
    (distances that share a stimulus share its noise). Copies of a stimulus have the same s, so that
    the equations are those of the stimuli, and are solved in closed form.
    """
    divisor = cost + counts.sum(axis=1, keepdims=True) - 2 * counts
    # A stimulus that makes up half of a resample: nothing can be told apart.
    inverse = 1 / np.where(np.abs(divisor) > _ROUNDING, divisor, np.nan)
    weight = counts * inverse
    common = np.einsum("rmn,rn->rm", sums, weight) / (1 + weight.sum(axis=1))[:, None]
    return np.asarray((sums - common[:, :, None]) * inverse[:, None, :])
