"""Held-out ridge predictions as one matrix: all that the simulations of a design share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kernels.spectrum import centred_spectrum

Folds = Sequence[tuple[np.ndarray, np.ndarray]]


def random_folds(
    n: int, n_splits: int, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (train, test) rows of so many folds over shuffled stimuli."""
    order = rng.permutation(n)
    tests = [np.sort(part) for part in np.array_split(order, n_splits)]
    return [(np.setdiff1d(np.arange(n), test), test) for test in tests]


class Smoothers:
    """Matrices H with (H Y)[test] = prediction of the held-out rows by ridge on the others.

    Parameters
    ----------
    K : array of shape (n, n)
        Gram matrix of the features.
    folds
        Every row is held out once.

    Notes
    -----
    With G = (K_c + alpha I)^-1 on what is orthogonal to the mean, the residual of left-out rows t
    is inv(G_tt) (G Y)_t, intercept included; so H_t = I_t - inv(G_tt) G_t, which has zeros in the
    columns t.
    """

    def __init__(self, K: np.ndarray, folds: Folds) -> None:
        self.folds = folds
        self._spectrum = centred_spectrum(K)
        self._known: dict[float, np.ndarray] = {}

    def of(self, alpha: float) -> np.ndarray:
        """Return H for one penalty, array of shape (n, n)."""
        if alpha not in self._known:
            half = self._spectrum.vectors / np.sqrt(self._spectrum.values + alpha)
            G = half @ half.T
            H = np.zeros_like(G)
            for _, test in self.folds:
                H[test] = -np.linalg.solve(G[np.ix_(test, test)], G[test])
                H[np.ix_(test, test)] = 0.0
            self._known[alpha] = H
        return self._known[alpha]

    def keep(self, alphas: set[float]) -> None:
        """Forget all matrices but those of these penalties."""
        self._known = {alpha: H for alpha, H in self._known.items() if alpha in alphas}


def fold_scores(Y: np.ndarray, predicted: np.ndarray, folds: Folds) -> np.ndarray:
    """Return Pearson r of every column over held-out rows, averaged over folds, shape (q,)."""
    total = np.zeros(Y.shape[1])
    for _, test in folds:
        y, p = Y[test] - Y[test].mean(axis=0), predicted[test] - predicted[test].mean(axis=0)
        yy, pp = np.einsum("nq,nq->q", y, y), np.einsum("nq,nq->q", p, p)
        with np.errstate(invalid="ignore", divide="ignore"):
            total += np.einsum("nq,nq->q", y, p) / np.sqrt(yy * pp)
    return total / len(folds)


def leading(K: np.ndarray, n_dimensions: int) -> np.ndarray:
    """Return the leading principal scores of centred features, unit length each, (n, d)."""
    spectrum = centred_spectrum(K)
    rank = int((spectrum.values > 1e-10 * spectrum.values[-1]).sum())
    return spectrum.vectors[:, ::-1][:, : min(n_dimensions, rank)]
