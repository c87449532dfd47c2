"""Scores under permutations of the stimulus labels: everything is fitted again."""

from __future__ import annotations

import math

import numpy as np

from ..errors import InputError
from ..kernels.resampling import permutations
from .align import Aligned
from .coordinates import complete_labels
from .engine import Engine
from .folds import DUPLICATES, Folds
from .inference_asked import Inference
from .protocols import Protocol
from .summary import mean_over_splits, median_over_neuroids

# Targets that go side by side, and values of responses.
_MOST_TARGETS, _MOST_VALUES = 2**14, 2**24
# Of a seed: not the stream of a bootstrap.
_STREAM = 3


def permuted_orders(
    asked: Inference, data: Aligned, plan: Protocol, folds: Folds
) -> tuple[np.ndarray, str]:
    """Return orders of the stimuli, (n_permutations, n), and what they stay within, in words.

    Raises
    ------
    InputError
        Nothing can change places, or so few orders exist that no p as small as asked for does.
    """
    n, rng = len(data.ids), np.random.default_rng([plan.seed, _STREAM])
    if asked.within is None and plan.groups == DUPLICATES and folds.groups is not None:
        return _whole_copies(asked, folds.groups, rng), "copies of an image moved together"
    blocks, name = _blocks(asked, data, plan, folds)
    if blocks is not None and np.unique(blocks, return_counts=True)[1].max() < 2:
        raise InputError(
            f"permutations stay within values of {name}, and every stimulus has one of its own, so "
            "that none can change places; give another coordinate, permute_within= "
            "(--permute-within), or False (none)"
        )
    labels = np.zeros(n, int) if blocks is None else np.unique(blocks, return_inverse=True)[1]
    _check_enough(np.bincount(labels.reshape(-1)), asked)
    return permutations(n, asked.permutations, rng, blocks), name or "none"


def _blocks(
    asked: Inference, data: Aligned, plan: Protocol, folds: Folds
) -> tuple[np.ndarray | None, str | None]:
    if asked.within is False:
        return None, None
    if asked.within is True:
        raise InputError(
            "permute_within=True does not say within what; give the name of a coordinate of the "
            "stimuli, or False"
        )
    if asked.within is not None:
        name = str(asked.within)
        without = "leave it out (--permute-within)"
        return complete_labels(data, name, "permute_within", without), name
    if folds.groups is not None:
        return folds.groups, plan.groups
    if folds.labels is not None:
        return folds.labels, plan.stratify
    return None, None


def _check_enough(sizes: np.ndarray, asked: Inference) -> None:
    orders = sum(math.lgamma(size + 1) for size in sizes)
    if orders < math.log(1 / asked.alpha) - 1e-9:
        raise InputError(
            f"the stimuli have {round(math.exp(orders))} different orders, too few for p <= "
            f"{asked.alpha:g}; give more stimuli, or permute_within=False (--permute-within none) "
            "if they are exchangeable"
        )


def _whole_copies(asked: Inference, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Permute groups among those of the same size, each with its members in order."""
    codes = np.unique(groups, return_inverse=True)[1].reshape(-1)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    sizes = np.array([len(m) for m in members])
    _check_enough(np.bincount(sizes), asked)
    drawn = permutations(len(members), asked.permutations, rng, sizes)
    orders = np.empty((asked.permutations, len(groups)), int)
    for code, rows in enumerate(members):
        orders[:, rows] = np.stack([members[other] for other in drawn[:, code]])
    return orders


def null_scores(engine: Engine, responses: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Return the score under each permutation, shape (n_permutations, time_bin).

    Parameters
    ----------
    engine
        One area and step.
    responses
        Shape (n, time_bin, neuroid).
    orders
        Of the stimuli, shape (n_permutations, n): a stimulus gets the responses of another, of
        all bins and neuroids together.

    Notes
    -----
    Permutations go side by side as further time bins where these are fitted one by one: what the
    features cost is paid once. Penalties and components are chosen anew in each.
    """
    n, n_bins, n_neuroids = responses.shape
    found = np.full((len(orders), n_bins), np.nan)
    width = n_bins * n_neuroids
    step = max(1, min(_MOST_TARGETS // width, _MOST_VALUES // (n * width)))
    if not engine.free_bins:
        step = 1
    for start in range(0, len(orders), step):
        some = orders[start : start + step]
        # (permutation, stimulus, bin, neuroid) to (stimulus, permutation x bin, neuroid)
        together = responses[some].transpose(1, 0, 2, 3).reshape(n, -1, n_neuroids)
        r = engine.evaluate(np.ascontiguousarray(together), False).r
        scores = mean_over_splits(median_over_neuroids(r), axis=0)
        found[start : start + step] = scores.reshape(len(some), n_bins)
    return found
