"""Splits that hold out whole values of an attribute: how far does a fit carry to new ones."""

from __future__ import annotations

import numpy as np

from ..errors import InputError, listing
from .protocols import Protocol
from .splits import MIN_TEST, Split


def held_out_splits(
    plan: Protocol, labels: np.ndarray, each: bool
) -> tuple[list[Split], list[str]]:
    """Return (train, test) index arrays and, for each split, what it holds out, in words.

    Parameters
    ----------
    plan
        Says the attribute (for messages), the number of folds and their seed.
    labels
        The attribute's value of each stimulus, shape (n,).
    each
        Hold out each value in turn. Otherwise the values are dealt out to folds: at random, or,
        where they are fractional numbers such as a contrast, as ranges with about the same number
        of stimuli, so that the outer ones are extrapolated to.

    Raises
    ------
    InputError
        One value only, fewer values than folds, or too few stimuli of a value.
    """
    values, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    name = plan.held_out
    if len(values) < 2:
        raise InputError(
            f"held_out='{name}', but all stimuli have {name} {values[0]}; expected an attribute "
            "of at least 2 values"
        )
    if each:
        few = values[(counts < MIN_TEST) | (len(labels) - counts < MIN_TEST)]
        if few.size:
            folds = min(10, len(values) // 2)
            raise InputError(
                f"{len(few)} of the {len(values)} values of held_out='{name}' leave fewer than "
                f"{MIN_TEST} stimuli on one side ({listing(few, 3)}); hold out several at once: "
                f"n_splits={max(folds, 2)} (--n-splits {max(folds, 2)})"
            )
        fold_of_value = np.arange(len(values))
    else:
        fold_of_value = _deal_out(plan, values, counts)
    fold = fold_of_value[codes.reshape(-1)]
    splits, names = [], []
    for k in range(int(fold_of_value.max()) + 1):
        test, train = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        if min(len(test), len(train)) < MIN_TEST:
            raise InputError(
                f"held_out='{name}' leaves a fold with {min(len(test), len(train))} stimuli on one "
                f"side, and a correlation needs {MIN_TEST}; give fewer n_splits= "
                "(--n-splits)"
            )
        splits.append((train, test))
        names.append(_in_words(values[fold_of_value == k]))
    return splits, names


def _deal_out(plan: Protocol, values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the fold of each value, shape (n_values,)."""
    n_folds = plan.n_splits
    if len(values) < n_folds:
        raise InputError(
            f"held_out='{plan.held_out}' has {len(values)} values, fewer than the {n_folds} "
            f"folds; give n_splits={len(values)} (--n-splits {len(values)}) or fewer"
        )
    if _fractional(values):
        middle = np.cumsum(counts) - counts / 2
        fold = np.floor(middle / counts.sum() * n_folds).astype(int)
        return np.unique(fold, return_inverse=True)[1].reshape(-1)  # many equal values may skip one
    order = np.random.default_rng(plan.seed).permutation(len(values))
    fold = np.empty(len(values), dtype=int)
    for k, part in enumerate(np.array_split(order, n_folds)):
        fold[part] = k
    return fold


def _fractional(values: np.ndarray) -> bool:
    return values.dtype.kind == "f" and bool((values != np.floor(values)).any())


def _in_words(values: np.ndarray) -> str:
    if len(values) > 1 and _fractional(values):
        return f"{values[0]:g} to {values[-1]:g}"
    return listing(values, 5)
