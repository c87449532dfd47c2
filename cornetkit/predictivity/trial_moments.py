"""Counts, means and variances over the trials of each stimulus, without a padded array."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..kernels.trials import Moments
from ..neural.grouping import StimulusGroups


def trial_moments(trials: xr.DataArray) -> Moments:
    """Sum up trial rows.

    Parameters
    ----------
    trials
        Trial rows of dims (presentation, time_bin, neuroid); NaN = missing, which may differ from
        neuroid to neuroid.

    Returns
    -------
    Moments
        Of shape (stimulus, time_bin, neuroid), stimuli sorted by id.
    """
    values = trials.transpose("presentation", "time_bin", "neuroid").values
    groups = StimulusGroups.of(trials["stimulus"].values)
    shape = (groups.ids.size, *values.shape[1:])
    found = Moments(np.zeros(shape, int), np.zeros(shape), np.zeros(shape))
    # Stimuli with as many trials make a full array: of stimuli shown once and others shown thirty
    # times, one array would be padding for the most part.
    for n in np.unique(groups.counts):
        stimuli = np.flatnonzero(groups.counts == n)
        rows = groups.order[groups.starts[stimuli] + np.arange(n)[:, None]]
        for time_bin in range(values.shape[1]):
            part = Moments.of(values[:, time_bin][rows])
            found.count[stimuli, time_bin] = part.count
            found.mean[stimuli, time_bin] = part.mean
            found.variance[stimuli, time_bin] = part.variance
    return found
