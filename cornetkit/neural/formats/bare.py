"""Bare arrays: the user names the axes, since nothing in the array does.

h5py and MATLAB readers disagree on the order of axes, so it is never guessed from the shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...errors import InputError, UnknownNameError, did_you_mean, listing
from ..plain import Coords, plain_ids
from . import dense, trial_rows

# The words of the field for each axis.
AXIS_WORDS = {
    "presentation": ("presentation", "presentations"),
    "stimulus": ("stimulus", "stimuli", "image", "images"),
    "repetition": (
        *("repetition", "repetitions", "repeat", "repeats", "rep", "reps"),
        *("trial", "trials"),
    ),
    "time_bin": ("time_bin", "time_bins", "bin", "bins", "time", "times"),
    "neuroid": (
        *("neuroid", "neuroids", "neuron", "neurons", "unit", "units", "cell", "cells"),
        *("site", "sites", "channel", "channels", "electrode", "electrodes"),
    ),
}
_EXAMPLES = {
    2: ("images", "neurons"),
    3: ("images", "repetitions", "neurons"),
    4: ("images", "repetitions", "time_bins", "neurons"),
}


def read(
    values: np.ndarray, dims: Sequence[str] | None, ids: Sequence[Any] | None, what: str
) -> xr.DataArray:
    """Put a bare array with named axes into canonical form.

    Parameters
    ----------
    values
        Array of any order of axes.
    dims
        A word for each axis, see `AXIS_WORDS`.
    ids
        A stimulus id for each entry along the stimulus (or presentation) axis.
    what
        What the array is called in a message, as one would write it in the call.

    Raises
    ------
    InputError
        Axes are not named, unknown, named twice, too few or too many, or ids do not fit.
    """
    if dims is None:
        example = _EXAMPLES.get(values.ndim, _EXAMPLES[3])
        raise InputError(
            f"an array of shape {values.shape} does not say what its axes are, and they are never "
            f"guessed; name them, for example open_recordings({what}, dims={example}, ids=[...]), "
            "and for the command line save what that returns: ck.save_recordings(..., 'it.nc')"
        )
    names = _axes(values, dims)
    rows = "presentation" if "presentation" in names else "stimulus"
    count = values.shape[names.index(rows)]
    if ids is None:
        raise InputError(
            f"an array of shape {values.shape} does not say which stimuli it holds; "
            f"give ids= with the {count} ids along its {rows} axis, in order"
        )
    labels = plain_ids(ids, "stimulus ids")
    if labels.shape != (count,):
        raise InputError(
            f"ids= has {labels.size} stimulus ids, but the {rows} axis of the array of shape "
            f"{values.shape} has {count}; check the order of dims={tuple(dims)}"
        )
    coords: Coords = {"stimulus": ((rows,), labels)}
    # xarray turns the masked entries of a numpy masked array into NaN: missing responses.
    labelled = xr.DataArray(values, dims=names, coords=coords, name="response")
    return (trial_rows if rows == "presentation" else dense).read(labelled, what)


def _axes(values: np.ndarray, dims: Sequence[str]) -> tuple[str, ...]:
    if isinstance(dims, str):
        raise InputError(f"dims= is the text {dims!r}, expected one word for each axis: a tuple")
    known = {word: axis for axis, words in AXIS_WORDS.items() for word in words}
    for dim in dims:
        if str(dim).lower() not in known:
            raise UnknownNameError(
                f"unknown axis '{dim}' in dims={tuple(dims)}{did_you_mean(str(dim), list(known))}; "
                "known: images, repetitions, time_bins, neurons, presentations and their like"
            )
    names = tuple(known[str(dim).lower()] for dim in dims)
    if len(names) != values.ndim:
        raise InputError(
            f"dims={tuple(dims)} names {len(names)} axes, "
            f"but the array of shape {values.shape} has {values.ndim}"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"dims={tuple(dims)} names the {listing(twice)} axis twice")
    rows = {"presentation", "stimulus"} & set(names)
    if "neuroid" not in names or not rows:
        raise InputError(
            f"dims={tuple(dims)} must name an axis of images (or presentations) and one of neurons"
        )
    if len(rows) == 2 or ("presentation" in names and "repetition" in names):
        raise InputError(
            f"dims={tuple(dims)}: a presentation is one trial of one image, so there can be no "
            "axis of images or repetitions beside it"
        )
    return names
