"""Fewer repetitions: trials left out at random, as many as wanted of each stimulus."""

from __future__ import annotations

import numpy as np
import xarray as xr

from .grouping import StimulusGroups
from .trial_order import label_order


def thin(
    recordings: xr.DataArray, keep: np.ndarray, rng: int | np.random.Generator = 0
) -> xr.DataArray:
    """Leave out repetitions at random.

    Parameters
    ----------
    recordings
        Trial rows (presentation, time_bin, neuroid); NaN = missing.
    keep
        Valid repetitions to keep of each stimulus (sorted by id), time bin and neuroid, shape
        (stimulus, time_bin, neuroid). As many as there are leaves all.
    rng
        Seed or generator. The trials are put in one random order for all time bins and neuroids,
        and those that come first are kept: responses recorded together stay together, and of two
        numbers the smaller is part of the larger.

    Returns
    -------
    xarray.DataArray
        The same rows with NaN for what is left out, in the float type given; rows of which
        nothing is left are dropped.
    """
    values = recordings.transpose("presentation", "time_bin", "neuroid").values
    thinned = values.astype(np.result_type(values.dtype, np.float32))
    order = label_order(recordings)
    order = order[np.random.default_rng(rng).permutation(order.size)]
    groups = StimulusGroups.of(recordings["stimulus"].values[order])
    kept = np.zeros(np.shape(keep), dtype=np.int64)
    for occurrence in range(int(groups.counts.max())):
        stimuli = np.flatnonzero(groups.counts > occurrence)
        rows = order[groups.order[groups.starts[stimuli] + occurrence]]
        valid = ~np.isnan(thinned[rows])
        wanted = valid & (kept[stimuli] < keep[stimuli])
        kept[stimuli] += wanted
        thinned[rows] = np.where(wanted, thinned[rows], np.nan)
    result = recordings.transpose("presentation", "time_bin", "neuroid").copy(data=thinned)
    before, after = (~np.isnan(v).all(axis=(1, 2)) for v in (values, thinned))
    emptied = before & ~after
    return result.isel(presentation=~emptied) if emptied.any() else result
