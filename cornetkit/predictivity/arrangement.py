"""What a score is made for: each step and time bin by itself, all bins at once, or all steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, listing, unknown_name
from ..schema import names_of
from .alignment_table import Table, read_table
from .features import Features
from .protocols import Protocol
from .shared import METHODS, Shared
from .stack import SEVERAL, Stack, group_by_area, skip_areas, stack_features
from .step_alignment import ALIGNMENTS, align_steps, check_times

MAPPINGS = ("per-bin", "shared")
STACKS = (("time", "unit"), ("area", "time", "unit"))


@dataclass(frozen=True)
class Arrangement:
    """How steps and time bins are put together.

    Parameters
    ----------
    mapping
        ``per-bin`` or ``shared``.
    alignment
        Of a shared mapping: a name, or a table; None otherwise.
    stack
        The dims that are made one: () for none.
    """

    mapping: str = "per-bin"
    alignment: str | Table | None = None
    stack: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, mapping: str, alignment: Any, stack: str | Sequence[str] | None, plan: Protocol
    ) -> Arrangement:
        """Check what `predict` was given.

        Raises
        ------
        InputError
            An unknown name, or arguments that do not go together.
        """
        if mapping not in MAPPINGS:
            raise unknown_name("mapping", mapping, MAPPINGS)
        dims = _dims(stack)
        if mapping == "per-bin":
            if alignment is not None:
                raise InputError(
                    "alignment says which step stands for which time bin, which only a mapping "
                    "over all bins asks for; add mapping='shared' (--mapping shared)"
                )
            return cls(mapping, None, dims)
        if dims:
            raise InputError(
                "mapping='shared' takes the steps as points in time and stack puts them side by "
                "side; give one of the two"
            )
        _check_plan(plan)
        if alignment is None:
            alignment = ALIGNMENTS[0]
        if isinstance(alignment, str) and alignment in ALIGNMENTS:
            return cls(mapping, alignment, dims)
        if isinstance(alignment, str) and not alignment.lower().endswith((".csv", ".txt")):
            raise unknown_name("alignment", alignment, [*ALIGNMENTS, "a table (.csv)"])
        return cls(mapping, read_table(alignment), dims)

    def describe(self) -> dict[str, Any]:
        """Return the attributes of a result."""
        found: dict[str, Any] = {"mapping": self.mapping, "stack": ",".join(self.stack) or "none"}
        if self.alignment is not None:
            # Of a table, what it says stands in `aligned_step`.
            found["alignment"] = "table" if isinstance(self.alignment, Table) else self.alignment
        return found

    def arrange(
        self, features: Sequence[Features], averaged: xr.DataArray
    ) -> tuple[list[Features], list[Features]]:
        """Return what is scored, and what stays NaN since the image has not arrived.

        Parameters
        ----------
        features
            Every area and step; at least one is driven.
        averaged
            The responses, which have the limits of the time bins.
        """
        used = [f for f in features if f.driven is not False]
        undriven = [f for f in features if f.driven is False]
        if self.stack:
            stacks, skipped = stack_features(used, undriven, "area" in self.stack)
            return [*stacks], skipped
        if self.alignment is None:
            return used, undriven
        reached = {f.area for f in used}
        by_area = {a: s for a, s in group_by_area(features).items() if a in reached}
        start, end = (averaged[f"time_bin_{s}"].values.astype(float) for s in ("start", "end"))
        check_times(by_area, start, end, self.alignment)
        shared = [
            Shared.aligned(align_steps(steps, start, end, self.alignment))
            for steps in by_area.values()
        ]
        return [*shared], skip_areas(used, undriven)

    def label(self, scores: xr.Dataset, scored: Sequence[Features]) -> xr.Dataset:
        """Say in the scores which steps stand behind each entry (see `predict`)."""
        stacks = [f for f in scored if isinstance(f, Stack)]
        if not stacks:
            return scores
        areas = scores["area"].values.tolist()
        texts = np.full((len(areas), scores.sizes["time"]), "", dtype=object)
        for stack in stacks:
            texts[areas.index(stack.area), 0] = stack.steps
        scores = scores.assign_coords(steps=(("area", "time"), texts.astype(str)))
        scores["time"].attrs["meaning"] = (
            f"{SEVERAL}: several steps, which the coordinate 'steps' names for each area"
        )
        shared = [f for f in stacks if isinstance(f, Shared)]
        if not shared:
            return scores
        steps = sorted({part.step for f in shared for part in f.parts})
        n_bins = scores.sizes["time_bin"]
        main = np.full((len(areas), n_bins), -1)
        weights = np.zeros((len(areas), n_bins, len(steps)))
        for f in shared:
            at = areas.index(f.area)
            main[at] = f.main_steps
            weights[at][:, [steps.index(part.step) for part in f.parts]] = f.weights
        scores = scores.assign_coords(aligned_step=(("area", "time_bin"), main), step=steps)
        scores["alignment_weight"] = (("area", "time_bin", "step"), weights)
        return scores


def _check_plan(plan: Protocol) -> None:
    """Raise where a mapping over all time bins cannot do what the plan asks for."""
    if plan.method not in METHODS or plan.standardize:
        asked = "standardize=True" if plan.standardize else f"method '{plan.method}'"
        raise InputError(
            f"mapping='shared' goes through the Gram matrix (methods {listing(METHODS)}), {asked} "
            "does not; leave that out, or take mapping='per-bin'"
        )
    if plan.pooled or plan.normalization == "%EV":
        raise InputError(
            f"protocol {plan.name} maps every time bin by itself (pooled correlations, %EV); take "
            "another one with mapping='shared', or mapping='per-bin'"
        )


def _dims(stack: str | Sequence[str] | None) -> tuple[str, ...]:
    if stack is None:
        return ()
    given = stack.split(",") if isinstance(stack, str) else names_of(stack, "stack")
    for dims in STACKS:
        if {str(dim).strip() for dim in given} == set(dims) and len(given) == len(dims):
            return dims
    raise InputError(
        f"stack={tuple(given)} was given; expected ('time', 'unit'): all steps of an area side by "
        "side, or ('area', 'time', 'unit'): all areas and steps"
    )
