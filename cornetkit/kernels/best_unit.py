"""The single unit that correlates best with each target on the training stimuli."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cornetkit.kernels.blocks import parts
from cornetkit.kernels.checks import check_folds, check_targets

# Equal units get correlations that differ by rounding; within this they are a tie.
_TIE = 1e-12
_BLOCK_ELEMENTS = 2**23


@dataclass(frozen=True)
class BestUnit:
    """The best unit for each fold and target.

    Attributes
    ----------
    index : array of shape (n_folds, q), int
        Position of the unit in the order the blocks came; -1 where no correlation is defined.
    train_correlation : array of shape (n_folds, q)
        Its signed Pearson correlation on the training stimuli; NaN where undefined.
    values : list of arrays of shape (n_test, q)
        Its values for each fold's test stimuli, to be correlated with the responses; NaN where
        undefined.
    """

    index: np.ndarray
    train_correlation: np.ndarray
    values: list[np.ndarray]


def best_unit(
    blocks: Iterable[np.ndarray],
    Y: np.ndarray,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
) -> BestUnit:
    """Choose, on each fold's training stimuli, the unit of highest correlation with a target.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n, b)
        Features, stimulus by unit, read one block after the other.
    Y : array of shape (n, q)
    folds : sequence of pairs (train, test)
        Indices or masks.

    Returns
    -------
    BestUnit
        A unit may serve several targets. Units that are constant on the training stimuli are
        never chosen; of equal ones the first is.

    Raises
    ------
    InputError
        If features or targets are not finite, or shapes do not fit.
    """
    Y = np.asarray(Y, dtype=np.float64)
    n = Y.shape[0]
    Y = check_targets(Y, n)
    pairs = check_folds(folds, n)
    unit_targets = [_standardised(Y[train]) for train, _ in pairs]
    q = Y.shape[1]
    best = np.full((len(pairs), q), -np.inf)
    index = np.full((len(pairs), q), -1)
    values = [np.full((test.size, q), np.nan) for _, test in pairs]
    for first_unit, block in parts(blocks, n, _BLOCK_ELEMENTS):
        part = block.astype(np.float64)
        for f, (train, test) in enumerate(pairs):
            with np.errstate(invalid="ignore"):  # NaN columns are constant ones
                r = _standardised(part[train]).T @ unit_targets[f]
            r[np.isnan(r)] = -np.inf
            # argmax takes the first True
            first = (r >= r.max(axis=0) - _TIE).argmax(axis=0)
            reached = r[first, np.arange(q)]
            better = reached > best[f] + _TIE
            best[f][better] = reached[better]
            index[f][better] = first_unit + first[better]
            values[f][:, better] = part[test][:, first[better]]
    best[index < 0] = np.nan
    return BestUnit(index, best, values)


def _standardised(A: np.ndarray) -> np.ndarray:
    """Centre columns and bring them to length 1; NaN where a column is constant by range."""
    centred = A - A.mean(axis=0)
    span = A.max(axis=0) - A.min(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred /= np.where(span > 0, span, np.nan)
    return centred / np.linalg.norm(centred, axis=0)
