"""Labels of stimuli and of neuroids, by the name of a coordinate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, did_you_mean, listing, unknown_name
from .align import Aligned


def coordinates_of(averaged: xr.DataArray, dim: str) -> list[str]:
    """Return the names of what labels a dim, besides its ids."""
    return [str(n) for n, c in averaged.coords.items() if c.dims == (dim,) and n != dim]


def stimulus_labels(data: Aligned, name: str, argument: str, without: str) -> np.ndarray:
    """Return a label for each stimulus, shape (n,): of the recordings, or else the activations.

    Parameters
    ----------
    data
        Both sides.
    name
        The coordinate.
    argument
        Which argument asked for it, for the message.
    without
        How to go on without it, for the message.

    Raises
    ------
    InputError
        The stimuli do not have it, it differs between the trials of a stimulus, or between the
        recordings and the activations.
    """
    if not isinstance(name, str):
        raise InputError(f"{argument}={name!r} was given; expected the name of one coordinate")
    averaged, trials = data.averaged, data.trials
    known = coordinates_of(data.labelled, "stimulus")
    of_trials = name in trials.coords and trials[name].dims == ("presentation",)
    if of_trials and name not in averaged.coords:
        raise InputError(
            f"{argument}='{name}', but {name} differs between the trials of a stimulus; "
            f"expected one value a stimulus; known: {listing(known, 12) or 'none'}"
        )
    if name not in known:
        add = f"recordings.assign_coords({name}=('presentation', [...]))"
        if not known:
            raise InputError(
                f"{argument}='{name}', but neither recordings nor activations have a coordinate "
                f"of the stimuli besides their id; {without}, or add it: {add}"
            )
        found = unknown_name("coordinate of the stimuli", name, known)
        raise found if did_you_mean(name, known) else type(found)(f"{found}; to add one: {add}")
    labels = np.asarray(data.labelled[name].values)
    if name in averaged.coords and name in data.acts_labels:
        differ = _differ(labels, data.acts_labels[name])
        if differ.any():
            first = int(differ.argmax())
            raise InputError(
                f"{argument}='{name}', but {name} differs between recordings and activations for "
                f"{int(differ.sum())} of {len(labels)} stimuli ({data.ids[first]}: "
                f"{labels[first]} and {data.acts_labels[name][first]}); correct one of them, or "
                f"leave it out of the activations: acts['AREA'].drop_vars('{name}')"
            )
    return labels


def _differ(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return where two labels of a stimulus are not the same; an empty one says nothing."""
    if ours.dtype.kind in "iuf" and theirs.dtype.kind in "iuf":
        same = np.isclose(ours, theirs, rtol=1e-6, atol=0)
    else:
        same = ours.astype(str) == theirs.astype(str)
    return ~same & ~_empty(ours) & ~_empty(theirs)


def _empty(labels: np.ndarray) -> np.ndarray:
    return np.asarray(pd.isna(labels) | (labels.astype(str) == ""))


def complete_labels(data: Aligned, name: str, argument: str, without: str) -> np.ndarray:
    """Return what `stimulus_labels` does, or raise where a stimulus has no value."""
    labels = stimulus_labels(data, name, argument, without)
    missing = _empty(labels)
    if missing.any():
        raise InputError(
            f"{argument}='{name}', but {int(missing.sum())} of {len(labels)} stimuli have no "
            f"value of it ({listing(np.asarray(data.ids)[missing], 3)}); fill them in"
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
    missing = _empty(labels)
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
