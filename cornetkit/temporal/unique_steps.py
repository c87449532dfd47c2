"""What each later step adds to the first by itself: unique variance, by banded ridge."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import CornetkitWarning
from .fitted import Fitted


def add_unique(data: xr.Dataset, acts: Any, fitted: Fitted) -> xr.Dataset:
    """Add what each later step adds to the first by banded ridge, on the copy of the claims."""
    from ..predictivity import partition_variance

    design = fitted.design
    trials = fitted.copies[data.attrs["claimed_on"]].trials
    source = str(acts) if isinstance(acts, Path) else acts
    parts, medians = [], []
    first, *later = (int(s) for s in design.numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)
        for step in later:
            found = partition_variance(
                source, trials, area=design.area, steps=(first, step), join="inner",
                n_splits=design.plan.n_splits, groups=design.plan.groups, rng=design.plan.seed,
                progress=False,
            )  # fmt: skip
            parts.append(found["unique"].sel(time=step).values)
            medians.append(found["unique_median"].sel(time=step).values)
    data = data.assign_coords(later_step=later)
    units = {"units": "share of variance", "beside": f"step {first}"}
    data["unique"] = (("later_step", "time_bin"), np.stack(medians), units)
    data["unique_neuroids"] = (("later_step", "time_bin", "neuroid"), np.stack(parts), units)
    return data
