"""BrainIO assemblies: the same arrays under other words.

The words vary over the years (``image_id`` became ``stimulus_id``) and no index is stored.
The arrays are trial rows, or dense, in any order of dims.
"""

from __future__ import annotations

import xarray as xr

from ..plain import plain_coords
from . import dense, trial_rows

LAYOUT = "BrainIO: the same with stimulus_id, repetition, neuroid_id"
# From the older or longer word to ours; of two for the same thing the first one there is taken.
WORDS = {
    "stimulus_id": "stimulus",
    "image_id": "stimulus",
    "repetition_id": "repetition",
    "neuroid_id": "neuroid",
    "time_bin_stop": "time_bin_end",
    "monkey": "animal",
    "subject": "animal",
}


def matches(array: xr.DataArray) -> bool:
    """Whether the array has known dims and uses a word of BrainIO where ours is missing."""
    return bool(_renaming(array)) and (trial_rows.matches(array) or dense.matches(array))


def read(array: xr.DataArray, what: str) -> xr.DataArray:
    """Rename to the canonical words and go on as with any other array."""
    renaming = _renaming(array)
    coords = {renaming.get(name, name): coord for name, coord in plain_coords(array).items()}
    renamed = xr.DataArray(
        array.variable.data, dims=array.dims, coords=coords, name=array.name, attrs=array.attrs
    )
    return (trial_rows if trial_rows.matches(array) else dense).read(renamed, what)


def _renaming(array: xr.DataArray) -> dict[str, str]:
    renaming: dict[str, str] = {}
    for word, ours in WORDS.items():
        if word in array.coords and ours not in array.coords and ours not in renaming.values():
            renaming[word] = ours
    return renaming
