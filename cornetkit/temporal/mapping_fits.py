"""Ridge of one mapping for several time bins, or of one for each, in few dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kernels.alphas import relative_grid

# Penalties to choose from, three every two decades.
N_ALPHAS = 13

# Features (n, d), and the responses (n, bin, neuroid) of the bins that they stand for.
Samples = Sequence[tuple[np.ndarray, np.ndarray]]
Split = tuple[np.ndarray, np.ndarray]


def fit_mapping(
    X: np.ndarray,
    weights: np.ndarray,
    Y: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    inner: Sequence[Split],
    together: bool,
) -> np.ndarray:
    """Fit on `train` and predict `test`, with an intercept a bin.

    Parameters
    ----------
    X
        Features, shape (step, n, d).
    weights
        Shares of the steps in the time bins, shape (time_bin, step); bins without any stay NaN.
    Y
        Responses, shape (n, time_bin, neuroid). Missing ones count as their mean.
    train, test
        Row indices.
    inner
        Pairs of parts of `train` that a penalty is chosen by: of each neuroid, or of each neuroid
        and bin.
    together
        One mapping for all bins, or one for each.

    Returns
    -------
    array of shape (n_test, time_bin, neuroid)
    """
    result = np.full((len(test), *Y.shape[1:]), np.nan)
    mixed, which = np.unique(weights, axis=0, return_inverse=True)
    which = np.where(weights.any(axis=1), which.ravel(), -1)
    bins = [np.flatnonzero(which == k) for k in np.unique(which[which >= 0])]
    samples = [(np.tensordot(mixed[which[b[0]]], X, axes=1), Y[:, b]) for b in bins]
    # Bins that share a step share its products, but no weights unless all are fitted together.
    jobs = [list(range(len(bins)))] if together else [[k] for k in range(len(bins))]
    for job in jobs if bins else []:
        chosen = [samples[k] for k in job]
        for k, predicted in zip(
            job, choose_and_fit(chosen, train, test, inner, together), strict=True
        ):
            result[:, bins[k]] = predicted
    return result


def choose_and_fit(
    samples: Samples,
    train: np.ndarray,
    test: np.ndarray,
    inner: Sequence[Split],
    together: bool,
) -> list[np.ndarray]:
    """Return predictions (n_test, bin, neuroid) of each set of samples, the penalty by `inner`.

    With `together`, one mapping for all sets and their bins; otherwise one set is given, and each
    of its bins has a mapping of its own.
    """
    square = sum(
        ((F[train] - F[train].mean(axis=0)) ** 2).sum() * (Y.shape[1] if together else 1)
        for F, Y in samples
    )
    n_bins = sum(Y.shape[1] for _, Y in samples) if together else 1
    alphas = relative_grid(float(square) / max(len(train) * n_bins - 1, 1), N_ALPHAS)
    error: np.ndarray | float = 0.0
    for fit_on, check in inner:
        fit = _Ridge(samples, fit_on, together)
        error = error + fit.errors(check, alphas)
    fit = _Ridge(samples, train, together)
    best = alphas[np.argmin(error, axis=0)] if inner else np.full(fit.rotated.shape[1], alphas[-1])
    return fit.predict(fit.coef(best), test)


class _Ridge:
    """Ridge on products of features, each set of samples centred by its own means."""

    def __init__(self, samples: Samples, train: np.ndarray, together: bool) -> None:
        self.samples, self.together = samples, together
        self.means = [(F[train].mean(axis=0), np.nanmean(Y[train], axis=0)) for F, Y in samples]
        A, C, _ = self.moments(train)
        values, self.vectors = np.linalg.eigh(A)
        self.values = np.maximum(values, 0.0)
        self.rotated = self.vectors.T @ C

    def moments(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return X'X (d, d), X'Y (d, target) and Y'Y (target,) of some stimuli, over all bins."""
        A, C, squares = 0.0, 0.0, 0.0
        for (F, Y), (f_mean, y_mean) in zip(self.samples, self.means, strict=True):
            X = F[rows] - f_mean
            targets = np.nan_to_num(Y[rows] - y_mean)
            if self.together:
                A = A + Y.shape[1] * (X.T @ X)
                C = C + X.T @ targets.sum(axis=1)
                squares = squares + (targets**2).sum(axis=(0, 1))
            else:
                A = A + X.T @ X
                C = C + X.T @ targets.reshape(len(rows), -1)
                squares = squares + (targets**2).sum(axis=0).ravel()
        return np.asarray(A), np.asarray(C), np.asarray(squares)

    def errors(self, rows: np.ndarray, alphas: np.ndarray) -> np.ndarray:
        """Return the squared error (alpha, target) of left-out rows under each penalty.

        From their products, not prediction by prediction, in the basis of the eigenvectors.
        """
        A, C, squares = self.moments(rows)
        A, twice = self.vectors.T @ A @ self.vectors, 2 * (self.vectors.T @ C)
        found = np.empty((len(alphas), len(squares)))
        for alpha, out in zip(alphas, found, strict=True):
            w = self.rotated / (self.values[:, None] + alpha)
            pulled = A @ w
            pulled -= twice
            out[:] = squares + np.einsum("dt,dt->t", w, pulled)
        return found

    def coef(self, alpha: np.ndarray | float) -> np.ndarray:
        """Return weights (d, target) under one penalty, or one for each target."""
        return np.asarray(self.vectors @ (self.rotated / (self.values[:, None] + alpha)))

    def predict(self, coef: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
        """Return predictions (row, bin, neuroid) of each set of samples."""
        found = []
        for (F, Y), (f_mean, y_mean) in zip(self.samples, self.means, strict=True):
            values = (F[rows] - f_mean) @ coef
            shape = (len(rows), 1, -1) if self.together else (len(rows), *Y.shape[1:])
            found.append(values.reshape(shape) + y_mean)
        return found
