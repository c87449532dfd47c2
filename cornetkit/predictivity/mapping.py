"""From a Gram matrix and responses to predictions of the held-out stimuli of every fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..kernels.alphas import BRAINSCORE_ALPHAS, alpha_grid
from ..kernels.dual import DualFit
from ..kernels.ols import ols_dual
from ..kernels.pls import pls_sets
from ..kernels.pls_separate import pls_separate_dual
from ..kernels.ridge_folds import ridge_folds
from ..kernels.ridge_grouped import ridge_folds_grouped
from .protocols import Protocol
from .splits import Split


@dataclass(frozen=True)
class Predictions:
    """Predictions over folds.

    Parameters
    ----------
    held_out
        One array of shape (n_test, n_targets) a fold.
    alpha, edge
        Ridge penalty of each fold and target, and whether it is the lowest (-1) or highest (1) of
        its grid or lies inside (0); None for other methods. Shape (n_folds, n_targets).
    n_components
        Fewest components that PLS could take in a fold; None for other methods.
    """

    held_out: list[np.ndarray]
    alpha: np.ndarray | None = None
    edge: np.ndarray | None = None
    n_components: int | None = None


def predict_folds(
    gram: np.ndarray,
    responses: np.ndarray,
    folds: Sequence[Split],
    protocol: Protocol,
    groups: np.ndarray | None = None,
) -> Predictions:
    """Fit on the training stimuli of each fold and predict the held-out ones.

    Parameters
    ----------
    gram
        Gram matrix of all stimuli, shape (n, n).
    responses
        Shape (n, n_targets), without NaN.
    folds
        Row indices of train and test.
    protocol
        Says the method and its settings.
    groups
        Shape (n,): a penalty is chosen by leaving out all stimuli of a group at once. None: one
        stimulus at a time.
    """
    if protocol.method == "ridge":
        alphas = _alphas(protocol, gram)
        per_target = protocol.alpha_per == "neuroid"
        if groups is None:
            fit = ridge_folds(gram, responses, folds, alphas, per_target=per_target)
        else:
            check_inner_groups(groups, folds, len(alphas))
            fit = ridge_folds_grouped(gram, responses, folds, groups, alphas, per_target=per_target)
        edge = np.where(fit.alpha == alphas.min(), -1, 1) * fit.at_edge
        return Predictions(fit.predictions, fit.alpha, edge)
    if protocol.targets == "joint":
        return predict_joint(gram, [responses], folds, protocol)[0]
    trains = [train for train, _ in folds]
    fits: Sequence[DualFit]
    n_components = None
    if protocol.method == "ols":
        fits = [ols_dual(gram[np.ix_(train, train)], responses[train]) for train in trains]
    else:
        separate = [
            pls_separate_dual(gram[np.ix_(t, t)], responses[t], protocol.n_components)
            for t in trains
        ]
        fits, n_components = separate, min(int(np.min(f.n_components)) for f in separate)
    held_out = [
        fit.predict(gram[np.ix_(test, train)])
        for fit, (train, test) in zip(fits, folds, strict=True)
    ]
    return Predictions(held_out, n_components=n_components)


def predict_joint(
    gram: np.ndarray, sets: Sequence[np.ndarray], folds: Sequence[Split], protocol: Protocol
) -> list[Predictions]:
    """Fit joint PLS to several sets of responses (n, n_targets), say time bins, side by side."""
    fits = pls_sets(gram, sets, [train for train, _ in folds], protocol.n_components)
    held_out: list[list[np.ndarray]] = [[] for _ in sets]
    for f, (train, test) in enumerate(folds):
        products = gram[np.ix_(test, train)]
        for k, of_set in enumerate(fits):
            held_out[k].append(of_set[f].predict(products))
    return [
        Predictions(held, n_components=min(fit.n_components for fit in of_set))
        for held, of_set in zip(held_out, fits, strict=True)
    ]


def check_inner_groups(groups: np.ndarray, folds: Sequence[Split], n_alphas: int) -> None:
    """Raise where a fold trains on one group: leaving it out leaves nothing to fit."""
    fewest = min(len(np.unique(groups[train])) for train, _ in folds)
    if fewest < 2 and n_alphas > 1:
        raise InputError(
            "a fold trains on one group only, so no group can be left out to choose a penalty; "
            "give one penalty (alphas=1.0), or groups of 3 values or more"
        )


def _alphas(protocol: Protocol, gram: np.ndarray) -> np.ndarray:
    if protocol.alphas == "relative":
        # Scaled by the features of all stimuli: no response enters, and all folds share one grid.
        return alpha_grid(gram)
    if protocol.alphas == "brainscore":
        return np.asarray(BRAINSCORE_ALPHAS)
    return np.asarray(protocol.alphas, dtype=float)
