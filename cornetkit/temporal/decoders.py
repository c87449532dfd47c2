"""Decoders fitted at one time and tested at all: decisions for held-out samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from ..kernels.logistic import LogisticFit, logistic
from ..kernels.threads import side_by_side
from .spaces import Space

CLASSIFIERS = ("logistic", "correlation")
# Of Kar et al. (2019): C = 1 / (.463 n).
PENALTY = 0.463

Fold = tuple[np.ndarray, np.ndarray]


class Decided(NamedTuple):
    """Log odds of the held-out samples of one fold.

    Parameters
    ----------
    test
        Which samples.
    odds
        Shape (time, time_test, n_test, n_classes); one time_test, its own, without
        generalisation.
    converged
        Of each time.
    """

    test: np.ndarray
    odds: np.ndarray
    converged: np.ndarray


def decide_folds(
    space: Space,
    codes: np.ndarray,
    n_classes: int,
    folds: Sequence[Fold],
    *,
    classifier: str = "logistic",
    C: float | None = None,
    generalize: bool = True,
) -> list[Decided]:
    """Fit a decoder at each time on each fold; the folds are the same for all pairs of times.

    Parameters
    ----------
    space
        The samples.
    codes
        Class of each sample.
    n_classes
        How many classes.
    folds
        Train and test samples.
    classifier
        ``"logistic"``, or ``"correlation"``: the class whose mean training pattern correlates
        best.
    C
        Inverse penalty of the logistic regression; None: 1 / (.463 n_train).
    generalize
        Test at all times, or at the time of the fit alone.

    Returns
    -------
    list
        One a fold. Folds are fitted side by side: their products are too small to share out.
    """
    times = np.arange(space.n_times)
    space.prepare()

    def one(fold: Fold) -> Decided:
        train, test = fold
        odds, converged = [], []
        for time in times:
            at = times if generalize else times[time : time + 1]
            X = space.fitting(int(time), train)
            if classifier == "correlation":
                fit = _centroids(X, codes[train], n_classes)
                odds.append(_correlate(space, fit, int(time), at, train, test))
                converged.append(True)
            else:
                penalty = 1 / (PENALTY * len(train)) if C is None else C
                fit = logistic(X, codes[train], n_classes, penalty, orthogonal=space.orthogonal)
                odds.append(space.decide(fit, int(time), at, train, test))
                converged.append(fit.converged)
        return Decided(test, np.stack(odds), np.array(converged))

    runs = side_by_side(lambda part: [one(fold) for fold in part], folds)
    return [decided for run in runs for decided in run]


def _centroids(X: np.ndarray, codes: np.ndarray, n_classes: int) -> LogisticFit:
    """Return mean patterns, centred over units and of length 1, as weights."""
    means = np.stack([X[codes == c].mean(axis=0) for c in range(n_classes)])
    means -= means.mean(axis=1, keepdims=True)
    length = np.linalg.norm(means, axis=1, keepdims=True)
    means = np.divide(means, length, out=np.zeros_like(means), where=length > 0)
    return LogisticFit(means.T, np.zeros(n_classes), True)


def _correlate(
    space: Space,
    fit: LogisticFit,
    time: int,
    at: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
) -> np.ndarray:
    """Return the products with the centroids: the length of a test pattern ranks no class."""
    if space.orthogonal:
        raise InputError(
            "classifier='correlation' correlates patterns over units, which are not at hand where "
            "features were rotated; give standardize=True (--standardize), or the logistic one"
        )
    return space.decide(fit, time, at, train, test)


def make_folds(
    codes: np.ndarray, n_splits: int, seed: int, groups: np.ndarray | None = None
) -> list[Fold]:
    """Return stratified folds: every sample is held out once, labels balanced over folds.

    Raises
    ------
    InputError
        A label has fewer than 2 samples, or groups are fewer than folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    rows = np.arange(len(codes))
    if groups is None:
        found = StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(rows, codes)
    else:
        found = StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed).split(
            rows, codes, groups
        )
    folds = [(train, test) for train, test in found]
    n_classes = int(codes.max()) + 1
    for train, _ in folds:
        if len(np.unique(codes[train])) < n_classes:
            raise InputError(
                "groups leave a fold without any training stimulus of some label; give fewer "
                "n_splits= (--n-splits), or other groups"
            )
    return folds


def correct_of(decided: Decided, codes: np.ndarray) -> np.ndarray:
    """Return which held-out samples are told right, (time, time_test, n_test).

    The first of several classes at the same odds would be a bias towards it: such a sample, of a
    decoder without any signal, counts as the share of right answers among them.
    """
    odds = decided.odds
    best = odds == odds.max(axis=-1, keepdims=True)
    right = np.take_along_axis(best, codes[decided.test].reshape(1, 1, -1, 1), axis=-1)[..., 0]
    return right / best.sum(axis=-1)
