"""From a Gram matrix and responses to predictions of the held-out stimuli of every fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..kernels.alphas import alpha_grid
from ..kernels.pls import pls_sets
from ..kernels.ridge_factored import ridge_folds_factored
from ..kernels.ridge_folds import ridge_folds
from ..kernels.ridge_grouped import ridge_folds_grouped
from .dual_fits import fit_dual, penalty_grid, side_of_grid
from .protocols import Protocol
from .splits import Split

# Training stimuli beyond which eigenvectors cost more than a factor for each penalty.
MANY_STIMULI = 10_000
# Of so many, this many are left out to choose a penalty.
N_LEFT_OUT = 1000


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
    plan: Protocol,
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
    plan
        Says the method and its settings.
    groups
        Shape (n,): a penalty is chosen by leaving out all stimuli of a group at once. None: one
        stimulus at a time.
    """
    if plan.method == "ridge":
        # Scaled by the features of all stimuli: no response enters, and all folds share one grid.
        alphas = penalty_grid(plan, lambda: alpha_grid(gram))
        per_target = plan.alpha_per == "neuroid"
        if groups is None and _many(folds):
            fit = ridge_folds_factored(
                gram,
                responses,
                folds,
                alphas,
                per_target=per_target,
                n_left_out=N_LEFT_OUT,
                rng=plan.seed,
                overwrite=True,
            )
        elif groups is None:
            fit = ridge_folds(gram, responses, folds, alphas, per_target=per_target)
        else:
            check_inner_groups(groups, folds, len(alphas))
            fit = ridge_folds_grouped(gram, responses, folds, groups, alphas, per_target=per_target)
        edge = side_of_grid(fit.alpha, fit.at_edge, alphas)
        return Predictions(fit.predictions, fit.alpha, edge)
    if plan.targets == "joint":
        return predict_joint(gram, [responses], folds, plan)[0]
    held_out, fewest = [], []
    for train, test in folds:
        dual, n_components = fit_dual(gram[np.ix_(train, train)], responses[train], plan)
        held_out.append(dual.predict(gram[np.ix_(test, train)]))
        fewest += [] if n_components is None else [n_components]
    return Predictions(held_out, n_components=min(fewest, default=None))


def predict_joint(
    gram: np.ndarray, sets: Sequence[np.ndarray], folds: Sequence[Split], plan: Protocol
) -> list[Predictions]:
    """Fit joint PLS to several sets of responses (n, n_targets), say time bins, side by side."""
    fits = pls_sets(gram, sets, [train for train, _ in folds], plan.n_components)
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


def describe_route(splits: Sequence[Split], plan: Protocol, groups: np.ndarray | None) -> list[str]:
    """Say where penalties are chosen by a sample of the training stimuli."""
    if plan.method != "ridge" or plan.standardize or groups is not None or not _many(splits):
        return []
    most = max(len(train) for train, _ in splits)
    return [
        f"with {most:,} training stimuli, penalties are chosen by leaving out {N_LEFT_OUT:,} of "
        "them, drawn by the seed; the fits are exact"
    ]


def _many(folds: Sequence[Split]) -> bool:
    return max(len(train) for train, _ in folds) > MANY_STIMULI
