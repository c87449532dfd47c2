"""Stimulus x repetition x neuroid, NaN where a trial is missing; or already averaged."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...errors import InputError, listing
from ...schema import check_unique
from ..assemble import assemble, with_dim
from ..plain import plain_coords, plain_responses
from ..validate import require_stimulus

LAYOUT = "stimulus x neuroid [x repetition] [x time_bin]"
_REQUIRED = {"stimulus", "neuroid"}
_OPTIONAL = {"repetition", "time_bin"}
_TRIAL = ("stimulus", "repetition")


def matches(array: xr.DataArray) -> bool:
    """Whether the dims are those of a dense array; without repetitions it is an average."""
    dims = {str(dim) for dim in array.dims}
    return dims >= _REQUIRED and dims <= _REQUIRED | _OPTIONAL


def read(array: xr.DataArray, what: str) -> xr.DataArray:
    """Turn a dense array into trial rows; trials that are NaN throughout are dropped.

    An average counts as one repetition a stimulus. What is known of a stimulus or of a
    repetition is spread over its trials.
    """
    coords = plain_coords(array)
    require_stimulus(coords, what)
    check_unique(coords["stimulus"][1], f"stimulus ids of {what}, which has a stimulus dim,")
    for dim in ("repetition", "time_bin"):
        if dim not in array.dims:
            array, coords = with_dim(array, coords, dim)
    n_stimuli, n_repetitions = array.sizes["stimulus"], array.sizes["repetition"]
    coords.setdefault("repetition", (("repetition",), np.arange(n_repetitions)))

    values = plain_responses(array.transpose(*_TRIAL, "time_bin", "neuroid").values, what)
    rows = values.reshape(n_stimuli * n_repetitions, *values.shape[2:])
    kept = np.flatnonzero(~np.isnan(rows).all(axis=(1, 2)))
    if rows.size and not kept.size:
        raise InputError(f"{what} holds no response: all {rows.shape[0]} trials are NaN throughout")
    spread = {
        name: _spread(dims, labels, array, kept, what, name)
        for name, (dims, labels) in coords.items()
    }
    rows = rows if kept.size == rows.shape[0] else rows[kept]
    return assemble(rows, spread, array.attrs, what)


def _spread(
    dims: tuple[str, ...],
    labels: np.ndarray,
    array: xr.DataArray,
    kept: np.ndarray,
    what: str,
    name: str,
) -> tuple[tuple[str, ...], np.ndarray]:
    """Give each kept trial the label of its stimulus and repetition."""
    along = [dim for dim in _TRIAL if dim in dims]
    if not along:
        return dims, labels
    others = [dim for dim in dims if dim not in _TRIAL]
    if any(dim not in ("time_bin", "neuroid") for dim in others):
        raise InputError(f"{what}: coordinate '{name}' has the unknown dims {listing(others)}")
    shape = [array.sizes[dim] if dim in along else 1 for dim in _TRIAL]
    ordered = labels.transpose([dims.index(dim) for dim in (*along, *others)])
    ordered = ordered.reshape(*shape, *ordered.shape[len(along) :])
    full = [array.sizes[dim] for dim in _TRIAL]
    grid = np.broadcast_to(ordered, (*full, *ordered.shape[2:]))
    # Indexing the two axes keeps the broadcast grid from being written out in full.
    return ("presentation", *others), grid[kept // full[1], kept % full[1]]
