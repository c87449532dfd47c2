"""compare_rsa(): the difference of two scores, paired by the resamples that both are on."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import stdtr

from .. import __version__
from ..errors import OF_STEPS, CornetkitWarning, InputError, listing
from ..kernels.clusters import max_t_correction
from ..kernels.resampling import interval
from ..schema import SCHEMA_VERSION, to_attribute, whose
from .digest import BRAIN
from .result_files import open_rsa
from .spread import Resampled

# What two results have to share for their resamples to be the same ones.
_SHARED = ("resample_of", "resample_items", "resample_seed", "bootstrap")
# And for their difference to mean something.
_SAME = ("compare", "neural_metric", "method", "n_splits", "unbiased", "n_stimuli")


def compare_rsa(first: Any, second: Any, *, confidence: float = 0.95) -> xr.Dataset:
    """Subtract the scores of two results, with the interval of the difference.

    Two models that are compared with one brain share its noise and its stimuli, so their scores
    rise and fall together from resample to resample. The interval of the difference comes from the
    differences in every resample; two intervals that overlap say nothing about it.

    Parameters
    ----------
    first, second
        Results, or paths of them, of `rsa`, `cka`, `one_to_one` or `soft_matching`, with
        ``bootstrap=`` and the same stimuli, seed and ``resample=``: of two models, or of one at
        two places, such as ``result.sel(area="IT", time=4)`` and ``result.sel(area="V4",
        time=4)``. Dims that only one side has are crossed; those of one name have to hold the
        same labels.
    confidence
        Of the interval.

    Returns
    -------
    Dataset
        ``difference`` (first less second), ``difference_low``, ``difference_high``, and
        ``p``, two-sided: the smallest 1 - confidence whose interval does not hold 0, and
        ``p_corrected`` (largest |t| over all places). And ``resampled``, the difference in every
        resample.

    Raises
    ------
    InputError
        A result has no resamples, or they are not the same ones: of other stimuli, recordings
        or RDMs of the brain, seeds or settings.

    Examples
    --------
    >>> result = rsa("acts.nc", "it.nc", bootstrap=1000)  # doctest: +SKIP
    >>> it, v4 = (result.sel(area=area, time=4) for area in ("IT", "V4"))  # doctest: +SKIP
    >>> compare_rsa(it, v4)["difference_low"]  # doctest: +SKIP
    """
    names = [
        Path(side).name if isinstance(side, (str, Path)) else f"the {which} Dataset"
        for side, which in ((first, "first"), (second, "second"))
    ]
    first, second = (
        open_rsa(side) if isinstance(side, (str, Path)) else side for side in (first, second)
    )
    for result, which in ((first, "the first"), (second, "the second")):
        _check_resampled(result, which)
    _check_shared(first, second)
    a = first.attrs
    factors = [str(name) for name in np.atleast_1d(a["resample_of"])]
    items = [int(n) for n in np.atleast_1d(a["resample_items"])]
    # Coordinates that differ, such as the area of the two places, say nothing of the difference.
    notes = _notes_on(first, second)
    left, right = (_indexed(each) for each in (first, second))
    _check_labels(left, right)
    score = left["score"] - right["score"]
    dims = tuple(str(dim) for dim in score.dims)
    sizes = dict(zip(factors, items, strict=True))
    resampled = Resampled.difference(left, right, dims, sizes)
    variance, dof = resampled.variance()
    low, high = interval(estimate=score.values, variance=variance, dof=dof, confidence=confidence)
    t, p = _two_sided(score.values, variance, dof)
    result = xr.Dataset(
        {
            "difference": score,
            "difference_low": (score.dims, low),
            "difference_high": (score.dims, high),
            "p": (score.dims, p, {"test": "t with the variance of paired resamples, two-sided"}),
            "p_corrected": (
                score.dims,
                max_t_correction(t, resampled.drawn, p),
                {"correction": "largest |t| over all places, by the same resamples"},
            ),
            **resampled.variables(dims),
        }
    )
    result = result.assign_coords(_labels_of(first, second, dims))
    result.attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "a": names[0],
        "b": names[1],
        "a_identity": whose(a) or "unknown",
        "b_identity": whose(second.attrs) or "unknown",
        "confidence": confidence,
        **{name: to_attribute(a[name]) for name in (*_SHARED, *_SAME) if name in a},
        **({"notes": notes} if notes else {}),
    }
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return result


def _notes_on(first: xr.Dataset, second: xr.Dataset) -> list[str]:
    """Say what a difference between two steps of an area is not."""
    places = []
    for result in (first, second):
        at = [result.coords[name] for name in ("area", "time") if name in result.coords]
        places.append([c.item() for c in at if not c.dims])
    (*areas, step), (*other_areas, other) = (place or [None] for place in places)
    alike = areas == other_areas and None not in (step, other)
    numbers = all(isinstance(k, (int, np.integer)) for k in (step, other))
    return [OF_STEPS] if alike and numbers and step != other else []


def _two_sided(
    estimate: np.ndarray, variance: np.ndarray, dof: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return t and p; where both sides are the same there is no spread, and p is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(variance > 0, estimate / np.sqrt(variance), np.nan)
    t = np.where((variance == 0) & (estimate == 0), 0.0, t)
    return t, np.where(t == 0, 1.0, 2 * stdtr(dof, -np.abs(t)))


def _indexed(result: xr.Dataset) -> xr.Dataset:
    """Keep the labels of dims only."""
    return (
        result.reset_coords(drop=True)
        if not result.dims
        else result.drop_vars([name for name in result.coords if name not in result.dims])
    )


def _labels_of(first: xr.Dataset, second: xr.Dataset, dims: tuple[str, ...]) -> dict[str, Any]:
    """Return what else both sides say of the places, such as when time bins start."""
    return {
        str(name): c.variable
        for name, c in first.coords.items()
        if len(c.dims) == 1
        and c.dims[0] in dims
        and name in second.coords
        and c.variable.identical(second.coords[name].variable)
    }


def _check_resampled(result: Any, which: str) -> None:
    if not isinstance(result, xr.Dataset) or "score" not in result:
        raise InputError(
            f"{which}: a {type(result).__name__} was given; expected a result of rsa, cka, "
            "one_to_one or soft_matching"
        )
    if "resampled" not in result or "resample_seed" not in result.attrs:
        raise InputError(
            f"{which} result has no bootstrap resamples to pair; make it again with "
            "bootstrap=1000 (--bootstrap 1000)"
        )


def _check_shared(first: xr.Dataset, second: xr.Dataset) -> None:
    for name in _SHARED + _SAME:
        values = [
            np.atleast_1d(side.attrs.get(name, "unknown")).tolist() for side in (first, second)
        ]
        if values[0] != values[1]:
            raise InputError(
                f"the results differ in {name}: {listing(values[0])} and {listing(values[1])}; "
                "their resamples are not the same ones, so make both with the same stimuli and "
                "settings"
            )
    stimuli = [side.attrs.get("stimuli_hash") for side in (first, second)]
    if stimuli[0] != stimuli[1]:
        raise InputError(
            "the results are of different stimuli, although of as many; make both with the same "
            "ones"
        )
    brains = [side.attrs.get(BRAIN) for side in (first, second)]
    if brains[0] != brains[1]:
        raise InputError(
            "the results are of different recordings or RDMs of the brain (or of other windows, "
            "bins or neuroids), so that their difference is not one of models; make both with the "
            "same"
        )


def _check_labels(left: xr.Dataset, right: xr.Dataset) -> None:
    for dim in left["score"].dims:
        if dim not in right["score"].dims:
            continue
        labels = [
            side[dim].values.tolist() if dim in side.coords else list(range(side.sizes[dim]))
            for side in (left, right)
        ]
        if labels[0] != labels[1]:
            raise InputError(
                f"the results have other labels of '{dim}' ({listing(labels[0], 4)} and "
                f"{listing(labels[1], 4)}); choose the places to compare with .sel({dim}=...)"
            )
