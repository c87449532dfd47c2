"""One mapping for all time bins: samples are stimulus x bin, scored bin by bin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.alphas import alpha_grid
from ..kernels.centring import double_centre
from ..kernels.correlation import pearson_columns
from ..kernels.gram import GramResult, gram
from ..kernels.mixed_rows import MixedRows, mixed_rows
from ..kernels.offset import Offset
from ..kernels.ridge_grouped import ridge_folds_grouped
from .dual_fits import fit_dual, penalty_grid, side_of_grid
from .duplicates import Duplicates
from .evaluate import Evaluation, restrict, varying
from .faint import Faint, find_faint, refuse_faint
from .kept import Kept
from .mapping import Predictions, check_inner_groups
from .precision import check_precision
from .protocols import Protocol
from .splits import MIN_TEST, Split
from .stack import Stack
from .step_alignment import StepAlignment
from .ties import UNTIED, Ties

# What a mapping over all time bins needs is in the Gram matrix of (step, stimulus) pairs.
METHODS = ("ridge", "pls", "ols")


@dataclass(frozen=True)
class Shared(Stack):
    """The steps of one area that stand for the time bins.

    Parameters
    ----------
    weights
        How much of each part is in a time bin, shape (time_bin, step).
    main_steps
        The step of most weight of each bin, shape (time_bin,).
    """

    weights: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    main_steps: np.ndarray = field(default_factory=lambda: np.empty(0, int))

    @classmethod
    def aligned(cls, alignment: StepAlignment) -> Shared:
        """Put the steps of an alignment together."""
        # No window of its own: every time bin has that of its step.
        stack = vars(Stack.of(alignment.features)) | {"time_ms": (np.nan, np.nan)}
        return cls(**stack, weights=alignment.weights, main_steps=alignment.main_steps)

    def pair_gram(self, ids: Sequence[Any], dtype: str = "float64") -> GramResult:
        """Return the Gram matrix of (step, stimulus) pairs, step by step; units are streamed."""
        streams = zip(*(part.blocks(ids) for part in self.parts), strict=True)
        rows = len(self.parts) * len(ids)
        return gram((np.concatenate(blocks) for blocks in streams), rows, dtype=dtype)


def pairs_of(
    features: Shared, ids: Sequence[Any], plan: Protocol, dtype: str, duplicates: Duplicates | None
) -> tuple[np.ndarray, Faint | None] | None:
    """Read the features of one area once: their products by step, None where all are constant.

    With them come the units that rounding hides, for methods other than ridge.
    """
    gram = features.pair_gram(ids, dtype)
    if gram.n_constant == gram.n_units:
        return None
    pairs = gram.gram
    n = len(ids)
    if duplicates is not None:
        duplicates.look_at(
            double_centre(sum(pairs[k : k + n, k : k + n] for k in range(0, len(pairs), n))), dtype
        )
    faint = None
    if dtype == "float32":
        check_precision(pairs, plan, features.label)
    elif plan.method == "ridge":
        refuse_faint(pairs, gram.unit_squares, plan.alphas, features.label)
    else:
        faint = find_faint(gram.unit_squares, len(pairs))
    return pairs, faint


def evaluate_shared(
    pair_gram: np.ndarray,
    weights: np.ndarray,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties = UNTIED,
    keep: bool = False,
) -> Evaluation:
    """Cross-validate one mapping over all time bins; all bins of a stimulus are in one fold.

    Parameters
    ----------
    pair_gram
        Gram matrix of (step, stimulus) pairs, step by step, shape (n_steps * n, n_steps * n).
    weights
        How much of each step is in a time bin, shape (time_bin, n_steps).
    responses
        Shape (n, time_bin, neuroid); NaN where a neuroid has no response.
    splits
        Row indices of train and test stimuli.
    plan
        The method and its settings.
    ties
        What keeps stimuli, or neuroids, together. A penalty is chosen by leaving out all samples
        of a stimulus (or group) at once: its other bins would tell of the one left out.
    keep
        Keep the predictions that are correlated.
    """
    n, n_bins, n_neuroids = responses.shape
    result = Evaluation.empty(len(splits), n_bins, n_neuroids)
    kept = Kept.of([test for _, test in splits], responses, keep)
    fewest = []
    for columns, present in _jobs(responses, plan, ties.parts):
        stimuli = np.flatnonzero(present.any(axis=1))
        numbers, folds = restrict(splits, stimuli, n)
        if not folds:
            continue
        observed = responses[:, :, columns]
        mean = observed[present].mean(axis=0)
        rows = mixed_rows(weights, present)
        targets = rows.targets(np.where(present[:, :, None], observed - mean, 0.0))
        folds = [(stimuli[train], stimuli[test]) for train, test in folds]
        groups = rows.stimulus if ties.groups is None else ties.groups[rows.stimulus]
        found = _predict(rows, rows.gram(pair_gram), targets, folds, groups, plan)
        for i, (k, (_, test)) in enumerate(zip(numbers, folds, strict=True)):
            predicted = np.zeros_like(targets)
            predicted[rows.of(test)] = found.held_out[i]
            samples = rows.samples(predicted, n) + mean
            for b in range(n_bins):
                held = test[present[test, b]]
                if len(held) >= MIN_TEST:
                    held_out = varying(samples[held, b], observed[present[:, b], b])
                    result.r[k, b, columns] = pearson_columns(observed[held, b], held_out)
                    kept.put(k, held, b * n_neuroids + columns, held_out)
            if found.alpha is not None and found.edge is not None:
                result.alpha[k][:, columns] = found.alpha[i]
                result.edge[k][:, columns] = found.edge[i]
        if found.n_components is not None:
            fewest.append(found.n_components)
    result.n_components = min(fewest, default=None)
    result.held_out = kept.values
    return result


def _jobs(
    responses: np.ndarray, plan: Protocol, parts: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (columns, present): neuroids that are fitted in one go, and the samples they have."""
    present = ~np.isnan(responses)
    tied = plan.ties_neuroids
    columns = np.flatnonzero(present.any(axis=(0, 1)))
    together = [columns]
    if tied and parts is not None:
        together = [columns[parts[columns] == part] for part in np.unique(parts[columns])]
    for group in together:
        if not group.size:
            continue
        patterns, which = np.unique(present[:, :, group], axis=2, return_inverse=True)
        if tied and patterns.shape[2] > 1:
            partly = int((~present[:, :, group].all(axis=(0, 1))).sum())
            raise InputError(
                f"{partly} of {len(group)} neuroids have no response to some stimuli or in some "
                "time bins, and a fit that ties neuroids together needs the same samples for all; "
                "use method='ridge', alpha_per='neuroid' (--method ridge --alpha-per neuroid), or "
                "take out those neuroids"
            )
        for i in range(patterns.shape[2]):
            yield group[which.reshape(-1) == i], patterns[:, :, i]


def _predict(
    rows: MixedRows,
    K: np.ndarray,
    targets: np.ndarray,
    folds: Sequence[Split],
    groups: np.ndarray,
    plan: Protocol,
) -> Predictions:
    """Fit on the rows of the training stimuli of each fold and predict those held out."""
    pairs = [
        (
            np.flatnonzero(np.isin(rows.stimulus, train)),
            np.flatnonzero(np.isin(rows.stimulus, test)),
        )
        for train, test in folds
    ]
    if plan.method == "ridge":
        # Their unit is the mean eigenvalue once the intercept is out: bins that share a step make
        # the fit as stiff as their mean would be with one bin.
        alphas = penalty_grid(plan, lambda: alpha_grid(Offset(rows.factors).turn_gram(K)))
        check_inner_groups(groups, pairs, len(alphas))
        ridge = ridge_folds_grouped(
            K,
            targets,
            pairs,
            groups,
            alphas,
            factors=rows.factors,
            per_target=plan.alpha_per == "neuroid",
        )
        edge = side_of_grid(ridge.alpha, ridge.at_edge, alphas)
        return Predictions(ridge.predictions, ridge.alpha, edge)
    held_out, fewest = [], []
    for train, test in pairs:
        offset = Offset(rows.factors[train])
        K_train = K[np.ix_(train, train)]
        turned = offset.turn_gram(K_train), offset.turn(targets[train])
        fit, n_components = fit_dual(*turned, plan)
        coef = offset.turn(fit.coef)
        intercept = offset.intercept(targets[train] - K_train @ coef)
        held_out.append(
            K[np.ix_(test, train)] @ coef + np.multiply.outer(rows.factors[test], intercept)
        )
        fewest += [] if n_components is None else [n_components]
    return Predictions(held_out, n_components=min(fewest, default=None))
