"""Splits whose held-out stimuli lie far from the training ones, in a given space."""

from __future__ import annotations

import numpy as np

from .protocols import Protocol
from .splits import Split, number_of_folds

# Starts of the search for clusters, and most rounds of each.
_STARTS = 4
_ROUNDS = 50


def distance_splits(plan: Protocol, gram: np.ndarray) -> list[Split]:
    """Return folds that are clusters of stimuli: each is held out as a whole.

    Every stimulus is held out once and folds have the sizes of k-fold, so that scores are to be
    compared with those of k-fold: only the distance between train and test differs. K-means
    clusters as held-out sets are one of the shifts of Madan et al. (2024).

    Parameters
    ----------
    plan
        Says the number of folds and the seed.
    gram
        Gram matrix of all stimuli in the space, shape (n, n); any centring.

    Raises
    ------
    InputError
        Too few stimuli.
    """
    n = len(gram)
    n_folds = number_of_folds(plan.n_splits, n)
    rng = np.random.default_rng(plan.seed)
    best, least = np.zeros(n, int), np.inf
    for _ in range(_STARTS):
        fold, spread = _clusters(gram, n_folds, rng)
        # Rounding must not decide between equal solutions.
        if spread < least * (1 - 1e-9) or least == np.inf:
            best, least = fold, spread
    rows = np.arange(n)
    return [(rows[best != k], rows[best == k]) for k in range(n_folds)]


def _clusters(gram: np.ndarray, k: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return clusters (n,) of equal size by k-means from one start, and their spread."""
    square = gram.diagonal()
    sizes = np.full(k, len(gram) // k)
    sizes[: len(gram) % k] += 1
    # k-means++: the next centre is a stimulus far from those there are.
    centres = [int(rng.integers(len(gram)))]
    nearest = np.full(len(gram), np.inf)
    for _ in range(k - 1):
        last = centres[-1]
        nearest = np.minimum(nearest, square + square[last] - 2 * gram[last])
        weight = np.maximum(nearest, 0)
        weight[centres] = 0
        if not weight.any():  # all others are copies
            weight = np.ones(len(gram))
            weight[centres] = 0
        centres.append(int(rng.choice(len(gram), p=weight / weight.sum())))
    to_centre = square[:, None] + square[centres] - 2 * gram[:, centres]
    best, least = np.zeros(len(gram), int), np.inf
    for _ in range(_ROUNDS):
        fold = _fill(to_centre, sizes)
        member = np.eye(k)[fold] / sizes
        products = gram @ member
        own = np.einsum("nk,nk->k", member, products)
        to_centre = square[:, None] - 2 * products + own
        spread = float(to_centre[np.arange(len(gram)), fold].sum())
        if spread >= least * (1 - 1e-12):
            break
        best, least = fold, spread
    return best, least


def _fill(cost: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Give each stimulus a cluster with room: first those with most to lose by another one."""
    ranked = np.sort(cost, axis=1)
    order = np.argsort(ranked[:, 0] - ranked[:, 1], kind="stable").tolist()
    preferred = np.argsort(cost, axis=1, kind="stable").tolist()
    room = sizes.tolist()
    fold = np.empty(len(cost), int)
    for i in order:
        k = next(k for k in preferred[i] if room[k])
        fold[i] = k
        room[k] -= 1
    return fold


def nearest_distances(gram: np.ndarray, splits: list[Split]) -> np.ndarray:
    """Return, for each split, the mean distance of held-out stimuli to the nearest training one."""
    square = gram.diagonal()
    found = []
    for train, test in splits:
        squared = square[test, None] + square[train] - 2 * gram[np.ix_(test, train)]
        found.append(np.sqrt(np.maximum(squared.min(axis=1), 0)).mean())
    return np.array(found)
