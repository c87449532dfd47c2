"""Scores and ceilings of RDMs, put into one Dataset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from .ceilings import mean_over
from .forms import Rdms


def renamed(rdms: Rdms) -> Rdms:
    """Give the numbers of units on the side of the recordings their own names."""
    names = {"n_units": "n_neuroids", "n_constant_units": "n_constant_neuroids"}
    return replace(rdms, coords={names.get(name, name): c for name, c in rdms.coords.items()})


def collect(found: xr.DataArray, ceilings: xr.Dataset, theirs: Rdms, average: bool) -> xr.Dataset:
    """Put scores and ceilings into one Dataset."""
    data = xr.Dataset(coords=found.coords)
    score = found
    if "subject" in found.dims and average:
        axis = found.dims.index("subject")
        dims = [dim for dim in found.dims if dim != "subject"]
        data["r"] = (found.dims, found.values, {"long_name": "similarity with each subject's RDM"})
        values = found.values
        count = (~np.isnan(values)).sum(axis=axis)
        mean = mean_over(values, axis)
        spread = np.nansum((values - np.expand_dims(mean, axis)) ** 2, axis=axis)
        variance = np.divide(spread, count - 1, out=np.full(mean.shape, np.nan), where=count > 1)
        data["score"] = (dims, mean)
        data["score_error"] = (
            dims,
            np.sqrt(variance / np.maximum(count, 1)),
            {"long_name": "standard error over subjects: the choice of stimuli is not in it"},
        )
    else:
        data["score"] = (score.dims, score.values)
    dims = [dim for dim in theirs.dims if dim != "subject"]
    for name in ("ceiling_lower", "ceiling_upper"):
        each = ceilings.get(name.removeprefix("ceiling_"))
        if average or each is None:
            data[name] = (dims, ceilings[name].values)
        else:  # every subject's own
            data[name] = (each.dims, each.values)
    return data
