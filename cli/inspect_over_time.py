"""What ``cornetkit inspect`` says of dynamics, power, latencies and the like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .dynamics import report as report_dynamics
from .power import report as report_power
from .printing import records

OVER_TIME = (
    "generalisation of a mapping",
    "rdm movie",
    "latency",
    "trajectories",
)


def look_over_time(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file that `save_temporal` wrote."""
    import cornetkit as ck

    result = ck.open_temporal(path)
    a = result.attrs
    sizes = ", ".join(f"{dim} {size:,}" for dim, size in result.sizes.items())
    shown = ("variant", "labels", "classifier", "cross_validate", "metric", "seed")
    said = [f"{name} {a[name]}" for name in shown if name in a]
    lines = [
        f"{path}: {a['analysis']} of {a['n_stimuli']:,} stimuli",
        f"  {sizes}",
        f"  variables: {', '.join(map(str, result.data_vars))}",
        *([f"  {'; '.join(said)}"] if said else []),
    ]
    return {"sizes": dict(result.sizes), "attrs": dict(a), "lines": lines}


def look_at_dynamics(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file that `save_dynamics` wrote."""
    import cornetkit as ck

    tree = ck.open_dynamics(path)
    said = report_dynamics(tree, "recordings", "model")
    lines = [f"{path}: dynamics", *(f"  {line}".rstrip() for line in said)]
    return {"rows": list(tree.children), "attrs": dict(tree.attrs), "lines": lines}


def look_at_power(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `power`."""
    import cornetkit as ck

    result = ck.open_temporal(path)
    lines = [f"{path}: power of a design", *(f"  {line}".rstrip() for line in report_power(result))]
    names = ["recovery", "told", "identifiable", "score"]
    table = result[names].reset_coords(drop=True).to_dataframe().reset_index()
    return {"rows": records(table), "attrs": dict(result.attrs), "lines": lines}
