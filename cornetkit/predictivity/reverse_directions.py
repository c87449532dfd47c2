"""Both directions between neuroids and units, with what is needed to correct them for noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..kernels.alphas import alpha_grid
from ..kernels.correlation import pearson_columns
from ..kernels.primal import ols_primal, ridge_primal
from ..kernels.reliability import spearman_brown
from ..kernels.ridge_grouped import ridge_folds_grouped
from .faint import refuse_faint
from .mapping import check_inner_groups
from .splits import Split
from .summary import mean_over_splits

# Predictions whose range is below this share of the targets' size vary by rounding only.
_ROUNDING = 1e-12

Halves = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Fit:
    """How a direction is fitted.

    Parameters
    ----------
    method
        ``ridge`` or ``ols``.
    alphas
        Penalties of ridge; None for a grid that is scaled to the predictors.
    folds
        Row indices of train and test.
    groups
        A number for each stimulus, shape (stimulus,): a penalty is chosen by leaving out all
        stimuli that share it at once. None: one stimulus at a time.
    """

    method: str
    alphas: tuple[float, ...] | None
    folds: Sequence[Split]
    groups: np.ndarray | None = None

    def held_out(self, X: np.ndarray, Y: np.ndarray) -> list[np.ndarray]:
        """Return predictions of Y (stimulus, target) from X (stimulus, predictor), fold by fold.

        Targets whose predictions do not vary within a fold are NaN there.
        """
        X = X - X.mean(axis=0)
        size = np.maximum(np.ptp(Y, axis=0), np.abs(Y).max(axis=0))
        grid = self.alphas if self.alphas is not None else alpha_grid(X @ X.T)
        predictions = []
        for fitted in self._fitted(X, Y, grid):
            varies = np.ptp(fitted, axis=0) > _ROUNDING * size
            predictions.append(np.where(varies, fitted, np.nan))
        return predictions

    def _fitted(
        self, X: np.ndarray, Y: np.ndarray, grid: Sequence[float] | np.ndarray
    ) -> Iterator[np.ndarray]:
        if self.method == "ridge" and self.groups is not None:
            check_inner_groups(self.groups, self.folds, len(grid))
            K = X @ X.T
            refuse_faint(K, (X * X).sum(axis=0), grid, "predictors")
            yield from ridge_folds_grouped(K, Y, self.folds, self.groups, grid).predictions
            return
        for train, test in self.folds:
            if self.method == "ridge":
                yield ridge_primal(X[train], Y[train], grid).predict(X[test])
            else:
                yield ols_primal(X[train], Y[train]).predict(X[test])


@dataclass(frozen=True)
class Direction:
    """How well targets are predicted, and how well the predictions repeat.

    Parameters
    ----------
    r
        Pearson correlation of predictions and targets within each fold, shape (split, target).
    half_r
        Correlation of the predictions that rest on one half of the repetitions with those that
        rest on the other, mean over folds and halves, shape (target,).
    """

    r: np.ndarray
    half_r: np.ndarray

    @classmethod
    def mean(cls, parts: Sequence[Direction]) -> Direction:
        """Average over draws of predictors."""
        r = mean_over_splits(np.stack([part.r for part in parts]), axis=0)
        return cls(r, mean_over_splits(np.stack([part.half_r for part in parts]), axis=0))

    def consistency(self, k: np.ndarray | float) -> np.ndarray:
        """Return the reliability of the predictions, NaN where halves do not correlate."""
        return spearman_brown(self.half_r, k)


def forward(units: np.ndarray, means: np.ndarray, halves: Sequence[Halves], fit: Fit) -> Direction:
    """Predict neuroids from units; the fits to each half share their predictors.

    Parameters
    ----------
    units
        Shape (stimulus, predictor).
    means
        Responses over all repetitions, shape (stimulus, target).
    halves
        Means over each of two halves of the repetitions, several times, each of that shape.
    fit
        The method.
    """
    n_targets = means.shape[1]
    every = np.concatenate([means, *(half for pair in halves for half in pair)], axis=1)
    held_out = fit.held_out(units, every)
    parts = [
        [predicted[:, i * n_targets : (i + 1) * n_targets] for predicted in held_out]
        for i in range(1 + 2 * len(halves))
    ]
    between = [_r(parts[1 + 2 * i], parts[2 + 2 * i]) for i in range(len(halves))]
    return _direction(means, parts[0], between, fit)


def reverse(means: np.ndarray, units: np.ndarray, halves: Sequence[Halves], fit: Fit) -> Direction:
    """Predict units from neuroids; each half is fitted and predicted from by itself.

    Parameters
    ----------
    means
        Responses over all repetitions, shape (stimulus, predictor).
    units
        Shape (stimulus, target).
    halves
        As in `forward`, of the predictors.
    fit
        The method.
    """
    held_out = fit.held_out(means, units)
    between = [_r(fit.held_out(a, units), fit.held_out(b, units)) for a, b in halves]
    return _direction(units, held_out, between, fit)


def _direction(
    targets: np.ndarray, held_out: list[np.ndarray], between: list[np.ndarray], fit: Fit
) -> Direction:
    r = _r([targets[test] for _, test in fit.folds], held_out)
    each = np.stack([mean_over_splits(one, axis=0) for one in between])
    return Direction(r, mean_over_splits(each, axis=0))


def _r(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> np.ndarray:
    """Correlate within each fold, shape (split, target): never over pooled folds."""
    return np.stack([pearson_columns(a, b) for a, b in zip(first, second, strict=True)])
