"""Held-out predictions of every time bin from one set of features, with errors inside training.

The errors inside the training stimuli of each fold are what steps, lags and weights are chosen
by, so that nothing is chosen on the stimuli that it is scored on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..errors import InputError
from ..kernels.alphas import alpha_grid
from ..kernels.correlation import pearson_columns
from ..kernels.ridge_nested import ridge_nested, searched_coarsely
from ..predictivity.dual_fits import penalty_grid
from ..predictivity.evaluate import held_out_predictions, jobs, restrict, varying
from ..predictivity.protocols import Protocol
from ..predictivity.splits import MIN_TEST, Split
from ..predictivity.ties import Ties

# Folds inside the training stimuli, for methods without a leave-one-out in closed form.
N_INNER = 5
# Neuroids whose left-out predictions are held, to weigh steps by.
MOST_WEIGHED = 48


@dataclass
class Fit:
    """What one set of features predicts.

    Parameters
    ----------
    held_out
        Predictions of each stimulus when it was held out, shape (n, time_bin, neuroid), float32;
        NaN where there is none. Where splits hold a stimulus out more than once, the last one.
    r
        Pearson correlation within each fold, shape (split, time_bin, neuroid).
    inner
        Squared error of training stimuli that were left out, over that of their mean, shape
        (split, time_bin, neuroid).
    weighed
        Of `weighed_neuroids`: predictions of the training stimuli, each left out, one array
        (n, time_bin, n_weighed) a split, NaN for others. Only where asked for.
    """

    held_out: np.ndarray
    r: np.ndarray
    inner: np.ndarray
    weighed: list[np.ndarray]


def fit_gram(
    gram: np.ndarray,
    responses: Sequence[np.ndarray],
    splits: Sequence[Split],
    plan: Protocol,
    groups: np.ndarray | None = None,
    weigh: bool = False,
) -> list[Fit]:
    """Fit every time bin and neuroid of several copies of the recordings at once.

    Parameters
    ----------
    gram
        Gram matrix of the features, shape (n, n).
    responses
        Copies, each of shape (n, time_bin, neuroid).
    splits
        Row indices of train and test.
    plan
        The method and its settings.
    groups
        A number for each stimulus: those that share it are left out together inside training.
    weigh
        Keep left-out predictions of some neuroids.

    Returns
    -------
    list of Fit
        One a copy.
    """
    fast = _is_fast(plan, groups)
    fit = _ridge if fast else _by_folds
    if fast:  # one eigendecomposition for all copies
        stacked = np.concatenate(responses, axis=1)
        both = fit(gram, stacked, splits, plan, groups, weigh)
        return _divided(both, [r.shape[1] for r in responses])
    return [fit(gram, r, splits, plan, groups, weigh) for r in responses]


def describe_search(
    responses: Sequence[np.ndarray], plan: Protocol, groups: np.ndarray | None = None
) -> list[str]:
    """Say where `fit_gram` looks for penalties in single precision, from coarse to fine."""
    if not _is_fast(plan, groups):
        return []
    stacked = np.concatenate(responses, axis=1)
    parts = jobs(stacked.reshape(len(stacked), -1), stacked.shape[1], plan)
    if not any(searched_coarsely(len(rows), len(columns)) for columns, rows in parts):
        return []
    return [
        "penalties are looked for from coarse to fine by left-out errors in single precision, "
        "since there are so many fits: where a neuroid is hardly predicted it can be another one "
        "than if all were tried; predictions are made in double precision"
    ]


def _is_fast(plan: Protocol, groups: np.ndarray | None) -> bool:
    return plan.method == "ridge" and groups is None and plan.alpha_per == "neuroid"


def weighed_neuroids(n_neuroids: int) -> np.ndarray:
    """Return which neuroids steps are weighed by: all, or some evenly spread ones."""
    if n_neuroids <= MOST_WEIGHED:
        return np.arange(n_neuroids)
    return np.unique(np.linspace(0, n_neuroids - 1, MOST_WEIGHED).astype(int))


def correlate(held_out: np.ndarray, responses: np.ndarray, splits: Sequence[Split]) -> np.ndarray:
    """Return r within the held-out stimuli of each split, (split, time_bin, neuroid)."""
    n, n_bins, n_neuroids = responses.shape
    flat, predicted = responses.reshape(n, -1), held_out.reshape(n, -1)
    found = [pearson_columns(flat[test], predicted[test]) for _, test in splits]
    return np.stack(found).reshape(len(splits), n_bins, n_neuroids)


def _divided(both: Fit, sizes: list[int]) -> list[Fit]:
    ends = np.cumsum(sizes)
    return [
        Fit(
            both.held_out[:, e - k : e],
            both.r[:, e - k : e],
            both.inner[:, e - k : e],
            [w[:, e - k : e] for w in both.weighed],
        )
        for e, k in zip(ends, sizes, strict=True)
    ]


def _ridge(
    gram: np.ndarray,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    groups: np.ndarray | None,
    weigh: bool,
) -> Fit:
    n, n_bins, n_neuroids = responses.shape
    flat = responses.reshape(n, -1)
    result = _empty(responses, splits, weigh)
    left_out_variance = _variances(flat, [train for train, _ in splits])
    held_out, r, inner = (x.reshape(len(x), -1) for x in (result.held_out, result.r, result.inner))
    some = weighed_neuroids(n_neuroids)
    place = np.full((n_bins, n_neuroids), -1)
    place[:, some] = np.arange(n_bins * len(some)).reshape(n_bins, -1)
    for columns, rows in jobs(flat, n_bins, plan):
        numbers, folds = restrict(splits, rows, n)
        if not folds:
            continue
        inside = gram if len(rows) == n else gram[np.ix_(rows, rows)]
        whole = len(rows) == n and len(columns) == flat.shape[1]
        Y = flat if whole else flat[np.ix_(rows, columns)]
        # Their range is all that `varying` asks of the responses.
        limits = np.stack([Y.min(axis=0), Y.max(axis=0)])
        at = place.ravel()[columns]
        keep = np.flatnonzero(at >= 0) if weigh else ()
        found = ridge_nested(
            inside, Y, folds, penalty_grid(plan, partial(alpha_grid, inside)), keep=keep
        )
        for i, (k, (train, test)) in enumerate(zip(numbers, folds, strict=True)):
            predicted = varying(found.predictions[i], limits)
            r[k, columns] = pearson_columns(Y[test], predicted)
            held_out[np.ix_(rows[test], columns)] = predicted
            inner[k, columns] = found.loo_mse[i] / left_out_variance[k, columns]
            if weigh:
                kept = result.weighed[k].reshape(n, -1)
                kept[np.ix_(rows[train], at[at >= 0])] = found.left_out[i]
    return result


def _by_folds(
    gram: np.ndarray,
    responses: np.ndarray,
    splits: Sequence[Split],
    plan: Protocol,
    groups: np.ndarray | None,
    weigh: bool,
) -> Fit:
    n, n_bins, n_neuroids = responses.shape
    result = _empty(responses, splits, weigh)
    some = weighed_neuroids(n_neuroids)
    ties = Ties(groups)
    outer = held_out_predictions(gram, responses, splits, plan, ties)
    for k, (train, test) in enumerate(splits):
        predicted = outer[k].reshape(len(test), n_bins, n_neuroids)
        result.held_out[test] = predicted
        with np.errstate(invalid="ignore"):
            clean = varying(outer[k], responses[test].reshape(len(test), -1))
        result.r[k] = pearson_columns(responses[test].reshape(len(test), -1), clean).reshape(
            n_bins, n_neuroids
        )
        within = list(_inner_folds(train, groups, plan.seed))
        left_out = np.full(responses.shape, np.nan)
        for (_, test_inner), values in zip(
            within, held_out_predictions(gram, responses, within, plan, ties), strict=True
        ):
            left_out[test_inner] = values.reshape(len(test_inner), n_bins, n_neuroids)
        error = np.nanmean((left_out[train] - responses[train]) ** 2, axis=0)
        variance = _variances(responses.reshape(n, -1), [train])
        result.inner[k] = error / variance.reshape(n_bins, n_neuroids)
        if weigh:
            result.weighed[k][train] = left_out[np.ix_(train, np.arange(n_bins), some)]
    return result


def _inner_folds(train: np.ndarray, groups: np.ndarray | None, seed: int) -> Iterator[Split]:
    labels = train if groups is None else groups[train]
    values = np.random.default_rng(seed).permutation(np.unique(labels))
    if len(values) < 2:
        raise InputError(
            "a fold trains on one group only, so no step can be chosen inside of it; give groups "
            "of 3 values or more"
        )
    for part in np.array_split(values, min(N_INNER, len(values))):
        out = np.isin(labels, part)
        if min(out.sum(), (~out).sum()) >= MIN_TEST:
            yield train[~out], train[out]


def _variances(Y: np.ndarray, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the error of leaving out each row and predicting the mean of the others.

    Parameters
    ----------
    Y
        Shape (n, q), NaN where missing.
    parts
        Rows; one result for each.

    Returns
    -------
    array of shape (part, q)
        Mean squares over the rows of a part. NaN where they are all the same.
    """
    members = np.zeros((len(parts), len(Y)))
    for own, rows in zip(members, parts, strict=True):
        own[rows] = 1.0
    known = ~np.isnan(Y)
    number = np.maximum(known.sum(axis=0), 1)
    # From the mean of all rows, or squares of large means would cost digits.
    centred = np.where(known, Y, 0.0)
    centred = np.where(known, centred - centred.sum(axis=0) / number, 0.0)
    count = members @ known
    mean = members @ centred / np.maximum(count, 1)
    square = members @ (centred * centred)
    variance = square / np.maximum(count, 1) - mean**2
    # What rounding leaves of equal responses is none.
    variance = np.where(variance > 1e-13 * (square / np.maximum(count, 1)), variance, np.nan)
    enough = np.maximum(count, 2)
    return np.asarray(variance * (enough / (enough - 1)) ** 2)


def _empty(responses: np.ndarray, splits: Sequence[Split], weigh: bool) -> Fit:
    n, n_bins, n_neuroids = responses.shape
    shape = (len(splits), n_bins, n_neuroids)
    some = len(weighed_neuroids(n_neuroids))
    return Fit(
        np.full(responses.shape, np.nan, np.float32),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        [np.full((n, n_bins, some), np.nan, np.float32) for _ in splits] if weigh else [],
    )
