"""One fold by itself: from its features, or their Gram matrix, to predictions of what it held out.

Standardised features are others in every fold, and fits through the features are made fold by
fold; what all folds share is in `mapping`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..kernels.alphas import relative_grid
from ..kernels.non_negative import non_negative
from ..kernels.pls_primal import pls_primal, pls_separate_primal
from ..kernels.primal import PrimalFit, ols_primal, ridge_primal
from ..kernels.ridge import ridge_dual
from ..kernels.ridge_grouped import ridge_folds_grouped
from .dual_fits import fit_dual, penalty_grid, side_of_grid
from .mapping import check_inner_groups
from .protocols import PENALISED, Protocol
from .splits import Split

# The penalties of the non-negative mapping are one a decade: every one costs a search a neuroid.
N_NON_NEGATIVE_ALPHAS = 9


@dataclass(frozen=True)
class FoldPrediction:
    """What one fold gives.

    Parameters
    ----------
    held_out
        Predictions of the held-out stimuli, shape (n_test, n_targets).
    alpha, edge
        Penalty of each target, and whether it is the lowest (-1) or highest (1) of its grid or
        lies inside (0); None for methods without one. Shape (n_targets,).
    n_components
        Fewest components that PLS could take; None for other methods.
    """

    held_out: np.ndarray
    alpha: np.ndarray | None = None
    edge: np.ndarray | None = None
    n_components: int | None = None


# Features or Gram matrix, responses (n, n_targets), train and test, settings, penalties, groups.
FitFold = Callable[
    [np.ndarray, np.ndarray, Split, Protocol, np.ndarray, np.ndarray | None], FoldPrediction
]


def dual_fold(
    gram: np.ndarray,
    responses: np.ndarray,
    fold: Split,
    plan: Protocol,
    alphas: np.ndarray,
    groups: np.ndarray | None,
) -> FoldPrediction:
    """Fit and predict one fold through the Gram matrix (n, n) of its features."""
    train, test = fold
    inside, Y = gram[np.ix_(train, train)], responses[train]
    per_target = plan.alpha_per == "neuroid"
    if plan.method == "ridge" and groups is not None:
        check_inner_groups(groups, [fold], len(alphas))
        grouped = ridge_folds_grouped(
            gram, responses, [fold], groups, alphas, per_target=per_target
        )
        edge = side_of_grid(grouped.alpha[0], grouped.at_edge[0], alphas)
        return FoldPrediction(grouped.predictions[0], grouped.alpha[0], edge)
    if plan.method == "ridge":
        ridge = ridge_dual(inside, Y, alphas, per_target=per_target)
        edge = side_of_grid(ridge.alpha, ridge.at_edge, alphas)
        return FoldPrediction(ridge.predict(gram[np.ix_(test, train)]), ridge.alpha, edge)
    fit, n_components = fit_dual(inside, Y, plan)
    return FoldPrediction(fit.predict(gram[np.ix_(test, train)]), n_components=n_components)


def primal_fold(
    features: np.ndarray,
    responses: np.ndarray,
    fold: Split,
    plan: Protocol,
    alphas: np.ndarray,
    groups: np.ndarray | None,
) -> FoldPrediction:
    """Fit and predict one fold through its features (n, units); ridge leaves out single stimuli."""
    train, test = fold
    X, Y = features[train], responses[train]
    fit: PrimalFit
    alpha = edge = n_components = None
    if plan.method == "ridge":
        ridge = ridge_primal(X, Y, alphas, per_target=plan.alpha_per == "neuroid")
        fit, alpha, edge = ridge, ridge.alpha, side_of_grid(ridge.alpha, ridge.at_edge, alphas)
    elif plan.method == "non-negative":
        if groups is not None:
            check_inner_groups(groups, [fold], len(alphas))
        positive = non_negative(
            X,
            Y,
            alphas,
            per_target=plan.alpha_per == "neuroid",
            groups=None if groups is None else groups[train],
            rng=plan.seed,
        )
        fit, alpha = positive, positive.alpha
        edge = side_of_grid(positive.alpha, positive.at_edge, alphas)
    elif plan.method == "ols":
        fit = ols_primal(X, Y)
    elif plan.targets == "joint":
        joint = pls_primal(X, Y, plan.n_components)
        fit, n_components = joint, int(joint.n_components)
    else:
        separate = pls_separate_primal(X, Y, plan.n_components)
        fit, n_components = separate, int(np.min(separate.n_components))
    return FoldPrediction(fit.predict(features[test]), alpha, edge, n_components)


def penalties(plan: Protocol, square: float, n_stimuli: int) -> np.ndarray:
    """Return the penalties to choose from.

    Parameters
    ----------
    plan
        Says which; methods without a penalty get none.
    square
        Sum of the squares of the centred features: the trace of their Gram matrix.
    n_stimuli
        Stimuli that they are summed over.
    """
    if plan.method not in PENALISED:
        return np.empty(0)
    n = 25 if plan.method == "ridge" else N_NON_NEGATIVE_ALPHAS
    return penalty_grid(plan, lambda: relative_grid(square / (n_stimuli - 1), n))
