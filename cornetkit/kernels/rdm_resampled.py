"""How alike RDMs are in every bootstrap resample of the stimuli, and for every permutation.

A resample is how often each stimulus was drawn. The RDM of the resample holds a stimulus so many
times; the pairs of its copies have a distance of 0, which is no measurement, and are left out. So
every sum over pairs is one with the products of the counts as weights, and no RDM is copied.
"""

from __future__ import annotations

import numpy as np

from cornetkit.errors import InputError, unknown_name
from cornetkit.kernels.pair_moments import MOMENT_METRICS, compare_moments, residuals
from cornetkit.kernels.pairs import pair_rows, stimuli_of
from cornetkit.kernels.rank_resampled import compare_ranks
from cornetkit.kernels.rdm_compare import COMPARISONS, compare_pairs, normalise, same_pairs


def compare_resampled(A: np.ndarray, B: np.ndarray, metric: str, counts: np.ndarray) -> np.ndarray:
    """Compare every RDM of `A` with every RDM of `B` in every bootstrap resample.

    Parameters
    ----------
    A, B : arrays of shape (m_a, N), (m_b, N)
        Condensed RDMs of the same n stimuli, see `compare_pairs`.
    metric : str
        One of `COMPARISONS`, or ``"unbiased"``: the cosine of what is left of the distances
        after the best sum of one number for each of the two stimuli is taken out. Of squared
        Euclidean distances that is unbiased linear CKA (and the whitened cosine the biased one).
    counts : array of shape (R, n)
        How often each resample holds each stimulus, from `multiplicities`.

    Returns
    -------
    array of shape (R, m_a, m_b)
        That of ``compare_pairs(A, B, metric, counts[r])``; NaN as there.

    Raises
    ------
    InputError
        The shapes do not fit, or single pairs are missing where a metric needs all.
    UnknownNameError
        There is no such metric.

    Examples
    --------
    >>> A = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 7.0]])
    >>> compare_resampled(A, A, "pearson", np.array([[2, 1, 1, 0]])).round(6)
    array([[[1.]]])
    """
    if metric not in (*COMPARISONS, *MOMENT_METRICS):
        raise unknown_name("comparison", metric, COMPARISONS)
    A, B = np.asarray(A, dtype=np.float64), np.asarray(B, dtype=np.float64)
    n = stimuli_of(A.shape[1])
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] != n:
        raise InputError(
            f"counts of shape {counts.shape} were given for {n} stimuli; expected one a stimulus "
            f"in each resample, shape (resamples, {n})"
        )
    if metric == "kendall":
        each = [compare_pairs(A, B, metric, weights) for weights in counts]
        return np.stack(each) if each else np.empty((0, len(A), len(B)))
    result = np.full((len(counts), len(A), len(B)), np.nan)
    for rows_a, rows_b, valid in same_pairs(A, B):
        if valid.any():
            compare = compare_ranks if metric == "spearman" else compare_moments
            found = compare(A[rows_a], B[rows_b], metric, counts, valid)
            result[np.ix_(np.arange(len(counts)), rows_a, rows_b)] = found
    return result


def compare_permuted(A: np.ndarray, B: np.ndarray, metric: str, orders: np.ndarray) -> np.ndarray:
    """Compare RDMs with the stimuli of `A` in other orders: what unrelated labels would give.

    Parameters
    ----------
    A, B : arrays of shape (m_a, N), (m_b, N)
        Condensed RDMs of the same n stimuli, see `compare_pairs`.
    metric : str
        One of `COMPARISONS`, or ``"unbiased"``, see `compare_resampled`.
    orders : int array of shape (P, n)
        From `permutations`. Stimuli change places, not pairs: the entries of an RDM that share a
        stimulus are not independent.

    Returns
    -------
    array of shape (P, m_a, m_b)
    """
    A, B = np.asarray(A, dtype=np.float64), np.asarray(B, dtype=np.float64)
    n = stimuli_of(A.shape[1])
    orders = np.asarray(orders)
    if orders.ndim != 2 or orders.shape[1] != n:
        raise InputError(
            f"orders of shape {orders.shape} were given for {n} stimuli; expected (orders, {n})"
        )
    result = np.full((len(orders), len(A), len(B)), np.nan)
    here, there = (np.flatnonzero(~np.isnan(X).all(axis=1)) for X in (A, B))
    if not here.size or not there.size:
        return result
    # To move the stimuli of one side is to move those of the other, the other way round.
    flipped = here.size > there.size
    moved, fixed = (B[there], A[here]) if flipped else (A[here], B[there])
    orders = np.argsort(orders, axis=1) if flipped else orders
    whole = not (np.isnan(moved).any() or np.isnan(fixed).any())
    as_products = whole and metric != "kendall"
    if metric == "unbiased":
        if not whole:
            raise InputError("'unbiased' needs the distances of all pairs of stimuli")
        moved, fixed, metric = residuals(moved), residuals(fixed), "cosine"
    if as_products:
        moved, fixed = normalise(moved, metric), normalise(fixed, metric)
    rows, columns = pair_rows(n)
    n_pairs = len(rows)
    for order, out in zip(orders, result, strict=True):
        first, second = order[rows], order[columns]
        low, high = np.minimum(first, second), np.maximum(first, second)
        place = low * n - low * (low + 1) // 2 + high - low - 1
        if as_products:
            if moved.shape[1] > n_pairs:  # the whitened ones have an entry for each stimulus, too
                place = np.concatenate([place, n_pairs + order])
            found = np.clip(moved[:, place] @ fixed.T, -1, 1)
        else:
            found = compare_pairs(moved[:, place], fixed, metric)
        out[np.ix_(here, there)] = found.T if flipped else found
    return result
