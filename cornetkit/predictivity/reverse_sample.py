"""Which neuroids and units take part in reverse predictivity, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..schema import check_whole
from .duplicates import Duplicates
from .features import Features


@dataclass(frozen=True)
class UnitSample:
    """Units of one area that are predicted, and draws of units that predict.

    Parameters
    ----------
    units
        Positions along ``unit`` of the units that are predicted, shape (n_units,), ascending.
    draws
        Positions of the units that predict, one array of shape (n_predictors,) a draw.
    n_varying
        Units of the area that vary over the stimuli at every driven step.
    """

    units: np.ndarray
    draws: list[np.ndarray]
    n_varying: int


def varying_units(
    steps: Sequence[Features], ids: Sequence[Any], duplicates: Duplicates
) -> np.ndarray:
    """Return the units of an area that vary over the stimuli at each of these steps.

    Constant ones have no correlation, and one set for all steps keeps steps comparable. The
    features pass by `duplicates`.
    """
    varies = np.ones(steps[0].array.sizes["unit"], bool)
    for features in steps:
        spans = [np.ptp(block, axis=0) > 0 for block in duplicates.watch(features.blocks(ids))]
        varies &= np.concatenate(spans)
    return np.flatnonzero(varies)


def take_units(features: Features, ids: Sequence[Any], units: np.ndarray) -> np.ndarray:
    """Return the activations of some units, shape (stimulus, unit), float64."""
    found = np.empty((len(ids), len(units)))
    begin = 0
    order = np.argsort(units, kind="stable")
    ascending = units[order]
    for block in features.blocks(ids):
        first, last = np.searchsorted(ascending, [begin, begin + block.shape[1]])
        found[:, order[first:last]] = block[:, ascending[first:last] - begin]
        begin += block.shape[1]
    return found


def sample_units(
    area: str,
    varying: np.ndarray,
    n_units: int,
    n_predictors: int,
    n_draws: int,
    seed: int,
) -> UnitSample:
    """Draw the units of an area; what is drawn does not depend on the other areas."""
    rng = np.random.default_rng([seed, *area.encode()])
    units = np.sort(rng.choice(varying, min(n_units, len(varying)), replace=False))
    return UnitSample(units, draws_of(varying, n_predictors, n_draws, rng), len(varying))


def draws_of(
    population: np.ndarray, size: int, n_draws: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Draw `size` of a population several times; once where that is all of it."""
    if size == len(population):
        return [population]
    return [np.sort(rng.choice(population, size, replace=False)) for _ in range(n_draws)]


def matched_count(asked: int | None, n_neuroids: int, varying: dict[str, np.ndarray]) -> int:
    """Return how many predictors both directions get in every area.

    Raises
    ------
    InputError
        More are asked for than there are, or an area has no unit that varies.
    """
    scarcest = min(varying, key=lambda area: len(varying[area]))
    fewest = len(varying[scarcest])
    if not fewest:
        raise InputError(
            f"all units of {scarcest} are constant over the stimuli at some step, so there is "
            "nothing to predict; choose other areas with areas="
        )
    if asked is None:
        return min(n_neuroids, fewest)
    check_whole(asked, "n_predictors")
    if not 1 <= asked <= min(n_neuroids, fewest):
        raise InputError(
            f"n_predictors={asked} was given, but there are {n_neuroids} neuroids with 2 "
            f"repetitions of every stimulus, and {fewest} units of {scarcest} that vary; expected "
            f"1 to {min(n_neuroids, fewest)}"
        )
    return asked
