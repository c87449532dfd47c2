"""Samples that mix a few feature vectors, put together into as few rows as there are of these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from cornetkit.errors import InputError

# A mixture is one of the others when what is new in it is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class MixedRows:
    """Fewest rows that give the least-squares fits of all samples (see `mixed_rows`).

    Attributes
    ----------
    to_features : sparse array of shape (rows, n_steps * n)
        Mixes feature vectors, step by step and the stimuli within a step.
    to_targets : sparse array of shape (rows, n * n_bins)
        Mixes responses, stimulus by stimulus and the time bins within one; its rows are
        orthonormal.
    stimulus : array of shape (rows,), int
        The stimulus of each row; the rows of a stimulus stand together.
    factors : array of shape (rows,)
        What a row carries of the intercept.
    """

    to_features: sparse.csr_array
    to_targets: sparse.csr_array
    stimulus: np.ndarray
    factors: np.ndarray

    def of(self, stimuli: np.ndarray) -> np.ndarray:
        """Return the indices of the rows of some stimuli, ascending."""
        return np.flatnonzero(np.isin(self.stimulus, stimuli))

    def gram(self, K: np.ndarray) -> np.ndarray:
        """Return the Gram matrix of the rows, given that of the (step, stimulus) pairs."""
        return np.ascontiguousarray(self.to_features @ (self.to_features @ K).T)

    def targets(self, responses: np.ndarray) -> np.ndarray:
        """Return targets (rows, q) of responses (n, n_bins, q) with 0 where they are missing."""
        return self.to_targets @ responses.reshape(-1, responses.shape[-1])

    def samples(self, predictions: np.ndarray, n: int) -> np.ndarray:
        """Return predictions of the samples (n, n_bins, q), given those of the rows."""
        flat = self.to_targets.T @ predictions
        return flat.reshape(n, -1, predictions.shape[1])


def mixed_rows(weights: np.ndarray, present: np.ndarray) -> MixedRows:
    """Put samples (stimulus, time bin), each a mixture of steps, together into fewest rows.

    Parameters
    ----------
    weights : array of shape (n_bins, n_steps)
        How much of each step is in a time bin; every row adds up to 1.
    present : array of shape (n, n_bins), bool
        The samples that there are; a stimulus without any gets no row.

    Returns
    -------
    MixedRows

    Notes
    -----
    The features of a stimulus in its bins are A X, with A (n_bins, n_steps) and X (n_steps,
    units), and its responses are Y (n_bins, q). With A = Q R, Q orthonormal, the squared error
    ||Y - (A X W + 1 b)||^2 is ||Q'Y - (R X W + Q'1 b)||^2 plus what no W and b can change, since
    the ones are A times ones. Ridge, least squares and PLS see the samples through these errors
    (PLS: through X'X and X'Y) only, so that R X, Q'Y and the factors Q'1 of the intercept give
    the same fits from at most n_steps rows a stimulus. Bins that share a step cost nothing.
    """
    weights = np.asarray(weights, dtype=np.float64)
    present = np.asarray(present, dtype=bool)
    if weights.ndim != 2 or present.ndim != 2 or present.shape[1] != weights.shape[0]:
        raise InputError(
            f"weights of shape {weights.shape} and samples of shape {present.shape} were given; "
            "expected (n_bins, n_steps) and (n, n_bins)"
        )
    if not np.allclose(weights.sum(axis=1), 1.0):
        raise InputError("the weights of the steps in a time bin must add up to 1")
    n, n_bins = present.shape
    n_steps = weights.shape[1]
    patterns, which = np.unique(present, axis=0, return_inverse=True)
    factored = [_factor(weights[bins]) for bins in patterns]
    count = np.array([R.shape[0] for _, R in factored])[which.reshape(-1)]
    first = np.concatenate([[0], np.cumsum(count)])
    features, targets = _Entries(), _Entries()
    factors = np.zeros(first[-1])
    for k, (bins, (Q, R)) in enumerate(zip(patterns, factored, strict=True)):
        stimuli = np.flatnonzero(which.reshape(-1) == k)
        rows = first[stimuli][:, None] + np.arange(R.shape[0])
        features.add(R, rows, stimuli[:, None] + n * np.arange(n_steps))
        targets.add(Q.T, rows, stimuli[:, None] * n_bins + np.flatnonzero(bins))
        factors[rows] = Q.sum(axis=0)
    return MixedRows(
        features.matrix((first[-1], n_steps * n)),
        targets.matrix((first[-1], n * n_bins)),
        np.repeat(np.arange(n), count),
        factors,
    )


def _factor(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Q (n_bins, k), orthonormal, and R (k, n_steps) of A = Q R, k its rank."""
    if not len(A):
        return np.zeros((0, 0)), np.zeros((0, A.shape[1]))
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    k = int((s > _ROUNDING * s[0]).sum())
    return U[:, :k], s[:k, None] * Vt[:k]


class _Entries:
    """The entries of a sparse array of equal blocks, one a stimulus."""

    def __init__(self) -> None:
        self.values: list[np.ndarray] = []
        self.rows: list[np.ndarray] = []
        self.columns: list[np.ndarray] = []

    def add(self, block: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> None:
        """Add ``block`` (r, c) at `rows` (m, r) and `columns` (m, c) of each of m stimuli."""
        shape = (len(rows), *block.shape)
        self.values.append(np.broadcast_to(block, shape).ravel())
        self.rows.append(np.broadcast_to(rows[:, :, None], shape).ravel())
        self.columns.append(np.broadcast_to(columns[:, None, :], shape).ravel())

    def matrix(self, shape: tuple[int, int]) -> sparse.csr_array:
        """Return the sparse array."""
        values, rows, columns = (np.concatenate(x) for x in (self.values, self.rows, self.columns))
        return sparse.csr_array((values, (rows, columns)), shape=shape)
