"""What ``cornetkit inspect`` says of behaviour, and of accuracy against recurrent step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .columns import number
from .inspect_table import frame, with_table
from .printing import records
from .report import identity

if TYPE_CHECKING:
    import xarray as xr

# Of steps that the image has not reached: no row.
_UNDRIVEN = "no choice probabilities"


def look_at_behavior(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `behavior_scores`."""
    import cornetkit as ck

    result = ck.open_behavior(path)
    a = result.attrs
    signatures = [str(name) for name in result["signature"].values]
    ceilings = [f"{s} {number(float(result['ceiling'].sel(signature=s)))}" for s in signatures]
    lines = [
        f"{path}: agreement of behaviour, {identity(a, 'a source')} and {a['n_trials']:,} trials",
        f"  {a['n_stimuli']:,} stimuli; {a['variant']}, {a['n_halves']} halves, seed {a['seed']}",
        "  consistency: r with half of the trials / sqrt(r between halves); these are "
        f"{', '.join(ceilings)}",
    ]
    rows = [
        {**place, **{s: float(here["consistency"].sel(signature=s)) for s in signatures}}
        for place, here in _places(result)
        if (here["reason"] != _UNDRIVEN).any()
    ]
    values = ["score", "consistency", "consistency_low", "consistency_high", "n_cells", "reason"]
    table = result[values].reset_coords(drop=True).to_dataframe().reset_index()
    found = with_table(lines, frame(rows), a)
    reasons = sorted({str(reason) for reason in result["reason"].values.ravel()} - {"", _UNDRIVEN})
    return {
        **found,
        "rows": records(table.rename(columns={"time": "step"})),
        "lines": [*found["lines"], *(f"  - : {reason}" for reason in reasons)],
    }


def look_at_speed_accuracy(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `speed_accuracy`."""
    import cornetkit as ck

    result = ck.open_behavior(path)
    a = result.attrs
    lines = [
        f"{path}: accuracy by step of {identity(a)}",
        f"  {int(result['n_stimuli']):,} stimuli, chance {float(result['chance']):.3f}; "
        f"{a['decoder']}, {a['n_splits']} folds, seed {a['seed']}",
        "  low, high: 95 % over stimuli; gain: over the area's first driven step",
    ]
    names = {"accuracy": "accuracy", "accuracy_low": "low", "accuracy_high": "high",
             "gain": "gain", "gain_low": "gain low", "gain_high": "gain high",
             "log_loss": "log loss"}  # fmt: skip
    rows = [
        {**place, **{head: float(here[name]) for name, head in names.items()}}
        for place, here in _places(result)
        if float(here["accuracy"]) == float(here["accuracy"])
    ]
    return with_table(lines, frame(rows), a)


def _places(result: xr.Dataset) -> list[tuple[dict[str, Any], xr.Dataset]]:
    """Return what stands at each area and step, with its labels; all where there are none."""
    import numpy as np

    dims = [str(dim) for dim in result.dims if dim != "signature"]
    labels = {dim: result[dim].values.tolist() for dim in dims}
    return [
        (
            {"step" if d == "time" else d: labels[d][i] for d, i in zip(dims, at, strict=True)},
            result.isel(dict(zip(dims, at, strict=True))),
        )
        for at in np.ndindex(*(result.sizes[dim] for dim in dims))
    ]
