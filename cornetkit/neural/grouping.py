"""Trials sorted by stimulus, and sums over the trials of each stimulus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

# Memory that a step of a sum may take beyond its result, in bytes.
_BLOCK_BYTES = 64_000_000


@dataclass(frozen=True)
class StimulusGroups:
    """The trials of each stimulus, in order of occurrence.

    Parameters
    ----------
    ids
        Sorted stimulus ids, shape (stimulus,).
    codes
        Position in `ids` of each trial's stimulus, shape (presentation,).
    order
        Trials sorted by stimulus, in order of occurrence within one, shape (presentation,).
    starts, counts
        First place in `order`, and number of trials, of each stimulus, shape (stimulus,).
    """

    ids: np.ndarray
    codes: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, stimuli: np.ndarray) -> StimulusGroups:
        """Group trials by their stimulus ids, shape (presentation,)."""
        ids, codes = sorted_ids(stimuli)
        counts = np.bincount(codes, minlength=ids.size)
        order = np.argsort(codes, kind="stable")
        return cls(ids, codes, order, np.cumsum(counts) - counts, counts)

    @property
    def occurrence(self) -> np.ndarray:
        """0, 1, 2, ... for the first, second, third ... trial of a stimulus, per trial."""
        numbers = np.empty(self.codes.size, dtype=np.int64)
        numbers[self.order] = np.arange(self.codes.size) - np.repeat(self.starts, self.counts)
        return numbers


def sorted_ids(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted ids among labels, and for each label the position of its id.

    As numpy.unique does, but hashing, which for text is several times faster than sorting.
    """
    codes, found = pd.factorize(labels, use_na_sentinel=False)
    ids = np.asarray(found).astype(labels.dtype, copy=False)
    order = np.argsort(ids, kind="stable")
    position = np.empty_like(order)
    position[order] = np.arange(order.size)
    return ids[order], position[codes]


def group_sums(values: np.ndarray, groups: StimulusGroups) -> tuple[np.ndarray, np.ndarray]:
    """Sum the valid responses of each stimulus.

    The loop is over occurrences (the first trial of every stimulus, then the second, ...) within
    blocks of stimuli: within one occurrence each stimulus is met once, so that whole arrays are
    added, and the order of summation does not depend on how the trials are interleaved.

    Parameters
    ----------
    values
        Responses, shape (presentation, time_bin, neuroid); NaN = missing.
    groups
        The trials of each stimulus.

    Returns
    -------
    sums
        float64, shape (stimulus, time_bin, neuroid); 0 where nothing is valid.
    valid
        Number of valid responses, int16 where that counts far enough, the same shape.
    """
    n_stimuli = groups.ids.size
    sums = np.zeros((n_stimuli, *values.shape[1:]))
    # Beside large recordings the counts are not small: half of what the responses take.
    few = n_stimuli == 0 or groups.counts.max() < np.iinfo(np.int16).max
    valid = np.zeros(sums.shape, dtype=np.int16 if few else np.int32)
    row_bytes = 16 * max(1, sums[0].size) if n_stimuli else 1
    block = max(1, _BLOCK_BYTES // row_bytes)
    for first in range(0, n_stimuli, block):
        counts = groups.counts[first : first + block]
        for occurrence in range(int(counts.max())):
            here = first + np.flatnonzero(counts > occurrence)
            rows = values[groups.order[groups.starts[here] + occurrence]]
            there = ~np.isnan(rows)
            sums[here] += np.where(there, rows, 0)
            valid[here] = valid[here] + there.astype(valid.dtype)
    return sums, valid
