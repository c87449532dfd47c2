"""What ``cornetkit inspect`` says of files of decoding, solution times, latencies and the like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

OVER_TIME = (
    "decoding",
    "object solution times",
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

    from .dynamics import report

    tree = ck.open_dynamics(path)
    lines = [f"{path}: dynamics", *(f"  {line}" for line in report(tree, "recordings", "model"))]
    return {"rows": list(tree.children), "attrs": dict(tree.attrs), "lines": lines}
