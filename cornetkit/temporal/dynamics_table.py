"""The course over time as a table: one row a time bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError


def dynamics_table(tree: xr.DataTree | xr.Dataset) -> pd.DataFrame:
    """Return one row a time bin with what a reader looks at first.

    Parameters
    ----------
    tree
        From `dynamics` with the analysis ``matrix``, or from `step_matrix`.

    Returns
    -------
    DataFrame
        ``bin_ms`` (or the number of the bin), ``ceiling``, ``n_reliable``; of the first step, of
        the nested best one and of every baseline: r (``first_r``, ``best_r``, ``<name>_r``) and
        r / sqrt(ceiling) (``..._norm``); ``best_step``; the same of the best step at matched
        reliability (``matched_step``, ``matched_norm``); with the analysis ``gain``: ``gain``
        over the first step at matched reliability where there is such a copy, ``gain_low``,
        ``gain_high``, ``gain_p`` and ``claimed``.

    Raises
    ------
    InputError
        There is no matrix in it.
    """
    matrix = matrix_in(tree)
    one = matrix.sel(copy="all")
    table = {
        "bin_ms": bin_names(matrix),
        "ceiling": one["ceiling_score"].values,
        "n_reliable": one["n_reliable"].values,
        "first_r": one["score"].isel(time=0).values,
        "first_norm": one["normalized"].isel(time=0).values,
        "best_step": one["best_step_main"].values,
        "best_r": one["best_score"].values,
        "best_low": one["best_score_low"].values,
        "best_high": one["best_score_high"].values,
        "best_norm": one["best_normalized"].values,
    }
    if "matched" in matrix["copy"].values:
        thinned = matrix.sel(copy="matched")
        table["matched_step"] = thinned["best_step_main"].values
        table["matched_norm"] = thinned["best_normalized"].values
    for name in matrix["baseline"].values if "baseline" in matrix.coords else ():
        table[f"{name}_r"] = one["baseline_score"].sel(baseline=name).values
        table[f"{name}_norm"] = one["baseline_normalized"].sel(baseline=name).values
    if isinstance(tree, xr.DataTree) and "gain" in tree.children:
        gain = tree["gain"].to_dataset()
        over = gain.sel(copy=gain.attrs["claimed_on"], control="first step")
        for name in ("gain", "gain_low", "gain_high"):
            table[name] = over[name].values
        table["gain_p"] = over["p"].values
        table["claimed"] = gain["claimed"].values.astype(bool)
    return pd.DataFrame(table)


def matrix_in(tree: xr.DataTree | xr.Dataset) -> xr.Dataset:
    """Return the step x bin matrix of a result."""
    if isinstance(tree, xr.DataTree) and "matrix" in tree.children:
        return tree["matrix"].to_dataset()
    if isinstance(tree, xr.Dataset) and "best_score" in tree:
        return tree
    raise InputError(
        "there is no step x bin matrix in it; expected the result of dynamics (with the analysis "
        "'matrix') or of step_matrix"
    )


def bin_names(data: xr.Dataset) -> list[str]:
    """Return ``70-90`` for each time bin, or its number where it has no limits."""
    limits = [data[f"time_bin_{side}"].values.astype(float) for side in ("start", "end")]
    if not all(np.isfinite(limit).all() for limit in limits):
        return [str(k) for k in range(data.sizes["time_bin"])]
    return [f"{a:g}-{b:g}" for a, b in zip(*limits, strict=True)]
