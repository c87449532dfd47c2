"""What RDMs that were given lack: distances, or any difference between them."""

from __future__ import annotations

import numpy as np

from ..errors import counted, listing
from ..kernels.pairs import pair_rows
from .forms import Rdms

# Places, and pairs of stimuli, that a note names.
_MOST = 4


def gaps_of(rdms: Rdms) -> list[str]:
    """Say which RDMs are not there or constant, and which pairs have no distance."""
    notes = []
    missing = np.isnan(rdms.values)
    absent = missing.all(axis=-1)
    if absent.any():
        notes.append(
            f"no distance at all, so there is no similarity (NaN): {_places(rdms, absent)}"
        )
    there = np.where(missing, -np.inf, rdms.values).max(axis=-1)
    lowest = np.where(missing, np.inf, rdms.values).min(axis=-1)
    constant = ~absent & (there == lowest)
    zero = constant & (there == 0)
    if zero.any():
        notes.append(
            "all distances are 0, as at a step that the image has not reached, so there is no "
            f"similarity (NaN): {_places(rdms, zero)}"
        )
    if (constant & ~zero).any():
        notes.append(
            "all distances are the same, so there is no correlation (NaN): "
            f"{_places(rdms, constant & ~zero)}"
        )
    partly = (missing & ~absent[..., None]).reshape(-1, missing.shape[-1]).any(axis=0)
    if partly.any():
        rows, columns = (index[partly] for index in pair_rows(len(rdms.ids)))
        names = [f"{rdms.ids[a]}-{rdms.ids[b]}" for a, b in zip(rows, columns, strict=True)]
        notes.append(
            f"{counted(len(names), 'pair')} of stimuli without a distance (NaN) in some RDMs are "
            f"left out there: {listing(names, _MOST)}"
        )
    return notes


def _places(rdms: Rdms, where: np.ndarray) -> str:
    """Name places of the leading dims."""
    if not rdms.dims:
        return "the only one"
    names = []
    for place in np.argwhere(where):
        parts = []
        for dim, k in zip(rdms.dims, place, strict=True):
            label = rdms.coords[dim].values[k] if dim in rdms.coords else k
            parts.append(f"{dim} {label}")
        names.append(" ".join(parts))
    return listing(names, _MOST)
