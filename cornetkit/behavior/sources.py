"""Activations and the labels of their stimuli, as decoders of choices take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..activations import Activations
from ..activations.given import areas_of, as_activations, numbers_of, stimulus_labels
from .labels_of_stimuli import labels_of

DEFAULT_LABELS = "object_name"


def same_stimuli(source: Any, areas: Sequence[str] | str | None) -> Activations:
    """Return activations in whatever form, their stimuli sorted by id: folds are drawn by place.

    Raises
    ------
    InputError
        Something else was given, or an array without stimulus ids.
    UnknownNameError
        An area that is not there.
    """
    found = areas_of(as_activations(source), areas, "decode")
    ids = np.sort(next(iter(found.values()))["stimulus"].values)
    arrays = {}
    for area, array in found.items():
        if not np.array_equal(array["stimulus"].values, ids):
            array = array.sel(stimulus=ids)
        if "time" not in array.coords:
            array = array.assign_coords(time=numbers_of(array))
        arrays[area] = array.transpose("stimulus", "time", "unit")
    return Activations(arrays, found.attrs, found.path)


def truth_of(array: xr.DataArray, labels: Any) -> np.ndarray:
    """Return the object that each stimulus shows, as text, shape (stimulus,).

    Parameters
    ----------
    array
        Activations of one area.
    labels
        As in `labels_of`. None: the coordinate ``object_name``.

    Raises
    ------
    InputError
        Stimuli without a label, or fewer than two objects.
    UnknownNameError
        No such coordinate.
    """
    ids = array["stimulus"].values.tolist()
    wanted = DEFAULT_LABELS if labels is None else labels
    found = labels_of(ids, wanted, stimulus_labels(array), "the activations")
    return np.asarray([str(name) for name in found.names])[found.codes]
