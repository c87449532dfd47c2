"""How alike two RDMs are: Spearman, Pearson, Kendall's tau-a, cosine, and the whitened ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cornetkit.errors import InputError, unknown_name
from cornetkit.kernels.kendall import kendall_tau_a
from cornetkit.kernels.pair_moments import compare_moments, whole_stimuli
from cornetkit.kernels.pairs import expand, pair_rows, stimuli_of
from cornetkit.kernels.pairs import pair_weights as weights_of_pairs
from cornetkit.kernels.ranks import average_ranks

COMPARISONS = (
    "spearman",
    "pearson",
    "kendall",
    "cosine",
    "whitened-cosine",
    "whitened-pearson",
)
# A similarity over fewer pairs than this is not one.
_MIN_PAIRS = 3
# Elements that are normalised at once.
_BLOCK_ELEMENTS = 2**24


def compare_pairs(
    A: np.ndarray, B: np.ndarray, metric: str = "spearman", weights: np.ndarray | None = None
) -> np.ndarray:
    """Compare every RDM of `A` with every RDM of `B`.

    Parameters
    ----------
    A, B : arrays of shape (m_a, N), (m_b, N)
        Condensed RDMs: the N = n (n - 1) / 2 pairs of the same n stimuli in the same order.
        Pairs that are NaN in either of two RDMs are left out of their comparison.
    metric : {"spearman", "pearson", "kendall", "cosine", "whitened-cosine", "whitened-pearson"}
        ``kendall`` is tau-a, which does not favour a model that predicts ties (Nili et al. 2014).
        The whitened ones take into account that distances that share a stimulus share its noise
        (Diedrichsen et al. 2021).
    weights : array of shape (n,), optional
        How often each stimulus counts, as in a bootstrap: the result is that of RDMs in which it
        stands so many times, without the pairs of a stimulus with itself.

    Returns
    -------
    array of shape (m_a, m_b)
        NaN where fewer than 3 pairs are left, or an RDM is constant over them (the cosine: 0).

    Raises
    ------
    InputError
        The shapes do not fit, or single pairs are missing where a whitened metric needs all.
    UnknownNameError
        There is no such metric.
    """
    if metric not in COMPARISONS:
        raise unknown_name("comparison", metric, COMPARISONS)
    A, B = np.asarray(A, dtype=np.float64), np.asarray(B, dtype=np.float64)
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise InputError(
            f"RDMs of shapes {A.shape} and {B.shape} were given; expected (m, pairs) of the same "
            "pairs"
        )
    n = stimuli_of(A.shape[1])
    of_pairs = None
    if weights is not None:
        if np.shape(weights) != (n,):
            raise InputError(f"weights of shape {np.shape(weights)} were given for {n} stimuli")
        of_pairs = weights_of_pairs(weights)
    result = np.full((len(A), len(B)), np.nan)
    for rows_a, rows_b, valid in same_pairs(A, B, of_pairs):
        if valid.sum() < _MIN_PAIRS:
            continue
        part_a, part_b = A[rows_a], B[rows_b]
        if weights is not None and metric.startswith("whitened"):
            there = ~np.isnan(part_a[0]) & ~np.isnan(part_b[0])
            counts = np.asarray(weights)[None]
            found = compare_moments(part_a, part_b, metric, counts, there)[0]
            result[np.ix_(rows_a, rows_b)] = found
            continue
        w = of_pairs
        if not valid.all():
            part_a, part_b = part_a[:, valid], part_b[:, valid]
            w = None if w is None else w[valid]
        if metric == "kendall":
            found = kendall_tau_a(part_a, part_b, w)
        elif metric.startswith("whitened"):
            whole_stimuli(valid, n, metric)
            found = _products(part_a, part_b, metric, None)
        else:
            found = _products(part_a, part_b, metric, w)
        result[np.ix_(rows_a, rows_b)] = found
    return result


def normalise(A: np.ndarray, metric: str, weights: np.ndarray | None = None) -> np.ndarray:
    """Return rows whose products with one another are their similarities.

    Parameters
    ----------
    A : array of shape (m, N)
        Condensed RDMs without NaN.
    metric : str
        Any but ``"kendall"``, which is no product.
    weights : array of shape (N,), optional
        Of the pairs.

    Returns
    -------
    array of shape (m, N), or (m, N + n) for the whitened metrics
        Of length 1; NaN for a row without variance.
    """
    if metric == "spearman":
        Z = average_ranks(A, weights)
    else:
        Z = np.array(A, dtype=np.float64)
    # Constant by range: the mean of a constant rounds, and leaves a variance above 0.
    constant = Z.min(axis=1) == Z.max(axis=1)
    if metric in ("spearman", "pearson", "whitened-pearson"):
        Z -= np.average(Z, axis=1, weights=weights)[:, None]
        Z[constant] = 0
    if metric.startswith("whitened"):
        Z = _second_moments(Z)
    if weights is not None:
        Z *= np.sqrt(weights)
    length = np.sqrt(np.einsum("mn,mn->m", Z, Z))[:, None]
    return np.divide(Z, length, out=np.full_like(Z, np.nan), where=length > 0)


def rescale(A: np.ndarray, metric: str) -> np.ndarray:
    """Return condensed RDMs (m, N) as a comparison sees them, so that they can be averaged.

    Of all RDMs, the mean of these is the one with the highest mean similarity to them (for
    ``kendall`` nearly so): ranks for the rank correlations; for the others, unit length after what
    the comparison takes out.
    """
    if metric in ("spearman", "kendall"):
        return average_ranks(A)
    A = np.array(A, dtype=np.float64)
    if metric in ("pearson", "whitened-pearson"):
        A -= A.mean(axis=1, keepdims=True)
    Z = _second_moments(A) if metric.startswith("whitened") else A
    length = np.sqrt(np.einsum("mn,mn->m", Z, Z))[:, None]
    return np.divide(A, length, out=np.full_like(A, np.nan), where=length > 0)


def _products(A: np.ndarray, B: np.ndarray, metric: str, weights: np.ndarray | None) -> np.ndarray:
    """Normalise each RDM once, the larger side in blocks, and multiply."""
    if len(B) < len(A):
        return _products(B, A, metric, weights).T
    Z = normalise(A, metric, weights)
    step = max(1, _BLOCK_ELEMENTS // A.shape[1])
    blocks = [
        Z @ normalise(B[start : start + step], metric, weights).T
        for start in range(0, len(B), step)
    ]
    return np.clip(np.concatenate(blocks, axis=1), -1, 1)


def _second_moments(D: np.ndarray) -> np.ndarray:
    """Return -J D J / 2 of condensed RDMs as vectors, off-diagonal entries times sqrt(2).

    With independent noise of equal variance in every stimulus, the covariance of squared distances
    at zero signal is the one that these vectors whiten; their cosine is then the cosine
    of the second-moment matrices, that is biased linear CKA where the distances are Euclidean.
    """
    n = stimuli_of(D.shape[1])
    rows, columns = pair_rows(n)
    moments = np.empty((len(D), D.shape[1] + n))
    for distances, out in zip(D, moments, strict=True):
        square = expand(distances)
        means = square.mean(axis=0)
        half = means - means.mean() / 2
        out[: len(rows)] = (distances - half[rows] - half[columns]) * (-0.5 * np.sqrt(2))
        out[len(rows) :] = half
    return moments


def same_pairs(
    A: np.ndarray, B: np.ndarray, weights: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield rows of A, rows of B and the pairs that all of them have, with a weight above 0."""
    counted = np.ones(A.shape[1], dtype=bool) if weights is None else weights > 0
    for rows_a, there_a in _patterns(A):
        for rows_b, there_b in _patterns(B):
            yield rows_a, rows_b, there_a & there_b & counted


def _patterns(A: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    groups: dict[bytes, list[int]] = {}
    there: dict[bytes, np.ndarray] = {}
    for i, row in enumerate(A):
        mask = ~np.isnan(row)
        key = np.packbits(mask).tobytes()
        groups.setdefault(key, []).append(i)
        there[key] = mask
    return [(np.asarray(rows), there[key]) for key, rows in groups.items()]
