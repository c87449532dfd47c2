"""Predictions of held-out stimuli, kept as they are made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .protocols import Protocol
from .splits import Split


class Kept:
    """Held-out predictions of each split, filled in part by part; NaN where there is none.

    Parameters
    ----------
    tests
        The rows that each split holds out.
    responses
        Shape (n, time_bin, neuroid).
    """

    def __init__(self, tests: Sequence[np.ndarray], responses: np.ndarray) -> None:
        self.held_out = [np.full((len(test), responses[0].size), np.nan) for test in tests]
        self._place = [np.full(len(responses), -1) for _ in tests]
        for place, test in zip(self._place, tests, strict=True):
            place[test] = np.arange(len(test))

    @classmethod
    def of(cls, tests: Sequence[np.ndarray], responses: np.ndarray, keep: bool) -> Kept:
        """Return one that keeps, or one that forgets."""
        return cls(tests, responses) if keep else _Forgotten()

    @property
    def values(self) -> list[np.ndarray] | None:
        """What was kept: an array of shape (n_test, time_bin * neuroid) a split."""
        return self.held_out

    def put(self, split: int, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        """Keep predictions of some stimuli (`rows` of all) and targets of a split."""
        self.held_out[split][np.ix_(self._place[split][rows], columns)] = values


class _Forgotten(Kept):
    def __init__(self) -> None:
        self.held_out = []

    @property
    def values(self) -> None:
        return None

    def put(self, split: int, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        """Do nothing."""


def scored_rows(splits: Sequence[Split], plan: Protocol) -> list[np.ndarray]:
    """Return the rows over which each correlation goes: those of a split, or of all together."""
    tests = [test for _, test in splits]
    return [np.concatenate(tests)] if plan.pooled else tests
