"""p values over time and the onset of decoding."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import listing
from ..kernels.clusters import cluster_correction, max_statistic
from ..kernels.resampling import permutations_needed
from .decoding_courses import Accuracy
from .given import Given, as_array


def add_tests(result: xr.Dataset, given: Given, accuracy: Accuracy, alpha: float) -> list[str]:
    """Add p values of each decoder at its own time, and onsets; return what to say of them."""
    assert accuracy.null is not None
    observed = own_time(
        result["accuracy"].values, generalized=result["accuracy"].ndim > len(given.dims)
    )
    dims = given.dims
    p = max_statistic(observed, accuracy.null, standardize=True)
    clusters = cluster_correction(observed, accuracy.null, axes=(-1,), alpha=alpha)
    result["p"] = as_array(p, dims, "p by the largest statistic over all times (and areas)")
    result["p_cluster"] = as_array(clusters.p_map, dims, "p of the cluster of times")
    notes = []
    if (needed := permutations_needed(alpha)) > len(accuracy.null):
        notes.append(
            f"{len(accuracy.null)} permutations cannot reach p = {alpha:g}: give n_permutations="
            f"{needed} (--permutations {needed}) or more"
        )
    found = clusters.p_map <= alpha
    first = np.where(found.any(axis=-1), found.argmax(axis=-1), -1)
    if given.windows is None:
        steps = np.asarray(given.time_coords["time"][1], dtype=float)
        onset = np.where(first >= 0, steps[first], np.nan)
        result["onset_step"] = as_array(onset, ("area",), "first step in a cluster")
        silent = [str(a) for a, k in zip(given.time_coords["area"][1], first, strict=True) if k < 0]
    else:
        k = int(first)
        result["onset_bin"] = as_array(
            np.array(k if k >= 0 else np.nan), (), "first bin, by number"
        )
        if given.windows.known:
            for side in ("start", "end"):
                limits = getattr(given.windows, side)
                value = np.array(limits[k] if k >= 0 else np.nan)
                what = f"{side} of the first window in a cluster, ms"
                result[f"onset_{side}_ms"] = as_array(value, (), what)
        silent = ["the recordings"] if k < 0 else []
    if silent:
        notes.append(f"no onset of {listing(silent)}: no cluster of times at p <= {alpha:g}")
    if len(silent) < np.size(first):
        notes.append(
            "an onset is the first time of a cluster; the test says that there is one, not exactly "
            "where it begins"
        )
    return notes


def own_time(accuracy: np.ndarray, generalized: bool) -> np.ndarray:
    """Return the accuracy of each decoder at the time that it was fitted at."""
    return np.diagonal(accuracy, axis1=-2, axis2=-1) if generalized else accuracy
