"""Labels of stimuli and of neuroids, by the name of a coordinate of the recordings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, listing, unknown_name


def coordinates_of(averaged: xr.DataArray, dim: str) -> list[str]:
    """Return the names of what labels a dim, besides its ids."""
    return [str(n) for n, c in averaged.coords.items() if c.dims == (dim,) and n != dim]


def stimulus_labels(
    averaged: xr.DataArray, trials: xr.DataArray, name: str, argument: str, without: str
) -> np.ndarray:
    """Return a label for each stimulus, shape (n,).

    Parameters
    ----------
    averaged
        Responses of dims (stimulus, time_bin, neuroid).
    trials
        What they are means of: a label that differs between the trials of a stimulus is told.
    name
        The coordinate.
    argument
        Which argument asked for it, for the message.
    without
        How to go on without it, for the message.

    Raises
    ------
    InputError
        The stimuli do not have it, or only some do.
    """
    known = coordinates_of(averaged, "stimulus")
    if name not in known:
        if name in trials.coords and trials[name].dims == ("presentation",):
            raise InputError(
                f"{argument}='{name}', but {name} differs between the trials of a stimulus; "
                f"expected one value a stimulus; known: {listing(known, 12) or 'none'}"
            )
        if not known:
            raise InputError(
                f"{argument}='{name}', but the stimuli of the recordings have no coordinate "
                f"besides their id; {without}"
            )
        raise unknown_name("coordinate of the stimuli", name, known)
    return np.asarray(averaged[name].values)


def complete_labels(
    averaged: xr.DataArray, trials: xr.DataArray, name: str, argument: str, without: str
) -> np.ndarray:
    """Return what `stimulus_labels` does, or raise where a stimulus has no value."""
    labels = stimulus_labels(averaged, trials, name, argument, without)
    missing = pd.isna(labels) | (labels.astype(str) == "")
    if missing.any():
        raise InputError(
            f"{argument}='{name}', but {int(missing.sum())} of {len(labels)} stimuli have no "
            f"value of it ({listing(averaged['stimulus'].values[missing], 3)}); fill them in"
        )
    return labels


def neuroid_parts(averaged: xr.DataArray, name: str, asked: bool) -> np.ndarray | None:
    """Return a label for each neuroid, shape (neuroid,); None where there is nothing to compare.

    Raises
    ------
    InputError
        It was `asked` for and the neuroids do not have it, or all have the same value.
    """
    known = coordinates_of(averaged, "neuroid")
    if name not in known:
        if not asked:
            return None
        if not known:
            raise InputError(
                f"by='{name}', but the neuroids have no coordinate besides their id; add it with "
                f".assign_coords({name}=('neuroid', [...])), or leave it out"
            )
        raise unknown_name("coordinate of the neuroids", name, known)
    labels = np.asarray(averaged[name].values)
    missing = pd.isna(labels) | (labels.astype(str) == "")
    if missing.any():
        raise InputError(
            f"by='{name}', but {int(missing.sum())} of {len(labels)} neuroids have no value of it "
            f"({listing(averaged['neuroid'].values[missing], 3)}); fill them in"
        )
    values = np.unique(labels)
    if len(values) < 2:
        if not asked:
            return None
        raise InputError(
            f"by='{name}' compares at least 2 values, but all {len(labels)} neuroids have "
            f"{name} {values[0]}; leave out by= (--by)"
        )
    return labels
