"""Both sides of a prediction, brought to the same stimuli by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from ..activations import Activations
from ..activations.given import areas_of, stimulus_labels
from ..neural import average, rebin
from ..schema import common_stimuli
from .features import Features, list_features

# Limits of time bins are decimal numbers of ms.
_TOLERANCE_MS = 1e-6
# A share of lost responses that rounds to nothing.
_FEW = 5e-4


@dataclass(frozen=True)
class Aligned:
    """Features and responses of the same stimuli.

    Parameters
    ----------
    ids
        Stimulus ids that both sides hold, sorted.
    areas, features
        What there is to score.
    trials
        Trial rows of these stimuli, in the wanted time bins.
    averaged
        Their means, dims (stimulus, time_bin, neuroid), stimuli as in `ids`.
    acts_attrs
        Provenance of the activations.
    notes
        What was left out.
    acts_labels
        What the activations say of the stimuli besides their ids, shape (n,) each.
    """

    ids: list[Any]
    areas: list[str]
    features: list[Features]
    trials: xr.DataArray
    averaged: xr.DataArray
    acts_attrs: dict[str, Any]
    notes: list[str]
    acts_labels: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def labelled(self) -> xr.DataArray:
        """`averaged`, with what only the activations say of its stimuli."""
        of_acts = {name: ("stimulus", values) for name, values in self.acts_labels.items()}
        return self.averaged.assign_coords(
            {name: of_acts[name] for name in of_acts if name not in self.averaged.coords}
        )


def align(
    acts: Activations,
    trials: xr.DataArray,
    areas: Sequence[str] | None,
    window: tuple[float, float] | None,
    bins: float | None,
    join: str,
) -> Aligned:
    """Bring activations and recordings to the stimuli that they share.

    Raises
    ------
    StimulusMismatchError
        The ids differ (``join="exact"``), or have nothing in common.
    InputError
        An area that is not there, areas of different stimuli, or wrong time bins.
    """
    acts = areas_of(acts, areas, "predict")
    features = list_features(acts)
    ids = next(iter(acts.values()))["stimulus"].values.tolist()
    notes = []
    if window is not None or bins is not None:
        merged = rebin(trials, window=window, width=bins)
        notes += _describe_loss(trials, merged)
        trials = merged
    averaged = average(trials)
    there = averaged["stimulus"].values.tolist()
    common = common_stimuli(ids, there, join=join)
    if len(common) < max(len(ids), len(there)):
        notes.append(
            f"{len(common)} stimuli are in both; left out {len(ids) - len(common)} of the "
            f"activations and {len(there) - len(common)} of the recordings"
        )
    if len(common) < len(there):
        trials = trials.isel(presentation=np.isin(trials["stimulus"].values, common))
        averaged = averaged.sel(stimulus=common)
    labels: dict[str, np.ndarray] = {}
    for array in acts.values():
        rows = array.indexes["stimulus"].get_indexer(common)
        labels = {name: values[rows] for name, values in stimulus_labels(array).items()} | labels
    return Aligned(common, list(acts), features, trials, averaged, acts.attrs, notes, labels)


def _describe_loss(before: xr.DataArray, after: xr.DataArray) -> list[str]:
    """Say how many responses merging time bins has cost."""
    start, end = after["time_bin_start"].values.min(), after["time_bin_end"].values.max()
    inside = (before["time_bin_start"].values >= start - _TOLERANCE_MS) & (
        before["time_bin_end"].values <= end + _TOLERANCE_MS
    )
    valid = 1 - np.isnan(before.isel(time_bin=inside).values).mean()
    lost = valid - (1 - np.isnan(after.values).mean())
    if lost <= _FEW * valid:
        return []
    return [
        f"merging time bins cost {lost / valid:.1%} of the responses: a trial with a missing one "
        "(NaN) in any of the merged bins has none"
    ]
