"""Features read once, ready to be evaluated on responses: the observed ones, or permuted ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .duplicates import Duplicates
from .evaluate import Evaluation, evaluate_gram
from .evaluate_best_unit import evaluate_best_unit
from .faint import Faint, find_faint, refuse_faint
from .features import Features
from .precision import check_precision
from .protocols import Protocol
from .shared import Shared, evaluate_shared, pairs_of
from .splits import Split
from .streaming import evaluate_units, form_of, needs_units
from .ties import Ties


@dataclass(frozen=True)
class Engine:
    """One area and step.

    Parameters
    ----------
    evaluate
        Takes responses (n, time_bin, neuroid), and whether to keep held-out predictions.
    n_units
        Units of the features.
    free_bins
        Whether every time bin is evaluated by itself, so that any number can go side by side.
    gram
        Gram matrix (n, n), where it is the way to the fits.
    """

    evaluate: Callable[[np.ndarray, bool], Evaluation]
    n_units: int
    free_bins: bool = True
    gram: np.ndarray | None = None


def prepare(
    features: Features,
    ids: Sequence[Any],
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties,
    dtype: str,
    duplicates: Duplicates | None = None,
    gram: np.ndarray | None = None,
) -> Engine:
    """Choose how an area and step is evaluated, and read what all evaluations share.

    `duplicates` is told of the features when they are read for the first time. A Gram matrix
    that is there already, of another engine of the same features, is used again.
    """
    if gram is not None:
        return _of_gram(gram, features.n_units, splits, plan, ties)
    if isinstance(features, Shared):
        read = pairs_of(features, ids, plan, dtype, duplicates)
        n_units = features.parts[0].n_units
        if read is None:
            return _constant(splits, plan, n_units)
        pairs, faint = read
        weights = features.weights
        return Engine(
            lambda Y, keep: evaluate_shared(pairs, weights, Y, splits, plan, ties, keep).but_for(
                faint
            ),
            n_units,
            free_bins=False,
        )
    once = _Once(duplicates)
    if plan.method == "best-unit":
        return Engine(
            lambda Y, keep: evaluate_best_unit(
                once.watch(features.blocks(ids)), Y, splits, keep=keep
            ),
            features.n_units,
        )
    if needs_units(form_of(features.n_units, splits, plan, ties, dtype), plan):
        return Engine(
            lambda Y, keep: evaluate_units(
                lambda: features.blocks(ids),
                features.n_units,
                Y,
                splits,
                plan,
                ties,
                dtype,
                once.take(),
                lambda gram: check_precision(gram, plan, features.label),
                keep,
            ),
            features.n_units,
        )
    found = features.gram(ids, dtype)
    if found.n_constant == found.n_units:
        return _constant(splits, plan, found.n_units)
    if duplicates is not None:
        duplicates.look_at(found.gram, dtype)
    faint = None
    if dtype == "float32":
        check_precision(found.gram, plan, features.label)
    elif plan.method == "ridge":
        refuse_faint(found.gram, found.unit_squares, plan.alphas, features.label)
    else:
        faint = find_faint(found.unit_squares, len(ids))
    return _of_gram(found.gram, found.n_units, splits, plan, ties, faint)


def _of_gram(
    gram: np.ndarray,
    n_units: int,
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties,
    faint: Faint | None = None,
) -> Engine:
    return Engine(
        lambda Y, keep: evaluate_gram(gram, Y, splits, plan, ties, keep).but_for(faint),
        n_units,
        gram=gram,
    )


class _Once:
    """Duplicates for the first reading of the features only."""

    def __init__(self, duplicates: Duplicates | None) -> None:
        self._left = duplicates

    def take(self) -> Duplicates | None:
        taken, self._left = self._left, None
        return taken

    def watch(self, blocks: Any) -> Any:
        taken = self.take()
        return blocks if taken is None else taken.watch(blocks)


def _constant(splits: Sequence[Split], plan: Protocol, n_units: int) -> Engine:
    n_splits = 1 if plan.pooled else len(splits)

    def nothing(Y: np.ndarray, keep: bool) -> Evaluation:
        evaluation = Evaluation.empty(n_splits, *Y.shape[1:])
        evaluation.constant_features = True
        return evaluation

    return Engine(nothing, n_units)
