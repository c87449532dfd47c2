"""Opening recordings of any known layout into one form: one row a trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, listing, unknown_name
from ..file_signatures import is_npy
from .files import check_there, load_netcdf, load_npy
from .formats import bare, find_format, read_labelled
from .limits import TOLERANCE_MS, bin_limits
from .validate import validate


def open_recordings(
    source: str | Path | np.ndarray | xr.DataArray | xr.Dataset,
    *,
    dims: Sequence[str] | None = None,
    ids: Sequence[Any] | None = None,
    time_bins: Sequence[tuple[float, float]] | None = None,
    variable: str | None = None,
) -> xr.DataArray:
    """Open recordings and check them.

    Parameters
    ----------
    source
        A netCDF file: trial rows (presentation x neuroid [x time_bin]), dense (stimulus x
        repetition x time_bin x neuroid, NaN-padded), averaged (one repetition a stimulus), or
        BrainIO's layout, in any order of dims. Or a ``.npy`` file or a numpy array, whose axes
        have to be named with `dims`. Or a DataArray or Dataset in memory.
    dims
        For bare arrays, a word for each axis: images, repetitions, time_bins, neurons
        (or stimuli, trials, time, units, sites, channels, ...).
    ids
        For bare arrays, the stimulus ids along the images axis, in order.
    time_bins
        (start, end) of each time bin in ms from onset, where the source does not hold them.
    variable
        Which variable of a file to take when it holds several.

    Returns
    -------
    xarray.DataArray
        ``response`` with dims (presentation, time_bin, neuroid); ``stimulus`` and ``repetition``
        on presentation, ``time_bin_start`` and ``time_bin_end`` (ms, NaN = unknown) on time_bin,
        ``neuroid`` ids; all other coordinates of the source are kept. NaN = missing. Trials of a
        dense array that are NaN throughout are dropped.

    Raises
    ------
    FileError
        Nothing is there, or it is no file of recordings.
    InputError
        The axes are not named, the variable is ambiguous, or the recordings are not valid
        (see `validate`).

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.ones((2, 3, 4))
    >>> recordings = open_recordings(
    ...     counts, dims=("neurons", "images", "repetitions"), ids=["a", "b", "c"]
    ... )
    >>> dict(recordings.sizes)
    {'presentation': 12, 'time_bin': 1, 'neuroid': 2}
    """
    what, call = "the array of recordings", "array"
    if isinstance(source, (str, Path)):
        path = Path(source)
        what, call = str(path), repr(str(path))
        check_there(path)
        source = load_npy(path) if is_npy(path) else load_netcdf(path)
    if variable is not None and not isinstance(source, xr.Dataset):
        raise InputError(f"variable= is for files of several variables; {what} is one array")
    if isinstance(source, np.ndarray):
        recordings = bare.read(source, dims, ids, call)
    elif isinstance(source, (xr.DataArray, xr.Dataset)):
        _refuse_naming(dims, ids, what)
        array = _choose(source, variable, what) if isinstance(source, xr.Dataset) else source
        recordings = read_labelled(array, what)
    else:
        raise InputError(
            f"recordings cannot be opened from a {type(source).__name__}; expected a path, "
            "a numpy array, or an xarray DataArray or Dataset"
        )
    if time_bins is not None:
        recordings = _with_limits(recordings, time_bins)
    validate(recordings)
    return recordings


def _refuse_naming(dims: Sequence[str] | None, ids: Sequence[Any] | None, what: str) -> None:
    for name, value in (("dims", dims), ("ids", ids)):
        if value is not None:
            raise InputError(
                f"{name}= is for bare arrays; {what} has labels of its own, leave {name}= out "
                "or change the labels with .rename(...) and .assign_coords(...)"
            )


def _choose(dataset: xr.Dataset, variable: str | None, what: str) -> xr.DataArray:
    """Take the variable that holds responses, with the labels that lie beside it."""
    names = [str(name) for name in dataset.data_vars]
    if variable is not None:
        if variable not in names:
            raise unknown_name("variable", variable, names)
        chosen = variable
    else:
        fitting = [name for name in names if find_format(dataset[name]) is not None]
        if not fitting:
            # Nothing fits: the only array there is gets the message about its dims.
            fitting = [name for name in names if dataset[name].ndim > 1]
        if len(fitting) > 1 and "response" in fitting:
            fitting = ["response"]
        if len(fitting) != 1:
            shapes = [f"{name} ({', '.join(map(str, dataset[name].dims))})" for name in names]
            raise InputError(
                f"{what} holds {len(names)} variables, none of which is plainly the responses: "
                f"{listing(shapes, 12)}; choose one with variable='...'"
            )
        chosen = fitting[0]
    array = dataset[chosen]
    # Files that xarray did not write hold labels as variables like any other.
    beside = {
        name: dataset[name].variable
        for name in names
        if name != chosen and dataset[name].ndim == 1 and dataset[name].dims[0] in array.dims
    }
    of_file = {name: value for name, value in dataset.attrs.items() if name not in _OF_FILE}
    return array.assign_coords(beside).assign_attrs({**of_file, **array.attrs})


# What `save_recordings` says of its files is nothing of the recordings themselves.
_OF_FILE = ("schema_version", "content")


def _with_limits(
    recordings: xr.DataArray, time_bins: Sequence[tuple[float, float]]
) -> xr.DataArray:
    n_bins = recordings.sizes["time_bin"]
    try:
        limits = np.asarray(time_bins, dtype=np.float64)
    except (TypeError, ValueError):
        limits = np.empty(0)
    if limits.shape != (n_bins, 2):
        raise InputError(
            f"time_bins= must have a pair (start, end) in ms for each of the {n_bins} time bins, "
            f"not {time_bins!r:.80}"
        )
    for known, given in zip(bin_limits(recordings), limits.T, strict=True):
        differ = np.isfinite(known) & (np.abs(known - given) > TOLERANCE_MS)
        if differ.any():
            at = int(np.flatnonzero(differ)[0])
            raise InputError(
                f"time_bins= gives {given[at]:g} ms where the recordings have {known[at]:g} "
                f"(time bin {at}); it is for unknown limits, change known ones with .assign_coords"
            )
    return recordings.assign_coords(
        time_bin_start=("time_bin", limits[:, 0]), time_bin_end=("time_bin", limits[:, 1])
    )
