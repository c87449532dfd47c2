"""Cross-validated correlations of one area and step with every neuroid and time bin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError
from ..kernels.correlation import pearson_columns
from .faint import Faint
from .kept import Kept, scored_rows
from .mapping import Predictions, predict_folds, predict_joint
from .protocols import Protocol
from .splits import MIN_TEST, Split
from .ties import UNTIED, Ties

# Predictions whose range is below this share of the responses are constant.
_ROUNDING = 1e-12


@dataclass
class Evaluation:
    """What cross-validation gives for one area and step.

    Parameters
    ----------
    r
        Pearson correlation over the held-out stimuli, shape (split, time_bin, neuroid).
    alpha, edge
        Ridge penalties, and whether each is the lowest (-1) or highest (1) of its grid or lies
        inside (0), the same shape.
    n_components
        Fewest components that PLS took in any fold; None for other methods.
    constant_features
        Whether all features are constant over the stimuli, so that nothing could be fitted.
    form
        ``dual``: fitted through the Gram matrix of the stimuli; ``primal``: through the units.
    reliability
        Of predictions fitted to halves of the repetitions, shape (time_bin, neuroid), where the
        normalisation asks for it.
    n_constant_units
        Units that were constant over the training stimuli of each split, where that was looked
        at; shape (split,).
    faint
        Units that rounding hides from PLS and least squares; None for other methods.
    held_out
        What `r` correlates, where it was to be kept: predictions of the held-out stimuli of each
        split, (n_test, time_bin * neuroid), NaN where there is none.
    """

    r: np.ndarray
    alpha: np.ndarray
    edge: np.ndarray
    n_components: int | None = None
    constant_features: bool = False
    form: str = "dual"
    reliability: np.ndarray | None = None
    n_constant_units: np.ndarray | None = None
    faint: Faint | None = None
    held_out: list[np.ndarray] | None = None

    @classmethod
    def empty(cls, n_splits: int, n_bins: int, n_neuroids: int) -> Evaluation:
        """Return an evaluation in which nothing is defined."""
        shape = (n_splits, n_bins, n_neuroids)
        return cls(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int8))

    def but_for(self, faint: Faint | None) -> Evaluation:
        """Return the evaluation with the units that rounding hid from it."""
        return replace(self, faint=faint)


def evaluate_gram(
    gram: np.ndarray,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties = UNTIED,
    keep: bool = False,
) -> Evaluation:
    """Cross-validate a method that needs the features through their Gram matrix only.

    Parameters
    ----------
    gram
        Shape (n, n).
    responses
        Shape (n, time_bin, neuroid); NaN where a neuroid has no response to a stimulus.
    splits
        Row indices of train and test.
    plan
        The method and its settings; where its correlations are pooled over the folds, there is
        one entry along the splits, and penalties are their medians over the folds.
    ties
        What keeps stimuli, or neuroids, together.
    keep
        Keep the predictions that are correlated.
    """
    n_bins, n_neuroids = responses.shape[1:]
    n_splits = 1 if plan.pooled else len(splits)
    kept = Kept.of(scored_rows(splits, plan), responses, keep)
    result = Evaluation.empty(n_splits, n_bins, n_neuroids)
    r, alpha, edge = (x.reshape(n_splits, -1) for x in (result.r, result.alpha, result.edge))
    fewest = []
    for job in _fitted(gram, responses, splits, plan, ties):
        columns, targets, found = job.columns, job.targets, job.found
        if plan.pooled:
            tests = np.concatenate([test for _, test in job.folds])
            held_out = varying(np.concatenate(found.held_out), targets)
            r[0, columns] = pearson_columns(targets[tests], held_out)
            kept.put(0, job.rows[tests], columns, held_out)
            if found.alpha is not None and found.edge is not None:
                alpha[0, columns] = np.median(found.alpha, axis=0)
                edge[0, columns] = np.median(found.edge, axis=0)
        else:
            for i, (k, (_, test)) in enumerate(zip(job.numbers, job.folds, strict=True)):
                held_out = varying(found.held_out[i], targets)
                r[k, columns] = pearson_columns(targets[test], held_out)
                kept.put(k, job.rows[test], columns, held_out)
                if found.alpha is not None and found.edge is not None:
                    alpha[k, columns], edge[k, columns] = found.alpha[i], found.edge[i]
        if found.n_components is not None:
            fewest.append(found.n_components)
    result.n_components = min(fewest, default=None)
    result.held_out = kept.values
    return result


def held_out_predictions(
    gram: np.ndarray,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties = UNTIED,
) -> list[np.ndarray]:
    """Return what `evaluate_gram` correlates: predictions of the held-out stimuli of each split.

    One array of shape (n_test, time_bin * neuroid) a split, NaN where nothing could be fitted.
    """
    kept = Kept([test for _, test in splits], responses)
    for job in _fitted(gram, responses, splits, plan, ties):
        for k, (_, test), values in zip(job.numbers, job.folds, job.found.held_out, strict=True):
            kept.put(k, job.rows[test], job.columns, values)
    return kept.held_out


@dataclass(frozen=True)
class _Job:
    """Targets `columns` fitted on stimuli `rows`; folds, their numbers and targets by `rows`."""

    columns: np.ndarray
    rows: np.ndarray
    numbers: list[int]
    folds: list[Split]
    targets: np.ndarray
    found: Predictions


def _fitted(
    gram: np.ndarray,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    ties: Ties,
) -> Iterator[_Job]:
    n, n_bins, _ = responses.shape
    flat = responses.reshape(n, -1)
    for rows, columns_of in _by_rows(jobs(flat, n_bins, plan, ties.parts), plan):
        numbers, folds = restrict(splits, rows, n)
        if not folds:
            continue
        inside = gram if len(rows) == n else gram[np.ix_(rows, rows)]
        targets_of = [_part(flat, rows, columns) for columns in columns_of]
        if plan.targets == "joint":
            found_of = predict_joint(inside, targets_of, folds, plan)
        else:
            found_of = [
                predict_folds(inside, targets, folds, plan, ties.of(rows)) for targets in targets_of
            ]
        for columns, targets, found in zip(columns_of, targets_of, found_of, strict=True):
            yield _Job(columns, rows, numbers, folds, targets, found)


def _part(flat: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return these responses; all of them as they are, since they can be most of the memory."""
    whole = len(rows) == flat.shape[0] and len(columns) == flat.shape[1]
    return flat if whole else flat[np.ix_(rows, columns)]


def _by_rows(
    todo: Iterable[tuple[np.ndarray, np.ndarray]], plan: Protocol
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Yield (rows, columns of the jobs on them): those of joint PLS go side by side."""
    waiting: list[np.ndarray] = []
    shared = np.empty(0, dtype=int)
    for columns, rows in todo:
        if waiting and not (plan.targets == "joint" and np.array_equal(rows, shared)):
            yield shared, waiting
            waiting = []
        waiting.append(columns)
        shared = rows
    if waiting:
        yield shared, waiting


def varying(predicted: np.ndarray, responses: np.ndarray) -> np.ndarray:
    """Return predictions with those that vary by rounding only set to NaN.

    A fit that says nothing about the held-out stimuli predicts their mean; the last digits of it
    would correlate with anything.
    """
    # Without a copy of the responses, which may be most of the memory.
    low, high = responses.min(axis=0), responses.max(axis=0)
    rounding = _ROUNDING * np.maximum(high - low, np.maximum(np.abs(low), np.abs(high)))
    return np.where(np.ptp(predicted, axis=0) > rounding, predicted, np.nan)


def restrict(splits: Sequence[Split], rows: np.ndarray, n: int) -> tuple[list[int], list[Split]]:
    """Return the splits in terms of `rows` only, without those that keep too few stimuli."""
    place = np.full(n, -1)
    place[rows] = np.arange(len(rows))
    kept = [(k, place[train], place[test]) for k, (train, test) in enumerate(splits)]
    usable = [
        (k, train[train >= 0], test[test >= 0])
        for k, train, test in kept
        if min((train >= 0).sum(), (test >= 0).sum()) >= MIN_TEST
    ]
    return [k for k, _, _ in usable], [(train, test) for _, train, test in usable]


def jobs(
    flat: np.ndarray, n_bins: int, plan: Protocol, parts: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (columns, rows): targets that are fitted in one go, on the stimuli that they have."""
    columns = np.arange(flat.shape[1])
    tied = plan.ties_neuroids
    complete = ~np.isnan(flat.min(axis=0))
    # Those of a time bin are tied together, but not one time bin to another.
    together = np.split(columns, n_bins) if tied else [columns]
    if tied and parts is not None:
        together = [bin_[parts == part] for bin_ in together for part in np.unique(parts)]
    for group in together:
        if complete[group].all():
            yield group, np.arange(len(flat))
            continue
        present = ~np.isnan(flat[:, group])
        group, present = group[present.any(axis=0)], present[:, present.any(axis=0)]
        if not len(group):
            continue
        patterns, which = np.unique(present, axis=1, return_inverse=True)
        if tied and patterns.shape[1] > 1:
            partly = int((~present.all(axis=0)).sum())
            apart = (
                "alpha_per='neuroid' (--alpha-per neuroid)"
                if plan.method == "ridge"
                else "method='ridge' (--method ridge)"
            )
            raise InputError(
                f"{partly} of {len(group)} neuroids have no response to some stimuli, and a fit "
                f"that ties neuroids together needs the same stimuli for all; use {apart}, or take "
                "out those neuroids"
            )
        for i, pattern in enumerate(patterns.T):
            yield group[which.ravel() == i], np.flatnonzero(pattern)
