"""Scores as a table: a row for each area, step and time bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

COLUMNS = ("score", "score_error", "score_low", "score_high", "ceiling_score", "normalized")


def score_table(scores: xr.Dataset) -> pd.DataFrame:
    """Return one row for each scored area, step and time bin.

    Parameters
    ----------
    scores
        From `predict`.

    Returns
    -------
    DataFrame
        ``area, step, step_ms`` (the model's window, empty where it has none), ``bin_ms`` (the
        recording's; ``bin 0``, ``bin 1``, ... where several have no known limits), and the
        columns of the scores.
    """
    n_bins = scores.sizes["time_bin"]
    # Bins whose limits are not known still have to be told apart.
    unknown = [f"bin {k}" for k in range(n_bins)] if n_bins > 1 else [""]
    rows = []
    for i, area in enumerate(scores["area"].values):
        for j, step in enumerate(scores["time"].values):
            if not bool(scores["driven"].values[i, j]):
                continue
            start, end = (scores[f"time_{side}_ms"].values[i, j] for side in ("start", "end"))
            for k in range(n_bins):
                values = {
                    name: float(scores[name].values[(k,) if scores[name].ndim == 1 else (i, j, k)])
                    for name in COLUMNS
                }
                limits = (scores[f"time_bin_{side}"].values[k] for side in ("start", "end"))
                rows.append(
                    {
                        "area": str(area),
                        "step": int(step),
                        "step_ms": _window(start, end),
                        "bin_ms": _window(*limits) or unknown[k],
                        **values,
                    }
                )
    return pd.DataFrame(rows, columns=["area", "step", "step_ms", "bin_ms", *COLUMNS])


def best_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each area and time bin, the row of the step with the highest score.

    Areas and bins without any defined score are left out. Which step is best depends on the
    signal-to-noise ratio too: a simpler, earlier step wins where responses are less reliable.
    """
    defined = table[table["score"].notna()]
    best = defined.loc[defined.groupby(["area", "bin_ms"], sort=False)["score"].idxmax()]
    return best.reset_index(drop=True)


def _window(start: float, end: float) -> str:
    if np.isnan(start) or np.isnan(end):
        return ""
    return f"{start:g}-{end:g}"
