"""Labels and provenance that the results over time share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..predictivity.provenance import attributes
from ..schema import check_whole
from .design import Design

if TYPE_CHECKING:
    from .fitted import Fitted


def check_common(n_draws: int) -> None:
    """Raise unless there are enough bootstrap draws for an interval."""
    check_whole(n_draws, "n_draws")
    if n_draws < 20:
        raise InputError(f"n_draws={n_draws} is too few for an interval; expected 20 or more")


def step_coords(design: Design) -> dict[str, Any]:
    """Return the committed times of the driven steps, NaN where there are none."""
    limits = np.array([f.time_ms for f in design.steps], dtype=float)
    return {
        "time_start_ms": ("time", limits[:, 0]),
        "time_end_ms": ("time", limits[:, 1]),
        "area": design.area,
    }


def bin_coords(design: Design) -> dict[str, Any]:
    """Return what labels time bins and neuroids."""
    averaged = design.data.averaged
    found = {
        str(n): c for n, c in averaged.coords.items() if c.dims in (("time_bin",), ("neuroid",))
    }
    for side, values in (("start", design.start), ("end", design.end)):
        found[f"time_bin_{side}"] = ("time_bin", values)
    return found


def ceilings_of(fitted: Fitted) -> dict[str, Any]:
    """Return the ceiling of each copy and bin, in units of r^2, and where it is only noise."""
    copies = list(fitted.copies.values())
    noise = {"meaning": "halves do not correlate beyond chance: nothing is normalised"}
    return {
        "ceiling_score": (("copy", "time_bin"), np.stack([c.ceiling for c in copies])),
        "noise": (("copy", "time_bin"), np.stack([c.noise for c in copies]), noise),
    }


def settings_of(design: Design) -> dict[str, Any]:
    """Return what both sides and the folds are, for attributes."""
    undriven = [str(f.step) for f in sorted(design.undriven, key=lambda f: f.step)]
    return {
        **design.plan.describe(),
        "n_splits": len(design.folds.splits),
        **design.folds.attrs,
        "n_stimuli": len(design.ids),
        "n_neuroids": design.data.averaged.sizes["neuroid"],
        "n_driven_steps": len(design.steps),
        "undriven_steps": ", ".join(undriven) or "none",
        "time_axis": "ms after onset" if design.in_ms else "number of the bin (no limits in ms)",
    }


def attributes_of(fitted: Fitted, analysis: str, **more: Any) -> dict[str, Any]:
    """Return everything that moved a result."""
    design = fitted.design
    settings = {
        "analysis": analysis,
        **settings_of(design),
        "n_draws": len(fitted.draws.neuroids),
        "interval": fitted.draws.describe(),
        **more,
    }
    return attributes(settings, design.data, list(dict.fromkeys(design.notes)))
