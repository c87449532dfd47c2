"""Held-out predictions as part of a result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from .align import Aligned
from .features import Features


def add_predictions(
    scores: xr.Dataset,
    predicted: Sequence[tuple[Features, list[np.ndarray]]],
    tests: Sequence[np.ndarray],
    data: Aligned,
) -> xr.Dataset:
    """Add ``predicted`` and ``observed`` to scores.

    Parameters
    ----------
    scores
        From `collect`.
    predicted
        Of each area and step: an array of shape (n_test, time_bin * neuroid) a split.
    tests
        The stimuli of each split.
    data
        Gives ids and responses.

    Returns
    -------
    Dataset
        With ``predicted`` (area, time, time_bin, stimulus, neuroid), NaN for stimuli that are
        never held out, where no stimulus is held out twice, with the coordinate
        ``held_out_in`` (stimulus), the split (-1: none); otherwise with a dim ``split`` before
        ``stimulus``. ``observed`` (time_bin, stimulus, neuroid): the means over repetitions.
    """
    n = len(data.ids)
    times = np.bincount(np.concatenate(tests), minlength=n)
    once = bool(times.max() <= 1)
    n_bins, n_neuroids = scores.sizes["time_bin"], scores.sizes["neuroid"]
    areas, steps = scores["area"].values.tolist(), scores["time"].values.tolist()
    values = np.full((len(areas), len(steps), 1 if once else len(tests), n, n_bins, n_neuroids),
                     np.nan)  # fmt: skip
    for features, of_splits in predicted:
        at = areas.index(features.area), steps.index(features.step)
        for k, (test, held_out) in enumerate(zip(tests, of_splits, strict=True)):
            values[at][0 if once else k, test] = held_out.reshape(len(test), n_bins, n_neuroids)
    values = np.moveaxis(values, 4, 2)  # area, time, time_bin, split, stimulus, neuroid
    dims: tuple[str, ...] = ("area", "time", "time_bin", "split", "stimulus", "neuroid")
    scores = scores.assign_coords(stimulus=data.ids)
    if once:
        where = np.full(n, -1)
        for k, test in enumerate(tests):
            where[test] = k
        scores = scores.assign_coords(held_out_in=("stimulus", where))
        values, dims = values[:, :, :, 0], (*dims[:3], *dims[4:])
    scores["predicted"] = (dims, values)
    observed = data.averaged.transpose("time_bin", "stimulus", "neuroid").values
    scores["observed"] = (("time_bin", "stimulus", "neuroid"), observed.astype(np.float64))
    return scores
