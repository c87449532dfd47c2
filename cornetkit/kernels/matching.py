"""One-to-one matching of units and targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from cornetkit.kernels.blocks import parts
from cornetkit.kernels.checks import check_folds, check_targets

_BLOCK_ELEMENTS = 2**23
# Lower than any correlation: a pair that no best assignment needs.
_NEVER = -2.0


@dataclass(frozen=True)
class Matching:
    """A unit of its own for each target, in every fold.

    Attributes
    ----------
    index : array of shape (n_folds, q), int
        Position of the unit in the order the blocks came; -1 where a target got none.
    train_correlation : array of shape (n_folds, q)
        Its signed Pearson correlation on the training stimuli; NaN where there is none.
    """

    index: np.ndarray
    train_correlation: np.ndarray


def match_units(
    blocks: Iterable[np.ndarray], Y: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]
) -> Matching:
    """Assign units to targets so that the sum of training correlations is highest.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n, b)
        Features, stimulus by unit, read one block after the other.
    Y : array of shape (n, q)
    folds : sequence of pairs (train, test)
        Indices or masks.

    Returns
    -------
    Matching
        No unit serves two targets. Units and targets that are constant on the training stimuli
        are never matched; where units are fewer than targets, the worst targets get none.

    Notes
    -----
    Of each target only its `q` best units are kept while the features stream by. The best
    assignment needs no others: a target with a worse unit could change to one of its best that is
    free, since the other q - 1 targets cannot hold all of them.
    """
    Y = check_targets(Y, len(Y))
    n, q = Y.shape
    checked = check_folds(folds, n)
    targets = [_standardised(Y[train]) for train, _ in checked]
    best = [np.full((0, q), _NEVER) for _ in checked]
    which = [np.zeros((0, q), dtype=np.int64) for _ in checked]
    for first, part in parts(blocks, n, _BLOCK_ELEMENTS):
        for k, (train, _) in enumerate(checked):
            found = _standardised(part[train].astype(np.float64)).T @ targets[k]
            found = np.where(np.isnan(found), _NEVER, found)
            here = np.broadcast_to(first + np.arange(len(found))[:, None], found.shape)
            values = np.concatenate([best[k], found])
            units = np.concatenate([which[k], here])
            if len(values) > q:
                kept = np.argsort(-values, axis=0, kind="stable")[:q]
                values = np.take_along_axis(values, kept, axis=0)
                units = np.take_along_axis(units, kept, axis=0)
            best[k], which[k] = values, units
    pairs = [_assign(values, units) for values, units in zip(best, which, strict=True)]
    return Matching(np.stack([i for i, _ in pairs]), np.stack([r for _, r in pairs]))


def _standardised(X: np.ndarray) -> np.ndarray:
    """Return columns whose products are their correlations; NaN where one is constant."""
    varies = np.ptp(X, axis=0) > 0
    Z = X - X.mean(axis=0)
    length = np.sqrt(np.einsum("nu,nu->u", Z, Z))
    return Z / np.where(varies, length, np.nan)


def _assign(values: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solve the assignment among the units that are among the best of any target."""
    q = values.shape[1]
    index, r = np.full(q, -1), np.full(q, np.nan)
    candidates, columns = np.unique(units, return_inverse=True)
    if not candidates.size:
        return index, r
    score = np.full((q, candidates.size), _NEVER)
    rows = np.broadcast_to(np.arange(q), units.shape)
    score[rows, columns.reshape(units.shape)] = values
    chosen_rows, chosen = linear_sum_assignment(score, maximize=True)
    found = score[chosen_rows, chosen]
    defined = found > _NEVER
    index[chosen_rows[defined]] = candidates[chosen[defined]]
    r[chosen_rows[defined]] = found[defined]
    return index, r
