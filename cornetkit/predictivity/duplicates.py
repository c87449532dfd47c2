"""Stimuli with the same features under different ids: copies that leak over folds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import listing
from .splits import Split

# Squared distance, as a share of the features' variance, below which features are the same.
# Products in single precision round far more than those in double.
_SAME = {"float64": 1e-10, "float32": 4e-6}
# Random directions: stimuli that differ are as near as copies along all of them by a chance of
# less than 1e-16 if their distance is a hundredth of the features' deviation.
_DIRECTIONS = 8


class Duplicates:
    """The stimuli whose features are the same at every step that was looked at.

    Different images can share the features of one step, say where few units respond at all;
    copies of an image share them at all steps.

    Parameters
    ----------
    ids
        Stimulus ids, in the order of the rows.
    seed
        Of the directions that features are compared along while they are read.
    """

    def __init__(self, ids: Sequence[Any], seed: int = 0) -> None:
        self._ids = list(ids)
        self._seed = seed
        # For each stimulus a number that it shares with its copies, once a step was looked at.
        self._group: np.ndarray | None = None

    @property
    def _none_left(self) -> bool:
        """Whether no two stimuli are alike any more."""
        return self._group is not None and len(np.unique(self._group)) == len(self._group)

    def look_at(self, gram: np.ndarray, dtype: str = "float64") -> None:
        """Take a step into account by the Gram matrix of its features, shape (n, n)."""
        if self._none_left:
            return
        square = gram.diagonal()
        limit = _SAME[dtype] * square.mean()
        # Copies have the same length, so only stimuli of about the same length are compared.
        length = np.sqrt(np.maximum(square, 0))
        self._split(
            _first_alike(
                length,
                limit**0.5,
                lambda i, j: square[i] + square[j] - 2 * gram[i, j] <= limit,
            )
        )

    def watch(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Pass blocks of features on, (stimulus, unit), and take the step into account.

        Distances are those along a few random directions, which are right on average, and as
        exact as features in double precision: copies may differ by rounding, as in `look_at`.
        """
        if self._none_left:
            yield from blocks
            return
        generator = np.random.default_rng(self._seed)
        along = np.zeros((len(self._ids), _DIRECTIONS))
        for block in blocks:
            # From the first stimulus, so that constant units give 0 and no rounding.
            apart = np.subtract(block, block[:1], dtype=np.float64)
            along += apart @ generator.standard_normal((block.shape[1], _DIRECTIONS))
            yield block
        along /= _DIRECTIONS**0.5
        limit = _SAME["float64"] * ((along - along.mean(axis=0)) ** 2).sum(axis=1).mean()
        if limit > 0:  # of constant features nothing can be told
            self._split(
                _first_alike(
                    along[:, 0],
                    limit**0.5,
                    lambda i, j: ((along[i] - along[j]) ** 2).sum(axis=1) <= limit,
                )
            )

    def _split(self, key: np.ndarray) -> None:
        both = np.stack([key if self._group is None else self._group, key])
        self._group = np.unique(both, axis=1, return_inverse=True)[1].reshape(-1)

    @property
    def groups(self) -> np.ndarray | None:
        """A number for each stimulus, shared by its copies; None before a step was looked at."""
        return self._group

    def describe(self, splits: Sequence[Split]) -> list[str]:
        """Say how many stimuli are copies, and name a few; nothing where splits keep them whole."""
        if self._group is None:
            return []
        first = np.unique(self._group, return_index=True)[1]
        copies = np.setdiff1d(np.arange(len(self._group)), first)
        group = self._group
        if not any(np.isin(group[train], group[test]).any() for train, test in splits):
            return []
        original = first[self._group[copies]]
        pairs = [f"{self._ids[a]} = {self._ids[b]}" for a, b in zip(original, copies, strict=True)]
        return [
            f"{len(copies)} of {len(self._ids)} stimuli have the same features as another one "
            f"({listing(pairs, 3)}): copies of an image on both sides of a split inflate scores; "
            "keep them together with groups='duplicates' (--groups duplicates), or keep one of each"
        ]


def _first_alike(
    line: np.ndarray, reach: float, alike: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return for each stimulus the first one that is the same, shape (n,); itself for most.

    Parameters
    ----------
    line
        A number for each stimulus, by which those that are the same differ by `reach` at most.
    reach
        See there.
    alike
        Says of pairs, given as two arrays of rows, which are the same.
    """
    order = np.argsort(line, kind="stable")
    first = np.arange(len(line))
    for apart in range(1, len(line)):
        near = np.flatnonzero(line[order[apart:]] - line[order[:-apart]] <= reach)
        if not near.size:
            break
        i, j = order[near], order[near + apart]
        same = alike(i, j)
        i, j = i[same], j[same]
        np.minimum.at(first, np.maximum(i, j), np.minimum(i, j))
    return first
