"""Scores as a table: a row for each area, step and time bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result

COLUMNS = ("score", "score_error", "score_low", "score_high", "ceiling_score", "normalized")
# Where there were permutations.
P_COLUMNS = ("p", "p_corrected")


def score_table(scores: xr.Dataset) -> pd.DataFrame:
    """Return one row for each scored area, step and time bin.

    Parameters
    ----------
    scores
        From `predict`.

    Returns
    -------
    DataFrame
        ``area, step`` (where it stands for several, those of the time bin, as text: ``0,1``),
        ``step_ms`` (the model's window, empty where it has none), ``bin_ms`` (the
        recording's; ``bin 0``, ``bin 1``, ... where several have no known limits), and the
        columns of the scores (``p, p_corrected`` too, where there are), and ``undefined``, the
        neuroids without an r in some split.

    Raises
    ------
    InputError
        It is another result.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> table = score_table(ck.predict(acts, it, progress=False))
    >>> table.columns[:6].tolist()
    ['area', 'step', 'step_ms', 'bin_ms', 'score', 'score_error']
    """
    if content_of(scores) != "scores":
        raise InputError(
            f"{name_of_result(scores)} was given; expected scores, the result of predict"
        )
    n_bins = scores.sizes["time_bin"]
    # Bins whose limits are not known still have to be told apart.
    unknown = [f"bin {k}" for k in range(n_bins)] if n_bins > 1 else [""]
    columns = (*COLUMNS, *(name for name in P_COLUMNS if name in scores))
    rows = []
    for i, area in enumerate(scores["area"].values):
        for j in range(scores.sizes["time"]):
            if not bool(scores["driven"].values[i, j]):
                continue
            start, end = (scores[f"time_{side}_ms"].values[i, j] for side in ("start", "end"))
            for k in range(n_bins):
                values = {
                    name: float(scores[name].values[(k,) if scores[name].ndim == 1 else (i, j, k)])
                    for name in columns
                }
                limits = (scores[f"time_bin_{side}"].values[k] for side in ("start", "end"))
                rows.append(
                    {
                        "area": str(area),
                        "step": _step(scores, i, j, k),
                        "step_ms": _window(start, end),
                        "bin_ms": _window(*limits) or unknown[k],
                        **values,
                        "undefined": int(np.isnan(scores["r"].values[i, j, k]).any(axis=0).sum()),
                    }
                )
    return pd.DataFrame(rows, columns=["area", "step", "step_ms", "bin_ms", *columns, "undefined"])


def part_table(scores: xr.Dataset) -> pd.DataFrame:
    """Return one row for each part of the neuroids (`predict` with ``by=``), area, step and bin.

    Parameters
    ----------
    scores
        From `predict`, with ``score_by``.

    Returns
    -------
    DataFrame
        A column named as the coordinate, such as ``animal``; ``area, step, bin_ms, n_neuroids``;
        and ``score, score_error, ceiling_score, normalized`` of the part.
    """
    rows = score_table(scores)
    where = [(i, j) for i, j in np.ndindex(scores["driven"].shape) if scores["driven"].values[i, j]]
    places = [(i, j, k) for i, j in where for k in range(scores.sizes["time_bin"])]
    found = []
    for p, value in enumerate(scores["by"].values):
        part = rows[["area", "step", "bin_ms"]].copy()
        part.insert(0, str(scores["by"].attrs["coordinate"]), str(value))
        part["n_neuroids"] = int(scores["n_neuroids_by"].values[p])
        for name in ("score", "score_error", "normalized"):
            part[name] = [float(scores[f"{name}_by"].values[(p, *place)]) for place in places]
        part["ceiling_score"] = [
            float(scores["ceiling_score_by"].values[p, k]) for _, _, k in places
        ]
        found.append(part)
    return pd.concat(found, ignore_index=True)


def best_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each area and time bin, the row of the step with the highest score.

    Areas and bins without any defined score are left out.

    The step is chosen on the very scores that are returned: the best of several noisy scores is
    too high by that choice alone, and above 0 where no step predicts anything, the more so the
    more steps there are. A score that can be reported comes from choosing the step on other
    stimuli or repetitions. Which step is best depends on the signal-to-noise ratio too: a
    simpler, earlier step wins where responses are less reliable.
    """
    defined = table[table["score"].notna()]
    best = defined.loc[defined.groupby(["area", "bin_ms"], sort=False)["score"].idxmax()]
    return best.reset_index(drop=True)


def _step(scores: xr.Dataset, area: int, time: int, time_bin: int) -> int | str:
    """Return the step of an entry, or as text the several ones that it stands for."""
    if "alignment_weight" in scores:
        weights = scores["alignment_weight"].values[area, time_bin]
        return ",".join(str(step) for step in scores["step"].values[weights > 0])
    if "steps" in scores.coords:
        return str(scores["steps"].values[area, time])
    return int(scores["time"].values[time])


def _window(start: float, end: float) -> str:
    if np.isnan(start) or np.isnan(end):
        return ""
    return f"{start:g}-{end:g}"
