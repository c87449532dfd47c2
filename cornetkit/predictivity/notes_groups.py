"""Notes on stimuli that belong together and are split all the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from .coordinates import coordinates_of
from .protocols import Protocol
from .splits import Split

# What stimuli are frames, views or parts of. A category is not among these: predicting new objects
# of known categories is what is usually meant.
_WHOLES = (
    "movie",
    "video",
    "clip",
    "film",
    "scene",
    "sequence",
    "session",
    "object_id",
    "object_instance",
    "exemplar",
    "individual",
    "source_image",
)
_ENDING = re.compile(r"_(id|name|index|number|nr)$")


def describe_groups(
    plan: Protocol,
    averaged: xr.DataArray,
    splits: Sequence[Split],
    mend: str = "keep them together with groups='{name}' (--groups {name})",
) -> list[str]:
    """Name coordinates that look like wholes whose parts are on both sides of a split."""
    found = []
    for name in coordinates_of(averaged, "stimulus"):
        plain = name.lower()
        if plain not in _WHOLES and _ENDING.sub("", plain) not in _WHOLES:
            continue
        if name in (plan.groups, plan.held_out, plan.stratify):
            continue
        labels = averaged[name].values
        known = ~(pd.isna(labels) | (labels.astype(str) == ""))
        codes = np.where(known, pd.factorize(labels)[0], -1)
        n_values, n = len(np.unique(codes[known])), int(known.sum())
        if not 1 < n_values < n:
            continue
        torn = [np.intersect1d(_known(codes[a]), _known(codes[b])) for a, b in splits]
        n_torn = len(np.unique(np.concatenate(torn)))
        if n_torn:
            found.append(
                f"stimuli of the same {name} are on both sides of splits ({n_torn} of {n_values} "
                f"values), so scores may rest on near copies: {mend.format(name=name)}"
            )
    return found


def _known(codes: np.ndarray) -> np.ndarray:
    return codes[codes >= 0]
