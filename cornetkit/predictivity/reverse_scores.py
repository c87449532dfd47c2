"""The labelled result of reverse predictivity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from .align import Aligned
from .reverse_directions import Direction
from .reverse_responses import Responses
from .reverse_sample import UnitSample
from .summary import error_over_splits, mean_over_splits, median_over_neuroids

DIRECTIONS = ("forward", "reverse")
FORMULA = "r / sqrt(reliability of the target * consistency of the prediction)"


def collect_directions(
    found: Mapping[tuple[str, int], tuple[Direction, list[Direction]]],
    samples: Mapping[str, UnitSample],
    responses: Responses,
    data: Aligned,
) -> xr.Dataset:
    """Correct both directions of every area and step for noise, and sum them up.

    Parameters
    ----------
    found
        For each area and step the forward direction, targets time bin by neuroid, and the reverse
        one of each time bin.
    samples
        The units of each area.
    responses
        The neuroids.
    data
        Both sides; gives the labels.
    """
    areas = list(dict.fromkeys(f.area for f in data.features if f.area in samples))
    steps = sorted({f.step for f in data.features if f.area in samples})
    n_bins, n_neuroids = responses.k.shape
    n_sample = max(len(s.units) for s in samples.values())
    shape = (len(areas), len(steps), n_bins)
    names = ("score", "score_error", "normalized", "normalized_error")
    summary = {name: np.full((2, *shape), np.nan) for name in names}
    by_target = {
        f"{kind}_{what}": np.full((*shape, n), np.nan)
        for kind, n in (("neuroid", n_neuroids), ("unit", n_sample))
        for what in ("r", "normalized", "consistency")
    }
    # The predictors of a unit share one prediction, and so one lengthening.
    k_of_bin = responses.k.mean(axis=1)
    for (area, step), (ahead, back) in found.items():
        at = (areas.index(area), steps.index(step))
        for b in range(n_bins):
            columns = slice(b * n_neuroids, (b + 1) * n_neuroids)
            one_bin = Direction(ahead.r[:, columns], ahead.half_r[columns])
            both = (
                ("neuroid", one_bin, responses.k[b], responses.reliability[b]),
                ("unit", back[b], k_of_bin[b], 1.0),
            )
            for i, (kind, direction, k, reliability) in enumerate(both):
                consistency = direction.consistency(k)
                corrected = direction.r / np.sqrt(reliability * consistency)
                for name, values in (("score", direction.r), ("normalized", corrected)):
                    medians = median_over_neuroids(values)
                    summary[name][i, *at, b] = mean_over_splits(medians, axis=0)
                    summary[f"{name}_error"][i, *at, b] = error_over_splits(medians, axis=0)
                there = slice(0, len(consistency))
                for what, values in (
                    ("r", mean_over_splits(direction.r, axis=0)),
                    ("normalized", mean_over_splits(corrected, axis=0)),
                    ("consistency", consistency),
                ):
                    by_target[f"{kind}_{what}"][*at, b, there] = values
    units = np.full((len(areas), n_sample), -1)
    for i, area in enumerate(areas):
        array = next(f.array for f in data.features if f.area == area)
        places = samples[area].units
        units[i, : len(places)] = array["unit"].values[places] if "unit" in array.coords else places
    averaged = responses.averaged
    labels = {n: c for n, c in averaged.coords.items() if c.dims in (("time_bin",), ("neuroid",))}
    driven, limits = _of_steps(data, areas, steps)
    dims = ("area", "time", "time_bin")
    result = xr.Dataset(
        {
            **{name: (("direction", *dims), values) for name, values in summary.items()},
            **{
                name: ((*dims, "neuroid" if name.startswith("neuroid") else "sample"), values)
                for name, values in by_target.items()
            },
            "neuroid_reliability": (("time_bin", "neuroid"), responses.reliability),
        },
        coords={
            "direction": list(DIRECTIONS),
            "area": areas,
            "time": steps,
            **labels,
            "unit": (("area", "sample"), units),
            "driven": (("area", "time"), driven),
            "time_start_ms": (("area", "time"), limits[0]),
            "time_end_ms": (("area", "time"), limits[1]),
        },
    )
    for name in ("normalized", "neuroid_normalized", "unit_normalized"):
        result[name].attrs["formula"] = FORMULA
    return result


def _of_steps(data: Aligned, areas: list[str], steps: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each area and step is driven, and its start and end in ms."""
    driven = np.zeros((len(areas), len(steps)), bool)
    limits = np.full((2, len(areas), len(steps)), np.nan)
    for features in data.features:
        if features.area in areas:
            at = areas.index(features.area), steps.index(features.step)
            driven[at] = features.driven is not False
            limits[:, *at] = features.time_ms
    return driven, limits
