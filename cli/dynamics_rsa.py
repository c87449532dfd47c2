"""What ``cornetkit dynamics`` prints of step x bin RSA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def rsa_lines(data: xr.Dataset) -> list[str]:
    """Return a line a time bin: the best step, its similarity with limits, and normalised."""
    one = data.isel(copy=0)
    matched = data.sel(copy="matched") if "matched" in data["copy"].values else None
    lines = [
        "RSA: best step of each bin, chosen on training stimuli; Spearman of RDMs of held-out ones "
        "(95 %); / ceiling" + ("; step at matched reliability" if matched is not None else "")
    ]
    for k in range(data.sizes["time_bin"]):
        ends = [float(data[f"time_bin_{side}"].values[k]) for side in ("start", "end")]
        name = f"{ends[0]:g}-{ends[1]:g}" if np.isfinite(ends).all() else f"bin {k}"
        score, low, high, normal = (
            float(one[f"best_{n}"].values[k])
            for n in ("score", "score_low", "score_high", "normalized")
        )
        text = f"  {name:<9} step {int(one['best_step_main'].values[k])}  {score:+.3f} "
        text += f"({low:+.3f} to {high:+.3f})  {f'{normal:.3f}' if normal == normal else '-':<5}"
        if matched is not None:
            text += f"  {int(matched['best_step_main'].values[k])}"
        lines.append(text.rstrip())
    return lines
