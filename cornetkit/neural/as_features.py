"""Animals as models of one another: the responses of some as features for the rest."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import InputError, unknown_name
from ..schema import to_attribute
from .average import average
from .recordings import open_recordings


def animals(recordings: xr.DataArray) -> list[str]:
    """Return the names of the animals that neuroids were recorded in, sorted.

    Parameters
    ----------
    recordings
        What `open_recordings` takes, with ``animal`` on neuroid.

    Raises
    ------
    InputError
        Nothing says which animal a neuroid belongs to, or there is only one animal.
    """
    trials = open_recordings(recordings)
    if "animal" not in trials.coords or trials["animal"].dims != ("neuroid",):
        raise InputError(
            "the other animal as a baseline needs a coordinate 'animal' on neuroid, which the "
            "recordings do not have; add it with .assign_coords(animal=('neuroid', [...]))"
        )
    names = sorted(set(trials["animal"].values.astype(str).tolist()))
    if len(names) < 2:
        raise InputError(
            f"the other animal as a baseline needs 2 animals or more, but all neuroids are from "
            f"'{names[0]}'; leave this baseline out"
        )
    return names


def of_animal(recordings: xr.DataArray, animal: str) -> xr.DataArray:
    """Return one animal's neuroids, and the trials in which any of them has a response.

    Parameters
    ----------
    recordings
        What `open_recordings` takes, with ``animal`` on neuroid.
    animal
        Its name.

    Returns
    -------
    DataArray
        Trial rows (presentation, time_bin, neuroid).

    Raises
    ------
    UnknownNameError
        There is no such animal.
    """
    trials = open_recordings(recordings)
    return _with_responses(trials.isel(neuroid=_is(trials, animal)))


def other_animals(recordings: xr.DataArray, animal: str) -> xr.DataArray:
    """Return what the other animals' neuroids respond, as features to predict an animal from.

    Noise in these responses is not corrected for: it lowers the score of the other animals, not
    that of a model. All regions are taken; for one, select it in the recordings first.

    Parameters
    ----------
    recordings
        What `open_recordings` takes, with ``animal`` on neuroid.
    animal
        Whose neuroids are to be predicted.

    Returns
    -------
    DataArray
        Averaged responses of dims (stimulus, time, unit), ``area`` named ``<animal> from other
        animals``. ``time`` counts the time bins, with ``time_start_ms`` and ``time_end_ms``; a
        unit is a neuroid, with its ``neuroid`` id. Stimuli are those that `animal` has responses
        to; neuroids without a response to one of these are left out.

    Raises
    ------
    InputError
        There are fewer than 2 animals, or no neuroid of another animal has responses to all of
        the animal's stimuli.
    UnknownNameError
        There is no such animal.
    """
    trials = open_recordings(recordings)
    names = animals(trials)
    wanted = np.unique(of_animal(trials, animal)["stimulus"].values)
    others = trials.isel(
        neuroid=~_is(trials, animal), presentation=np.isin(trials["stimulus"].values, wanted)
    )
    whole = np.zeros(others.sizes["neuroid"], bool)
    if others.sizes["presentation"]:
        means = average(others)
        whole = means.notnull().all(("stimulus", "time_bin")).values
    if not whole.any() or means.sizes["stimulus"] < wanted.size:
        raise InputError(
            f"no neuroid of the other animals has responses to all {wanted.size} stimuli of "
            f"'{animal}'; keep the stimuli that the animals share, or leave this baseline out"
        )
    features = means.isel(neuroid=whole).transpose("stimulus", "time_bin", "neuroid")
    return xr.DataArray(
        features.values,
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": features["stimulus"].values,
            "time": np.arange(features.sizes["time_bin"]),
            "time_start_ms": ("time", features["time_bin_start"].values),
            "time_end_ms": ("time", features["time_bin_end"].values),
            "driven": ("time", np.ones(features.sizes["time_bin"], bool)),
            "unit": np.arange(features.sizes["neuroid"], dtype=np.int32),
            "neuroid": ("unit", features["neuroid"].values),
            "area": f"{animal} from other animals",
        },
        name="activation",
        attrs={
            "animal": animal,
            "others": to_attribute([name for name in names if name != animal]),
            "n_left_out": int((~whole).sum()),
        },
    )


def _is(trials: xr.DataArray, animal: str) -> np.ndarray:
    names = animals(trials)
    if animal not in names:
        raise unknown_name("animal", animal, names)
    return trials["animal"].values.astype(str) == animal


def _with_responses(trials: xr.DataArray) -> xr.DataArray:
    return trials.isel(presentation=trials.notnull().any(("time_bin", "neuroid")).values)
