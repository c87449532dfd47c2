"""Gram matrices and RDMs of patterns: what is read, what is left out, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..kernels.gram import GramResult, gram
from ..kernels.rdm import PatternRange, pairs_from_gram, rdm_from_gram
from .patterns import Pattern
from .settings import Distance


@dataclass
class Measured:
    """One pattern, read once.

    Parameters
    ----------
    gram
        Of the units that were used.
    seen
        Which stimuli have a flat pattern.
    absent
        Stimuli without any response.
    n_missing
        Units left out because they have no response to some stimulus.
    n_constant
        Units with the same response to every stimulus.
    """

    gram: GramResult
    seen: PatternRange
    absent: np.ndarray
    n_missing: int
    n_constant: int

    @property
    def constant(self) -> bool:
        """Whether no unit tells any stimulus from another."""
        return self.gram.n_units == self.gram.n_constant

    def rdm(self, metric: str) -> np.ndarray:
        """Return the RDM (n, n) of a metric that the Gram matrix holds."""
        return rdm_from_gram(self.gram, metric, self.absent | self.seen.undefined(metric))

    def pairs(self, metric: str) -> np.ndarray:
        """Return its upper triangle, (n (n - 1) / 2,)."""
        return pairs_from_gram(self.gram, metric, self.absent | self.seen.undefined(metric))


class _Cleaning:
    """Takes out what is missing from blocks on their way."""

    def __init__(self, pattern: Pattern, drop_constant: bool, n: int) -> None:
        self.pattern, self.drop_constant = pattern, drop_constant
        self.absent = np.zeros(n, dtype=bool)
        self.n_missing = self.n_dropped = 0

    def blocks(self, ids: Sequence[Any]) -> Iterator[np.ndarray]:
        whole = self.pattern.n_units <= self.pattern.width
        for block in self.pattern.blocks(ids):
            part = self._present(block, whole) if block.dtype.kind == "f" else block
            if self.drop_constant and part.shape[1]:
                constant = part.max(axis=0) == part.min(axis=0)
                self.n_dropped += int(constant.sum())
                part = part[:, ~constant]
            yield part

    def _present(self, block: np.ndarray, whole: bool) -> np.ndarray:
        """Leave out units with missing responses; responses of absent stimuli become 0."""
        # A sum is NaN where any term is, and costs no temporary.
        with np.errstate(invalid="ignore", over="ignore"):
            if not np.isnan(block.sum()):
                return block
        missing = np.isnan(block)
        if not whole:
            # Padding: of a larger array only what is missing throughout; the rest is refused.
            return block[:, ~missing.all(axis=0)]
        self.absent = missing.all(axis=1)
        holes = missing[~self.absent].any(axis=0)
        nowhere = missing.all(axis=0)
        self.n_missing += int((holes & ~nowhere).sum())
        kept = block[:, ~(holes | nowhere)]
        if self.absent.any() and kept.size:  # with what makes no unit vary
            kept = np.where(self.absent[:, None], kept[~self.absent][:1], kept)
        return kept


def measure(
    pattern: Pattern, ids: Sequence[Any], dtype: str = "float64", drop_constant: bool = False
) -> Measured:
    """Read a pattern over the stimuli `ids`, once.

    Parameters
    ----------
    pattern
        Which.
    ids
        Stimuli, in the order of the result.
    dtype
        Of the products in the Gram matrix.
    drop_constant
        Leave out units that are constant over the stimuli.
    """
    n = len(ids)
    cleaning, seen = _Cleaning(pattern, drop_constant, n), PatternRange(n)
    result = gram(seen.watch(cleaning.blocks(ids)), n, dtype=dtype)
    n_constant = result.n_constant + cleaning.n_dropped
    return Measured(result, seen, cleaning.absent, cleaning.n_missing, n_constant)


def gram_rdm(means: np.ndarray, how: Distance) -> np.ndarray:
    """Return the RDM (n, n) of responses (stimulus, unit), NaN where there is none."""
    ids = np.arange(len(means))
    array = xr.DataArray(means, dims=("stimulus", "unit"), coords={"stimulus": ids})
    pattern = Pattern((), "", array, "unit", None)
    found = measure(pattern, ids.tolist(), how.dtype, how.constant_units == "drop")
    return found.rdm(how.metric)
