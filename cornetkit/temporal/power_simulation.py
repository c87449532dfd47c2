"""Recordings simulated from every candidate, and what every candidate then scores."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..kernels.alphas import relative_grid
from .power_smoothers import Folds, Smoothers, fold_scores

# Simulated neuroids of the pilot, by which penalties are chosen. Of few a penalty is a matter of
# luck, the same in all simulations: from 8 of reliability .08 the planted step was found in 8 % of
# them, others in 37 %.
_PILOT = 240
_N_ALPHAS = 9

Signal = Callable[[int, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Simulated:
    """Scores: median over neuroids of the mean held-out r.

    Attributes
    ----------
    scores : array of shape (n_simulations, n_planted + 1, n_features)
        What each set of features scores under each planted one; the last is noise alone.
    alphas : array of shape (n_planted + 1, n_features)
        The penalty of each, in units of the features' mean eigenvalue.
    """

    scores: np.ndarray
    alphas: np.ndarray


def simulate(
    grams: Sequence[np.ndarray],
    signals: Sequence[Signal],
    noise_variance: np.ndarray,
    folds: Folds,
    n_simulations: int,
    rng: np.random.Generator,
    progress: bool | None,
) -> Simulated:
    """Simulate mean responses and score them.

    Parameters
    ----------
    grams
        Of each set of features, (n, n), with a mean eigenvalue of 1.
    signals
        Of each planted candidate: a function of the number of neuroids and a generator that
        returns (n, q) responses without noise, of mean 0 and variance 1 over stimuli.
    noise_variance
        Of each neuroid's mean response, (q,).
    folds, n_simulations, rng, progress
        As in `power`.
    """
    n, q = grams[0].shape[0], noise_variance.size
    smoothers = [Smoothers(K, folds) for K in grams]
    grid = relative_grid(1.0, _N_ALPHAS)

    def responses(count: int) -> np.ndarray:
        """Columns of every planted candidate side by side, noise alone last."""
        columns = rng.permutation(q)[:count] if count < q else np.arange(q)
        sd = np.sqrt(noise_variance[columns])
        parts = [signal(count, rng) for signal in signals] + [np.zeros((n, count))]
        return np.concatenate(
            [part + sd * rng.standard_normal((n, count)) for part in parts], axis=1
        )

    hidden = not sys.stderr.isatty() if progress is None else not progress
    n_planted, count = len(signals) + 1, min(q, _PILOT)
    drawn = [responses(count).reshape(n, n_planted, count) for _ in range(-(-_PILOT // count))]
    pilot = np.concatenate(drawn, axis=2).reshape(n, -1)
    alphas = np.empty((n_planted, len(grams)))
    for f, smoother in enumerate(smoothers):
        of_alpha = np.stack(
            [_by_planted(pilot, smoother.of(a) @ pilot, folds, n_planted) for a in grid]
        )
        alphas[:, f] = grid[np.argmax(of_alpha, axis=0)]
        # Only these are needed from now on.
        smoother.keep(set(alphas[:, f].tolist()))
    scores = np.empty((n_simulations, n_planted, len(grams)))
    bar = tqdm(range(n_simulations), desc="simulating", unit="recording", disable=hidden)
    for s in bar:
        Y = responses(q)
        for f, smoother in enumerate(smoothers):
            predicted = np.empty_like(Y)
            for alpha in np.unique(alphas[:, f]):
                columns = np.repeat(alphas[:, f] == alpha, q)
                predicted[:, columns] = smoother.of(float(alpha)) @ Y[:, columns]
            scores[s, :, f] = _by_planted(Y, predicted, folds, n_planted)
    return Simulated(scores, alphas)


def _by_planted(Y: np.ndarray, predicted: np.ndarray, folds: Folds, n_planted: int) -> np.ndarray:
    return np.nanmedian(fold_scores(Y, predicted, folds).reshape(n_planted, -1), axis=1)


def random_mixture(basis: np.ndarray) -> Signal:
    """Plant neuroids that mix the leading dimensions of a candidate at random."""

    def draw(count: int, rng: np.random.Generator) -> np.ndarray:
        mixed = basis @ rng.standard_normal((basis.shape[1], count))
        return mixed / mixed.std(axis=0)

    return draw


def fitted_population(fitted: np.ndarray) -> Signal:
    """Plant what a candidate predicts of neuroids that were recorded, (n, q)."""
    signal = fitted - fitted.mean(axis=0)
    signal = signal / signal.std(axis=0)

    def draw(count: int, rng: np.random.Generator) -> np.ndarray:
        if count >= signal.shape[1]:
            return signal[:, np.arange(count) % signal.shape[1]]
        return signal[:, rng.permutation(signal.shape[1])[:count]]

    return draw
