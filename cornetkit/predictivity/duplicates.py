"""Stimuli with the same features under different ids: copies that leak over folds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from ..errors import listing
from .splits import Split

# Squared distance, as a share of the features' variance, below which features are the same.
# Products in single precision round far more than those in double.
_SAME = {"float64": 1e-10, "float32": 1e-6}


class Duplicates:
    """The stimuli whose features are the same at every step that was looked at.

    Different images can share the features of one step, say where few units respond at all;
    copies of an image share them at all steps.

    Parameters
    ----------
    ids
        Stimulus ids, in the order of the rows.
    """

    def __init__(self, ids: Sequence[Any]) -> None:
        self._ids = list(ids)
        # For each stimulus a number that it shares with its copies, once a step was looked at.
        self._group: np.ndarray | None = None

    def look_at(self, gram: np.ndarray, dtype: str = "float64") -> None:
        """Take a step into account by the Gram matrix of its features, shape (n, n)."""
        if self._group is not None and len(np.unique(self._group)) == len(self._group):
            return  # no two are alike any more
        square = gram.diagonal()
        limit = _SAME[dtype] * square.mean()
        # Copies have the same length, so only stimuli of about the same length are compared.
        length = np.sqrt(np.maximum(square, 0))
        order = np.argsort(length, kind="stable")
        first = np.arange(len(square))
        for apart in range(1, len(square)):
            near = np.flatnonzero(length[order[apart:]] - length[order[:-apart]] <= limit**0.5)
            if not near.size:
                break
            i, j = order[near], order[near + apart]
            same = square[i] + square[j] - 2 * gram[i, j] <= limit
            i, j = i[same], j[same]
            np.minimum.at(first, np.maximum(i, j), np.minimum(i, j))
        self._split(first)

    def watch(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Pass blocks of features on, (stimulus, unit), and take the step into account."""
        digests = [blake2b(digest_size=16) for _ in self._ids]
        for block in blocks:
            for digest, row in zip(digests, block, strict=True):
                digest.update(row.tobytes())
            yield block
        key = np.unique([d.hexdigest() for d in digests], return_inverse=True)[1].reshape(-1)
        if key.any():  # of constant features nothing can be told
            self._split(key)

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
