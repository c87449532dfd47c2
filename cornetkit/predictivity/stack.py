"""Several steps, or areas and steps, as one set of features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from .features import Features

# The step of features that stand for several.
SEVERAL = -1


@dataclass(frozen=True)
class Stack(Features):
    """The units of several steps (and areas) side by side: their Gram matrices add.

    Parameters
    ----------
    parts
        What is put together. `step` is -1; `time_ms` is from the first start to the last end.
    """

    parts: tuple[Features, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[Features]) -> Stack:
        """Put parts together, under the areas' names in their order."""
        parts = sorted(parts, key=lambda f: (f.order, f.step))
        first = parts[0]
        limits = np.array([f.time_ms for f in parts])
        known = np.isfinite(limits).all()
        driven = all(f.driven is not False for f in parts)
        return cls(
            area="+".join(dict.fromkeys(f.area for f in parts)),
            step=SEVERAL,
            position=first.position,
            array=first.array,
            driven=driven if all(f.driven is not None for f in parts) or not driven else None,
            order=first.order,
            time_ms=(limits[:, 0].min(), limits[:, 1].max()) if known else (np.nan, np.nan),
            parts=tuple(parts),
        )

    @property
    def n_units(self) -> int:
        """Number of units of all parts."""
        return sum(part.n_units for part in self.parts)

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.area} steps {self.steps}"

    @property
    def steps(self) -> str:
        """The steps, as text: ``0,1``; those of several areas with their names."""
        by_area: dict[str, list[str]] = {}
        for part in self.parts:
            by_area.setdefault(part.area, []).append(str(part.step))
        if len(by_area) == 1:
            return ",".join(next(iter(by_area.values())))
        return "; ".join(f"{area} {','.join(steps)}" for area, steps in by_area.items())

    def blocks(self, ids: Sequence[Any]) -> Iterator[np.ndarray]:
        """Yield (stimulus, unit) blocks of one part after the other."""
        return chain.from_iterable(part.blocks(ids) for part in self.parts)


def stack_features(
    used: Sequence[Features], undriven: Sequence[Features], over_areas: bool
) -> tuple[list[Features], list[Features]]:
    """Stack all driven steps of each area, or of all areas.

    Parameters
    ----------
    used, undriven
        Steps that the image has reached, or is taken to have; and the others.
    over_areas
        One stack of everything instead of one an area.

    Returns
    -------
    stacks, skipped
        The latter stand for areas that the image reaches at no step.
    """
    if over_areas:
        return [Stack.of(used)], []
    return [Stack.of(steps) for steps in group_by_area(used).values()], skip_areas(used, undriven)


def group_by_area(features: Sequence[Features]) -> dict[str, list[Features]]:
    """Return the features of each area, areas in the model's order."""
    found: dict[str, list[Features]] = {}
    for f in sorted(features, key=lambda f: f.order):
        found.setdefault(f.area, []).append(f)
    return found


def skip_areas(used: Sequence[Features], undriven: Sequence[Features]) -> list[Features]:
    """Return one entry for each area that the image reaches at no step."""
    reached = {f.area for f in used}
    unreached = group_by_area([f for f in undriven if f.area not in reached])
    return [
        replace(steps[0], step=SEVERAL, time_ms=(np.nan, np.nan)) for steps in unreached.values()
    ]
