"""Which stimuli are trained on and which are held out, by stimulus and never by trial."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..errors import InputError
from .protocols import Protocol

# A correlation over fewer held-out stimuli than this is not one.
MIN_TEST = 3
# K-fold gives up folds before its test sets get smaller than this.
_GOOD_TEST = 5

Split = tuple[np.ndarray, np.ndarray]


def make_splits(
    plan: Protocol,
    n_stimuli: int,
    labels: np.ndarray | None,
    groups: np.ndarray | None = None,
) -> list[Split]:
    """Return (train, test) index arrays over the stimuli sorted by id.

    Parameters
    ----------
    plan
        Says the kind (k-fold or shuffle), the number and the seed of the splits.
    n_stimuli
        Number of stimuli.
    labels
        One label a stimulus to balance over train and test, or None.
    groups
        One label a stimulus; those that share it are all trained on or all held out. None where
        every stimulus stands for itself.

    Raises
    ------
    InputError
        Too few stimuli or groups, or a label that occurs only once.
    """
    if plan.splits == "kfold":
        splitter = _folds(plan, n_stimuli, labels, groups)
    else:
        splitter = _shuffles(plan, n_stimuli, labels, groups)
    rows = np.arange(n_stimuli)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The least populated class")  # notes say which
            splits = [(train, test) for train, test in splitter.split(rows, labels, groups)]
    except ValueError as error:
        if labels is None:
            raise InputError(f"the stimuli cannot be split by groups: {error}") from error
        raise InputError(
            f"the stimuli cannot be stratified: {error}; give stratify=False (--no-stratify)"
        ) from error
    if groups is not None:
        _check_sizes(splits, plan)
    return splits


def number_of_folds(wanted: int, n_stimuli: int) -> int:
    """Return how many folds so many stimuli allow, or raise where they are too few for two."""
    if n_stimuli < 2 * MIN_TEST:
        raise InputError(
            f"too few stimuli: {n_stimuli}; each of at least 2 folds needs {MIN_TEST} held-out "
            f"stimuli for a correlation, so {2 * MIN_TEST} stimuli or more"
        )
    return max(2, min(wanted, n_stimuli // _GOOD_TEST))


def _folds(
    plan: Protocol, n_stimuli: int, labels: np.ndarray | None, groups: np.ndarray | None
) -> Any:
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    n_folds = number_of_folds(plan.n_splits, n_stimuli)
    if groups is None:
        kind = KFold if labels is None else StratifiedKFold
    else:
        _check_groups(plan, groups, n_folds)
        kind = GroupKFold if labels is None else StratifiedGroupKFold
    return kind(n_folds, shuffle=True, random_state=plan.seed)


def _shuffles(
    plan: Protocol, n_stimuli: int, labels: np.ndarray | None, groups: np.ndarray | None
) -> Any:
    from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

    n_test = n_stimuli - int(np.floor(plan.train_fraction * n_stimuli))
    if n_test < MIN_TEST:
        need = n_stimuli
        while need - int(np.floor(plan.train_fraction * need)) < MIN_TEST:
            need += 1
        raise InputError(
            f"too few stimuli: {n_stimuli}; the {plan.name} protocol holds out "
            f"{1 - plan.train_fraction:.0%} of them ({n_test}), and a correlation needs "
            f"{MIN_TEST}: give {need} stimuli or more, or another protocol"
        )
    kind = ShuffleSplit if labels is None else StratifiedShuffleSplit
    if groups is not None:
        _check_groups(plan, groups, 2)
        kind = GroupShuffleSplit
    return kind(
        n_splits=plan.n_splits,
        train_size=plan.train_fraction,
        random_state=plan.seed,
    )


def _check_groups(plan: Protocol, groups: np.ndarray, n_folds: int) -> None:
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise InputError(
            f"all stimuli are of one group by groups='{plan.groups}', so none can be held out "
            "from the others; leave groups out, or choose another coordinate"
        )
    if n_groups < n_folds:
        raise InputError(
            f"groups='{plan.groups}' has {n_groups} values, fewer than the {n_folds} folds; "
            f"give n_splits={n_groups} (--n-splits {n_groups}) or fewer"
        )


def _check_sizes(splits: list[Split], plan: Protocol) -> None:
    small = min(min(len(train), len(test)) for train, test in splits)
    if small < MIN_TEST:
        raise InputError(
            f"groups='{plan.groups}' leaves a split with {small} stimuli on one side, and a "
            f"correlation needs {MIN_TEST}; give fewer n_splits= (--n-splits), or "
            "another seed, rng=1 (--seed 1)"
        )
