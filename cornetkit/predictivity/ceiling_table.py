"""Ceilings as a table: a row for each time bin, and region or animal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, unknown_name
from .ceiling_reasons import NOT_POSITIVE, UNSTABLE, sum_up_reasons

# What ranks below all ceilings in a median instead of being left out.
_LOWEST = (NOT_POSITIVE, UNSTABLE)


def ceiling_table(ceilings: xr.DataArray, by: str | None = None) -> pd.DataFrame:
    """Return one row for each time bin, and each value of a coordinate of the neuroids.

    Parameters
    ----------
    ceilings
        From `ceiling`.
    by
        A coordinate of the neuroids, such as ``region`` or ``animal``; None for all together.

    Returns
    -------
    DataFrame
        ``bin_ms`` (``bin 0``, ``bin 1``, ... where several have no known limits), the coordinate
        of `by`, ``n_neuroids``, ``median``, ``q25`` and ``q75`` of the ceilings in units of r^2,
        ``n_undefined``, ``reasons`` (how many of which), and ``repetitions``, their mean over
        stimuli and neuroids. Neuroids that are not positive rank below all others; those that are
        undefined for any other reason are left out of median and quartiles. NaN where that falls
        among the former. Without `by` the median is ``ceiling_score``, which the ``brainscore``
        method takes over its splits.

    Raises
    ------
    UnknownNameError
        The neuroids have no such coordinate.
    """
    labels = _labels(ceilings, by)
    values, reasons = ceilings.values, ceilings["reason"].values
    repetitions = ceilings["repetitions"].values
    rows = []
    for k, name in enumerate(_bin_names(ceilings)):
        for label in dict.fromkeys(labels.tolist()):
            here = labels == label
            why = reasons[k, here]
            quartiles = _quartiles(values[k, here], why)
            if by is None:
                quartiles[1] = float(ceilings["ceiling_score"].values[k])
            rows.append(
                {
                    "bin_ms": name,
                    **({} if by is None else {by: label}),
                    "n_neuroids": int(here.sum()),
                    "median": quartiles[1],
                    "q25": quartiles[0],
                    "q75": quartiles[2],
                    "n_undefined": int((why != "").sum()),
                    "reasons": sum_up_reasons(why),
                    "repetitions": float(repetitions[k, here].mean()),
                }
            )
    return pd.DataFrame(rows)


def _labels(ceilings: xr.DataArray, by: str | None) -> np.ndarray:
    if by is None:
        return np.full(ceilings.sizes["neuroid"], "")
    known = [str(n) for n, c in ceilings.coords.items() if c.dims == ("neuroid",)]
    known.remove("neuroid")
    if not known:
        raise InputError(
            f"the neuroids have no coordinate '{by}', nor any other besides their ids; add it with "
            f".assign_coords({by}=('neuroid', [...])), or leave out by= (--by)"
        )
    if by not in known:
        raise unknown_name("coordinate of the neuroids", by, known)
    return ceilings[by].values.astype(str)


def _quartiles(values: np.ndarray, reasons: np.ndarray) -> list[float]:
    ranked = np.where(np.isin(reasons, _LOWEST), -np.inf, values)
    ranked = ranked[~np.isnan(ranked)]
    if not ranked.size:
        return [np.nan] * 3
    with np.errstate(invalid="ignore"):  # a quartile between -inf and a number
        found = np.quantile(ranked, [0.25, 0.5, 0.75])
    return [float(q) if np.isfinite(q) else np.nan for q in found]


def _bin_names(ceilings: xr.DataArray) -> list[str]:
    n_bins = ceilings.sizes["time_bin"]
    limits = [ceilings.coords.get(f"time_bin_{side}") for side in ("start", "end")]
    names = []
    for k in range(n_bins):
        known = [float(c.values[k]) for c in limits if c is not None]
        if len(known) == 2 and np.isfinite(known).all():
            names.append(f"{known[0]:g}-{known[1]:g}")
        else:
            names.append(f"bin {k}" if n_bins > 1 else "")
    return names
