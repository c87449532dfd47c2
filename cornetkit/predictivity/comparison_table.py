"""Comparisons as a table: a row for each pair of places and time bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result

COLUMNS = (
    "score_a", "score_b", "difference", "difference_low", "difference_high", "p", "p_corrected",
)  # fmt: skip


def comparison_table(comparison: xr.Dataset) -> pd.DataFrame:
    """Return one row for each pair of places and each time bin.

    Parameters
    ----------
    comparison
        From `compare_scores`.

    Returns
    -------
    DataFrame
        ``a, b`` (places such as ``IT@3``), ``bin_ms`` (empty where limits are not known), and
        ``score_a, score_b, difference, difference_low, difference_high, p, p_corrected``.

    Raises
    ------
    InputError
        It is another result.
    """
    if content_of(comparison) != "comparison of scores":
        raise InputError(
            f"{name_of_result(comparison)} was given; expected the result of compare_scores"
        )
    n_bins = comparison.sizes["time_bin"]
    bins = [f"bin {k}" if n_bins > 1 else "" for k in range(n_bins)]
    if "time_bin_start" in comparison.coords and "time_bin_end" in comparison.coords:
        limits = zip(
            comparison["time_bin_start"].values, comparison["time_bin_end"].values, strict=True
        )
        bins = [
            f"{start:g}-{end:g}" if np.isfinite([start, end]).all() else name
            for name, (start, end) in zip(bins, limits, strict=True)
        ]
    rows = [
        {
            "a": str(comparison["place_a"].values[i]),
            "b": str(comparison["place_b"].values[i]),
            "bin_ms": bins[k],
            **{name: float(comparison[name].values[i, k]) for name in COLUMNS},
        }
        for i in range(comparison.sizes["pair"])
        for k in range(n_bins)
    ]
    return pd.DataFrame(rows, columns=["a", "b", "bin_ms", *COLUMNS])
