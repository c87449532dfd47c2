"""Whether a lag can be told: do steps in turn predict more than one step for all bins?"""

from __future__ import annotations

from functools import partial

import numpy as np

from .alignment_families import Grid, fit_affine
from .design import Design
from .fits import correlate
from .fitted import Fitted, chosen_held_out, explained_inside
from .identifiability import STEPS_FOR_LAG
from .resample import interval_of

FEW_STEPS = (
    "with {n} driven steps of {area} the lag is not identifiable: one change from step to step "
    "says neither when the first began nor how long a step lasts; record a model with more steps "
    "(8 or more)"
)
NO_LIMITS = "time bins have no limits in ms, so there is no onset and no step length"
NO_SIGNAL = (
    "the responses of fewer than 2 time bins can be told from noise (copy {copy}), so the lag is "
    "not identifiable"
)
NO_CHANGE = (
    "one step for all bins predicts as well as steps that follow one another (these have "
    "{value:+.3f} more in r, {low:+.3f} to {high:+.3f}; copy {copy}), so the lag is not "
    "identifiable"
)


def by_design(design: Design) -> str:
    """Return ``"true"`` where steps and bins allow an onset and a step length, or why not."""
    if not design.in_ms:
        return NO_LIMITS
    n = len(design.steps)
    return "true" if n >= STEPS_FOR_LAG else FEW_STEPS.format(n=n, area=design.area)


def by_data(fitted: Fitted, copy: str, grid: Grid) -> tuple[str, tuple[float, float, float]]:
    """Return ``"true"`` or why not, and what steps that follow one another add, with limits.

    Both rules are fitted inside the training stimuli of each split and scored on held-out ones:
    the best lag of a code that does not change, or of noise, would else always look better than
    the best single step. Mean over bins with signal of the difference in r.
    """
    nothing = (np.nan, np.nan, np.nan)
    usable = ~np.isnan(fitted.copies[copy].root)
    if usable.sum() < 2:
        return NO_SIGNAL.format(copy=copy), nothing
    fits, splits = fitted.steps(copy), fitted.design.folds.splits
    explained = explained_inside(fits)
    n_bins = explained.shape[2]
    following = np.stack([fit_affine(e, grid).weights.argmax(axis=1) for e in explained])
    single = explained[:, :, usable].sum(axis=2).argmax(axis=1)
    responses = fitted.copies[copy].responses
    both = [
        chosen_held_out(fits, index, splits)
        for index in (following, np.repeat(single[:, None], n_bins, axis=1))
    ]
    r = [correlate(held_out, responses, splits) for held_out in both]
    again = [fitted.resampled(copy, held_out) for held_out in both]
    found = interval_of(
        r[0] - r[1], again[0] - again[1], fitted.draws, partial(mean_over, usable=usable)
    )
    value, low, high = (float(x) for x in found)
    if low > 0:
        return "true", (value, low, high)
    return NO_CHANGE.format(value=value, low=low, high=high, copy=copy), (value, low, high)


def mean_over(scores: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Return the mean over the usable bins, which are last, of what is defined."""
    values = scores[..., usable]
    count = np.maximum((~np.isnan(values)).sum(axis=-1), 1)
    return np.asarray(np.nansum(values, axis=-1) / count)
