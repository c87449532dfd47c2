"""RSA results as a table: a row for each place, say area x step x time bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError
from ..result_contents import content_of, name_of_result

VALUES = ("score", "score_error", "ceiling_lower", "ceiling_upper")
# Only where they were asked for.
INFERRED = ("score_low", "score_high", "p", "p_corrected")


def rsa_table(result: xr.Dataset) -> pd.DataFrame:
    """Return one row for each area, step and time bin, or whatever dims the result has.

    Parameters
    ----------
    result
        From `rsa`, `one_to_one` or `soft_matching`.

    Returns
    -------
    DataFrame
        A column for each dim (``time`` is called ``step``; with ``step_ms`` and ``bin_ms``, the
        windows, where they are known), then ``score``, ``score_error`` (over subjects; NaN where
        there is one RDM), ``ceiling_lower`` and ``ceiling_upper``; with a bootstrap ``score_low``
        and ``score_high``, with permutations ``p`` and ``p_corrected``. Steps that the image has
        not reached are left out.

    Raises
    ------
    InputError
        It is another result.
    """
    if content_of(result) not in ("rsa", "one-to-one matching", "soft matching"):
        raise InputError(f"{name_of_result(result)} was given; expected the result of rsa")
    score = result["score"]
    rows = []
    for place in np.ndindex(*score.shape):
        at = dict(zip((str(dim) for dim in score.dims), place, strict=True))
        here = result.isel(at, missing_dims="ignore")
        if "driven" in here.coords and not bool(here["driven"]):
            continue
        row: dict[str, object] = {}
        for dim in at:
            if dim == "time":
                row["step"] = int(here["time"])
                row["step_ms"] = _window(here, "time_start_ms", "time_end_ms")
            elif dim == "time_bin":
                limits = _window(here, "time_bin_start", "time_bin_end")
                row["bin_ms"] = limits or (f"bin {at[dim]}" if result.sizes[dim] > 1 else "")
            else:
                row[dim] = here[dim].item() if dim in here.coords else at[dim]
        for name in VALUES:
            row[name] = float(here[name]) if name in here else np.nan
            if name == "score_error":
                row |= {other: float(here[other]) for other in INFERRED if other in here}
        rows.append(row)
    return pd.DataFrame(rows)


def _window(here: xr.Dataset, start: str, end: str) -> str:
    if start not in here.coords or end not in here.coords:
        return ""
    low, high = float(here[start]), float(here[end])
    return "" if np.isnan(low) or np.isnan(high) else f"{low:g}-{high:g}"
