"""Families of rules from steps to time bins, each fitted to what steps explain inside training.

A rule gives the share of each step in each time bin, shape (time_bin, step). What is fitted is
fitted to ``explained`` (step, time_bin): one less the error of left-out stimuli over that of their
mean. Times are those of bin centres and of the starts of steps, in ms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

# Two objectives that differ by less are rounding.
_TIE = 1e-9
# Resolution of onset and step length, in widths of the narrowest bin.
_ONSETS_PER_BIN, _LENGTHS_PER_BIN = 4, 8
# Time constants of the causal kernel, in step lengths.
KERNEL_CONSTANTS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Rule:
    """Shares of steps in time bins, and the numbers that they come from.

    Parameters
    ----------
    weights
        Shape (time_bin, step). A bin without a step has 0 throughout.
    onset_ms, step_ms, constant_ms
        Start of the first driven step, length of a step, and time constant; NaN where the family
        has none.
    """

    weights: np.ndarray
    onset_ms: float = np.nan
    step_ms: float = np.nan
    constant_ms: float = np.nan


class Best(NamedTuple):
    """Middle of the best candidates, the step of each bin, and all that explain as much."""

    onset: float
    length: float
    steps: np.ndarray
    tied: np.ndarray  # (assignment, time_bin)


@dataclass(frozen=True)
class Grid:
    """Onsets and step lengths that are tried, and the step that each pair gives to each bin.

    Parameters
    ----------
    onset, length
        In ms, shape (candidate,).
    index
        Position of the step, shape (candidate, time_bin): the driven step whose time holds the
        centre of the bin; before the onset the first, after the end the last.
    centre
        Of the bins, shape (time_bin,).
    n_steps
        How many driven steps there are.
    """

    onset: np.ndarray
    length: np.ndarray
    index: np.ndarray
    centre: np.ndarray
    n_steps: int
    _ends: dict[bytes, np.ndarray] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def over(cls, start: np.ndarray, end: np.ndarray, n_steps: int) -> Grid:
        """Try all onsets and lengths at which the steps can fall into the bins."""
        width = float((end - start).min())
        span = float(end[-1] - start[0])
        n_onsets = int(np.ceil(_ONSETS_PER_BIN * 1.5 * span / width))
        onsets = start[0] - 0.5 * span + width / _ONSETS_PER_BIN * np.arange(n_onsets + 1)
        longest = max(span / max(n_steps - 1, 1), width) * 2
        n_lengths = int(np.ceil(_LENGTHS_PER_BIN * (longest - width / 4) / width))
        lengths = width / 4 + width / _LENGTHS_PER_BIN * np.arange(n_lengths + 1)
        onset, length = (x.ravel() for x in np.meshgrid(onsets, lengths, indexing="ij"))
        centre = (start + end) / 2
        # A hair later, so that a centre on a border belongs to the step that starts there.
        index = np.floor((centre - onset[:, None]) / length[:, None] + 1e-9).astype(int)
        return cls(onset, length, np.clip(index, 0, n_steps - 1), centre, n_steps)

    def best(self, explained: np.ndarray) -> Best:
        """Return the middle and the steps of the candidates that explain most.

        Many candidates give the same steps, so that no recording could tell them apart: `ends`.
        """
        bins = np.arange(explained.shape[1])
        total = np.zeros(len(self.onset))
        for b in bins:
            total += explained[self.index[:, b], b]
        best = np.flatnonzero(total >= total.max() - _TIE)
        middle = np.array([self.onset[best].mean(), self.length[best].mean()])
        scale = np.array([np.ptp(self.onset), np.ptp(self.length)])
        scale[scale == 0] = 1.0
        away = ((np.stack([self.onset, self.length], 1)[best] - middle) / scale) ** 2
        nearest = best[away.sum(axis=1).argmin()]
        tied = np.unique(self.index[best], axis=0)
        return Best(float(middle[0]), float(middle[1]), self.index[nearest], tied)

    def ends(self, best: Best) -> np.ndarray:
        """Return the least and the largest onset, and length, of what explains as much, (4,).

        Of all pairs of numbers that give the same steps, not of those that were tried: between
        these there are others, and the ends of the tried ones held a planted onset in 48 % of 200
        noiseless courses.
        """
        found = np.stack([self._ends_of(steps) for steps in best.tied])
        return np.concatenate([[found[:, k].min(), found[:, k + 1].max()] for k in (0, 2)])

    def _ends_of(self, steps: np.ndarray) -> np.ndarray:
        key = steps.tobytes()
        if key not in self._ends:
            self._ends[key] = self._solved(steps)
        return self._ends[key]

    def _solved(self, steps: np.ndarray) -> np.ndarray:
        """Return the ends of the polygon in which onset and length give these steps."""
        later, earlier = steps > 0, steps < self.n_steps - 1
        # onset + k length <= centre < onset + (k + 1) length, open to the outside at both ends.
        above = np.stack([np.ones(later.sum()), steps[later]], axis=1)
        below = -np.stack([np.ones(earlier.sum()), steps[earlier] + 1.0], axis=1)
        limits = [(float(x.min()), float(x.max())) for x in (self.onset, self.length)]
        values = []
        for direction in np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]):
            solved = linprog(
                direction,
                A_ub=np.concatenate([above, below]),
                b_ub=np.concatenate([self.centre[later], -self.centre[earlier]]) + 1e-6,
                bounds=limits,
            )
            values.append(float(direction.sum() * solved.fun))
        return np.array(values)


def one_step_each(index: np.ndarray, n_steps: int) -> np.ndarray:
    """Return the weights of one step a bin."""
    return np.eye(n_steps)[index]


def fit_affine(explained: np.ndarray, grid: Grid) -> Rule:
    """Fit the onset and the length of a step."""
    best = grid.best(explained)
    return Rule(one_step_each(best.steps, len(explained)), best.onset, best.length)


def fit_monotone(explained: np.ndarray) -> Rule:
    """Give each bin a step, never an earlier one than the bin before (dynamic programme)."""
    n_steps, n_bins = explained.shape
    total = explained[:, 0].copy()
    back = np.zeros((n_bins, n_steps), int)
    for b in range(1, n_bins):
        # Best of the steps up to each one; of equals the earliest.
        best = np.zeros(n_steps, int)
        for s in range(1, n_steps):
            best[s] = s if total[s] > total[best[s - 1]] else best[s - 1]
        back[b] = best
        total = total[best] + explained[:, b]
    index = np.zeros(n_bins, int)
    index[-1] = int(total.argmax())
    for b in range(n_bins - 1, 0, -1):
        index[b - 1] = back[b, index[b]]
    return Rule(one_step_each(index, n_steps))


def fit_free(explained: np.ndarray) -> Rule:
    """Give each bin the step that explains most of it."""
    return Rule(one_step_each(explained.argmax(axis=0), len(explained)))


def kernel_weights(
    onset: np.ndarray, length: np.ndarray, constant: np.ndarray, centre: np.ndarray, n_steps: int
) -> np.ndarray:
    """Return causal exponential weights (candidate, time_bin, step); rows add up to 1.

    A step starts at onset + k length and counts from then on, by exp(-(t - start) / constant).
    Before the first one starts, the first stands alone.
    """
    begin = onset[:, None] + length[:, None] * np.arange(n_steps)
    since = centre[None, :, None] - begin[:, None, :]
    decay = -since / constant[:, None, None]
    decay = np.where(since >= -1e-9, decay, -np.inf)
    none = ~np.isfinite(decay).any(axis=-1)
    decay[none, 0] = 0.0
    decay -= decay.max(axis=-1, keepdims=True)
    weights = np.exp(decay)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def fit_kernel(products: np.ndarray, cross: np.ndarray, grid: Grid, centre: np.ndarray) -> Rule:
    """Fit onset, step length and time constant of a causal weighted sum of steps.

    Parameters
    ----------
    products
        Of the predictions of two steps for left-out stimuli, shape (time_bin, step, step).
    cross
        Of those predictions with the responses, shape (time_bin, step).
    grid
        Onsets and lengths; every second of each is tried.
    centre
        Of the bins, in ms.

    Notes
    -----
    The error of the sum is, up to a constant, w P w - 2 w c: exact for any weights.
    """
    onsets, lengths = np.unique(grid.onset)[::2], np.unique(grid.length)[::2]
    constants = np.array(KERNEL_CONSTANTS)
    onset, length, ratio = (
        x.ravel() for x in np.meshgrid(onsets, lengths, constants, indexing="ij")
    )
    n_steps = cross.shape[1]
    best, found = np.inf, 0
    size = max(1, 2**22 // (len(centre) * n_steps))
    for begin in range(0, len(onset), size):
        here = slice(begin, begin + size)
        w = kernel_weights(onset[here], length[here], (ratio * length)[here], centre, n_steps)
        error = np.einsum("cbs,bst,cbt->c", w, products, w, optimize=True)
        error -= 2 * np.einsum("cbs,bs->c", w, cross)
        k = int(error.argmin())
        if error[k] < best - _TIE:
            best, found = error[k], begin + k
    chosen = onset[[found]], length[[found]], (ratio * length)[[found]]
    weights = kernel_weights(*chosen, centre, n_steps)[0]
    return Rule(weights, *(float(x[0]) for x in chosen))
