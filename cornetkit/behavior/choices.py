"""Choice probabilities: checked, restricted to what was asked of subjects, and as decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, StimulusMismatchError, listing
from ..schema import check_unique

# Probabilities add up to 1 within this.
_SUM = 1e-3


def check_probabilities(P: xr.DataArray) -> xr.DataArray:
    """Return probabilities of dims (..., stimulus, choice), or raise `InputError`."""
    if not isinstance(P, xr.DataArray):
        raise InputError(
            f"choice probabilities of type {type(P).__name__} were given; expected a DataArray of "
            "dims (stimulus, choice), as choice_probabilities returns"
        )
    if missing := [dim for dim in ("stimulus", "choice") if dim not in P.dims]:
        raise InputError(
            f"choice probabilities have dims ({', '.join(map(str, P.dims))}), and no "
            f"{' and no '.join(missing)}; expected (..., stimulus, choice)"
        )
    for name in ("stimulus", "choice", "truth"):
        if name not in P.coords:
            raise InputError(
                f"choice probabilities have no coordinate '{name}'; add it with "
                f".assign_coords({name}=...): the ids, what can be chosen, and the true object of "
                "each stimulus"
            )
    if P["truth"].dims != ("stimulus",):
        raise InputError("the coordinate 'truth' of choice probabilities has to lie on 'stimulus'")
    P = P.transpose(..., "stimulus", "choice").astype(float)
    for name in ("stimulus", "choice"):
        check_unique(P[name].values, f"the {name}s of choice probabilities")
    truth, choices = set(P["truth"].values.astype(str)), set(P["choice"].values.astype(str))
    if unknown := sorted(truth - choices):
        raise InputError(
            f"the true objects {listing(unknown)} cannot be chosen; the choices are "
            f"{listing(sorted(choices), 12)}"
        )
    rows = P.values.reshape(-1, P.sizes["choice"])
    rows = rows[~np.isnan(rows).any(axis=1)]
    if rows.size and (rows.min() < 0 or np.abs(rows.sum(axis=1) - 1).max() > _SUM):
        raise InputError(
            f"choice probabilities from {rows.min():.3g} to {rows.max():.3g} with sums from "
            f"{rows.sum(axis=1).min():.3g} to {rows.sum(axis=1).max():.3g} were given; expected 0 "
            "to 1 with sums of 1 over 'choice'"
        )
    return P


def shared(ids: np.ndarray, table: pd.DataFrame, join: str) -> np.ndarray:
    """Return the stimuli of the trials that are among `ids`.

    Raises
    ------
    StimulusMismatchError
        Some are not and `join` is ``"exact"``, or none is.
    """
    if join not in ("exact", "inner"):
        raise InputError(f"join must be 'exact' or 'inner', not {join!r}")
    shown = np.unique(table["stimulus"].to_numpy().astype(str))
    both = np.intersect1d(shown, ids)
    if both.size < shown.size and (join == "exact" or not both.size):
        lacking = np.setdiff1d(shown, ids)
        raise StimulusMismatchError(
            f"{lacking.size} of the {shown.size} stimuli of the trials are not among the "
            f"{len(ids)} of the model ({listing(lacking, 3)}; the model has {listing(ids, 3)}); "
            "record these too, or go on with those in common: join='inner' (--join inner)"
        )
    return both


def matched(P: xr.DataArray, table: pd.DataFrame, join: str) -> tuple[xr.DataArray, pd.DataFrame]:
    """Return both sides over the stimuli of the trials, by id.

    Raises
    ------
    StimulusMismatchError
        Stimuli of the trials have no probabilities and `join` is ``"exact"``, or none has.
    InputError
        Objects that cannot be chosen, or another true object on either side.
    """
    ids = P["stimulus"].values.astype(str)
    both = shared(ids, table, join)
    table = table[table["stimulus"].isin(both)].reset_index(drop=True)
    P = P.isel(stimulus=pd.Index(ids).get_indexer(both))
    choices = set(P["choice"].values.astype(str))
    objects = set(table["sample"]) | set(table["distractor"])
    if unknown := sorted(objects - choices):
        raise InputError(
            f"the trials offer {listing(unknown)}, which the model cannot choose; its choices: "
            f"{listing(sorted(choices), 12)}"
        )
    sample = table.groupby("stimulus")["sample"].first().reindex(both).to_numpy().astype(str)
    truth = P["truth"].values.astype(str)
    if (sample != truth).any():
        k = int(np.flatnonzero(sample != truth)[0])
        raise InputError(
            f"{int((sample != truth).sum())} stimuli show another object in the trials than the "
            f"labels say, such as {both[k]} ({sample[k]}, labelled {truth[k]}); give the labels "
            "that the trials use (labels=, --labels)"
        )
    return P, table


def decisions(P: xr.DataArray) -> xr.DataArray:
    """Return whether the most probable choice is the true object; NaN where undefined."""
    values = P.values
    codes = pd.Index(P["choice"].values.astype(str)).get_indexer(P["truth"].values.astype(str))
    missing = np.isnan(values).any(axis=-1)
    right = np.argmax(np.where(np.isnan(values), -1, values), axis=-1) == codes
    coords = {name: c for name, c in P.coords.items() if "choice" not in c.dims}
    return xr.DataArray(np.where(missing, np.nan, right), dims=P.dims[:-1], coords=coords)
