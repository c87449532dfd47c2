"""All driven steps of an area fitted to all time bins, once, for every analysis that asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..errors import unknown_name
from ..kernels.threads import each_side_by_side
from .design import Copy, Design
from .fits import Fit, describe_search, fit_gram
from .resample import OVER, Draws, interval_of, resampled_r

# Bootstrap draws of intervals.
N_DRAWS = 200


@dataclass
class Fitted:
    """The fits of one design, each made when it is first asked for.

    Parameters
    ----------
    design
        Both sides.
    draws
        What intervals are over.
    weigh
        Keep, from the start, what steps are weighed by (family ``kernel`` of `align`).
    """

    design: Design
    draws: Draws
    weigh: bool = False
    _grams: list[np.ndarray] = field(default_factory=list)
    _steps: dict[str, list[Fit]] = field(default_factory=dict)

    @classmethod
    def of(cls, design: Design, interval_over: str, n_draws: int) -> Fitted:
        """Draw stimuli and neuroids for a design."""
        if interval_over not in OVER:
            raise unknown_name("second factor of intervals", str(interval_over), OVER)
        animals = design.data.averaged.coords.get("animal")
        names = np.zeros(design.data.averaged.sizes["neuroid"], int)
        if animals is not None and animals.dims == ("neuroid",):
            names = animals.values.astype(str)
        draws = Draws.make(
            len(design.ids), names, interval_over, n_draws, design.plan.seed, design.folds.groups
        )
        return cls(design, draws)

    @property
    def copies(self) -> Mapping[str, Copy]:
        """The copies of the recordings by name."""
        return self.design.copies

    @property
    def grams(self) -> list[np.ndarray]:
        """Gram matrices of the driven steps."""
        if not self._grams:
            self._grams = self.design.grams()
        return self._grams

    def steps(self, copy: str, weigh: bool = False) -> list[Fit]:
        """Return the fit of each driven step to a copy of the recordings."""
        have = self._steps.get(copy)
        if have is None or (weigh and not have[0].weighed):
            wanted = weigh or self.weigh
            self._steps = self._by_copy(self._fit_each(self.grams, wanted))
            if have is None:
                d = self.design
                responses = [one.responses for one in self.copies.values()]
                d.notes.extend(describe_search(responses, d.plan, d.folds.groups))
        return self._steps[copy]

    def drop_weighed(self) -> None:
        """Let go of what steps are weighed by, most of the memory of fits; nothing else changes."""
        self.weigh = False
        for fits in self._steps.values():
            for fit in fits:
                fit.weighed = []

    def fit(self, gram: np.ndarray, weigh: bool = False) -> list[Fit]:
        """Fit other features, by their Gram matrix, to every copy."""
        d = self.design
        responses = [copy.responses for copy in self.copies.values()]
        return fit_gram(gram, responses, d.folds.splits, d.plan, d.folds.groups, weigh)

    def _by_copy(self, fits: list[list[Fit]]) -> dict[str, list[Fit]]:
        return {name: [f[k] for f in fits] for k, name in enumerate(self.copies)}

    def several(self, grams: list[np.ndarray]) -> dict[str, list[Fit]]:
        """Return the fits of several sets of features, by copy."""
        return self._by_copy(self._fit_each(grams))

    def _fit_each(self, grams: list[np.ndarray], weigh: bool = False) -> list[list[Fit]]:
        """Fit several sets of features side by side: BLAS alone leaves threads waiting."""
        return each_side_by_side(partial(self.fit, weigh=weigh), grams)

    def interval(
        self, copy: str, r: np.ndarray, held_out: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return score, low and high of each time bin."""
        resampled = self.resampled(copy, held_out)
        return interval_of(r, resampled, self.draws)

    def intervals(
        self, copy: str, fits: Sequence[Fit]
    ) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return what `interval` does of several fits."""
        return each_side_by_side(lambda fit: self.interval(copy, fit.r, fit.held_out), fits)

    def resampled(self, copy: str, held_out: np.ndarray) -> np.ndarray:
        """Return r (draw, split, time_bin, neuroid) of held-out predictions."""
        responses = self.copies[copy].responses
        return resampled_r(held_out, responses, self.design.folds.splits, self.draws)


def explained_inside(fits: list[Fit]) -> np.ndarray:
    """Return what each step explains inside training, (split, step, time_bin): 1 - error ratio.

    The median over neuroids; of training stimuli that were left out, never of held-out ones.
    """
    with np.errstate(invalid="ignore"):
        found = np.stack([1 - np.nanmedian(fit.inner, axis=-1) for fit in fits], axis=1)
    return np.where(np.isnan(found), -np.inf, found)


def chosen(fits: list[Fit], index: np.ndarray, attribute: str) -> np.ndarray:
    """Return ``held_out`` or ``r`` of the step that each split took for each time bin.

    Parameters
    ----------
    fits
        One a step.
    index
        Position of the step, shape (split, time_bin).
    attribute
        ``r``, or ``held_out``, which `place` puts together from the splits.
    """
    stacked = np.stack([getattr(fit, attribute) for fit in fits])
    splits, bins = np.indices(index.shape)
    return np.asarray(stacked[index, splits, bins])


def chosen_held_out(fits: list[Fit], index: np.ndarray, splits: Any) -> np.ndarray:
    """Return the held-out predictions of the step that each split took for each time bin."""
    result = np.full_like(fits[0].held_out, np.nan)
    for k, (_, test) in enumerate(splits):
        for b, step in enumerate(index[k]):
            result[test, b] = fits[step].held_out[test, b]
    return result
