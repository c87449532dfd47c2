"""Average over repetitions: one response for each stimulus, time bin and neuroid."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..schema import AVERAGED_DIMS
from .grouping import StimulusGroups, group_sums
from .layouts import as_trial_rows
from .plain import plain_labels


def average(recordings: xr.DataArray) -> xr.DataArray:
    """Average the valid repetitions of each stimulus.

    Parameters
    ----------
    recordings
        Trial rows (presentation, time_bin, neuroid) with ``stimulus`` ids, or any other layout
        that `open_recordings` takes; NaN = missing. An average that carries ``n_repetitions``
        is returned as it is.

    Returns
    -------
    xarray.DataArray
        ``response``, float64, dims (stimulus, time_bin, neuroid), stimuli sorted by id; NaN where
        no repetition is valid. ``n_repetitions`` (stimulus, time_bin, neuroid) counts the valid
        ones. What is constant over the trials of every stimulus (``object_name``, ...) is kept
        on ``stimulus``.

    Raises
    ------
    InputError
        The dims are not known, or there are no stimulus ids.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> trials = xr.DataArray(
    ...     [[[1.0]], [[3.0]], [[5.0]]],
    ...     dims=("presentation", "time_bin", "neuroid"),
    ...     coords={"stimulus": ("presentation", ["a", "a", "b"])},
    ... )
    >>> average(trials).values.ravel().tolist()
    [2.0, 5.0]
    """
    if _is_average(recordings):
        return recordings.transpose(*AVERAGED_DIMS)
    recordings = as_trial_rows(recordings)
    groups = StimulusGroups.of(recordings["stimulus"].values)
    means, valid = group_sums(recordings.values, groups)
    means /= np.maximum(valid, 1)
    means[valid == 0] = np.nan

    coords = {
        name: coord.variable
        for name, coord in recordings.coords.items()
        if "presentation" not in coord.dims and name != "n_repetitions"
    }
    averaged = xr.DataArray(
        means, dims=AVERAGED_DIMS, coords=coords, name="response", attrs=recordings.attrs
    )
    labels = {"stimulus": groups.ids, "n_repetitions": (AVERAGED_DIMS, valid)}
    return averaged.assign_coords({**labels, **_stimulus_metadata(recordings, groups)})


def _is_average(recordings: xr.DataArray) -> bool:
    return (
        isinstance(recordings, xr.DataArray)
        and "n_repetitions" in recordings.coords
        and set(recordings.dims) == set(AVERAGED_DIMS)
    )


def _stimulus_metadata(
    recordings: xr.DataArray, groups: StimulusGroups
) -> dict[str, tuple[str, np.ndarray]]:
    """Return the coordinates of trials that are constant within each stimulus."""
    first = groups.order[groups.starts]
    kept = {}
    for name, coord in recordings.coords.items():
        trial_level = name in ("stimulus", "repetition", "presentation")
        if coord.dims != ("presentation",) or trial_level:
            continue
        labels = plain_labels(coord.values)
        of_stimulus = labels[first]
        spread = of_stimulus[groups.codes]
        # NaN and NaT differ from themselves, yet are the same missing label.
        same = (spread == labels) | ((spread != spread) & (labels != labels))
        if same.all():
            kept[str(name)] = ("stimulus", of_stimulus)
    return kept
