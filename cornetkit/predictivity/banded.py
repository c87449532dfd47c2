"""Banded ridge: a penalty for each of two kernels, chosen inside the training stimuli."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError, MissingExtraError, listing
from .splits import Split

# Penalty of the first step over that of the second, from the first alone to the second alone.
RATIOS = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0, np.inf)
N_INNER = 5


def himalaya_solver() -> Any:
    """Return himalaya's solver, or raise with what installs it."""
    try:
        from himalaya.kernel_ridge import MultipleKernelRidgeCV
    except ImportError as error:
        raise MissingExtraError(
            "banded ridge needs himalaya, which is not installed; get it with: "
            "pip install 'cornetkit[banded]'"
        ) from error
    return MultipleKernelRidgeCV


def penalty_grid(
    alphas: float | Sequence[float] | None, ratios: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return penalties, and for each ratio the weights (ratio, 2) of both kernels."""
    penalties = np.geomspace(1e-4, 1e4, 25) if alphas is None else np.atleast_1d(alphas)
    penalties = np.sort(np.asarray(penalties, dtype=float))
    if not penalties.size or not ((penalties > 0) & (penalties < np.inf)).all():
        raise InputError(
            f"alphas must be one or more positive numbers, not {listing(penalties) or 'none'}"
        )
    given = np.atleast_1d(np.asarray(ratios, dtype=float))
    if not given.size or not (given >= 0).all():
        raise InputError(
            f"ratios must be one or more numbers of 0 or more, not {listing(given) or 'none'}"
        )
    # A penalty `ratio` times as high is a kernel that weighs 1 / ratio; weights add up to 1.
    with np.errstate(invalid="ignore"):
        second = np.where(np.isinf(given), 1.0, given / (1 + given))
    return penalties, np.stack([1 - second, second], axis=1)


def fit_banded(
    solver: Any,
    kernels: np.ndarray,
    Y: np.ndarray,
    fold: Split,
    alphas: np.ndarray,
    gammas: np.ndarray,
    seed: int,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit on the training stimuli and predict the held-out ones, with an intercept.

    Parameters
    ----------
    solver
        himalaya's ``MultipleKernelRidgeCV``.
    kernels
        Shape (n_kernels, n, n).
    Y
        Responses, shape (n, n_targets), without NaN.
    fold
        Row indices of train and test.
    alphas
        Penalties, ascending.
    gammas
        Weights of the kernels to choose from, shape (candidate, n_kernels).
    seed
        Of the folds inside the training stimuli.
    groups
        A number for each stimulus, shape (n,), shared by those that these folds keep together;
        None for single stimuli.

    Returns
    -------
    predictions, weights
        Shapes (n_test, n_targets) and (n_kernels, n_targets); the latter are gamma / alpha.
    """
    train, test = fold
    model = solver(
        kernels="precomputed",
        solver="random_search",
        # Given as an array, the candidates are tried one by one and nothing is random.
        solver_params={"n_iter": gammas, "alphas": alphas, "progress_bar": False},
        fit_intercept=True,
        cv=_inner_folds(len(train), None if groups is None else groups[train], seed),
        force_cpu=True,
    )
    with np.errstate(divide="ignore"):  # the logarithm of a weight of 0
        model.fit(kernels[:, train[:, None], train[None, :]], Y[train])
        predicted = model.predict(kernels[:, test[:, None], train[None, :]])
    return np.asarray(predicted), np.exp(np.asarray(model.deltas_))


def _inner_folds(n: int, groups: np.ndarray | None, seed: int) -> Any:
    from sklearn.model_selection import GroupKFold, KFold

    if groups is None:
        return KFold(min(N_INNER, n), shuffle=True, random_state=seed)
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise InputError(
            "a fold trains on one group only, so no group can be left out to choose a penalty; "
            "give groups of 3 values or more"
        )
    splitter = GroupKFold(min(N_INNER, n_groups), shuffle=True, random_state=seed)
    return list(splitter.split(np.arange(n), groups=groups))


def cross_validated_r2(Y: np.ndarray, predicted: np.ndarray, fold: Split) -> np.ndarray:
    """Return 1 - squared error / squared deviation from the mean of the training stimuli.

    That mean is what a model of nothing predicts, so that it gets 0; about the mean of the
    held-out stimuli it would get less, the more so the fewer they are.

    Parameters
    ----------
    Y
        Responses, shape (n, n_targets).
    predicted
        Of the held-out stimuli, shape (n_test, n_targets).
    fold
        Row indices of train and test.

    Returns
    -------
    array of shape (n_targets,)
        NaN where the held-out responses are constant.
    """
    train, test = fold
    error = ((Y[test] - predicted) ** 2).sum(axis=0)
    total = ((Y[test] - Y[train].mean(axis=0)) ** 2).sum(axis=0)
    varies = np.ptp(Y[test], axis=0) > 0
    return 1 - np.divide(error, total, out=np.full(total.shape, np.nan), where=varies)
