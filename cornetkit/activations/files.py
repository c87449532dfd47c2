"""Opening activation files: netCDF-4, one group an area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import xarray as xr

from ..errors import FileError, InputError, listing
from ..inputs import check_input, is_file
from ..outputs import partial_of
from ..schema import ACTIVATION_DIMS, check_dims, to_attribute
from .container import Activations
from .half import with_values
from .journal import stimuli_written
from .unfinished import COMPLETE


def open_activations(path: str | Path) -> Activations:
    """Open an activation file lazily: values are read when they are used.

    Parameters
    ----------
    path
        A file that `record` wrote (netCDF-4, one group an area, variable ``activation``).

    Returns
    -------
    Activations
        Mapping from area to a (stimulus, time, unit) array.

    Raises
    ------
    FileError
        Nothing is there, it is no netCDF file, or no activation file.
    """
    path = Path(path)
    groups, attrs = _contents(path)
    arrays = {}
    for group in groups:
        dataset = xr.open_dataset(path, group=group, engine="netcdf4", cache=False)
        others = [name for name in dataset.data_vars if name != "activation"]
        # The bits of half precision must not be taken for numbers with a missing value.
        dataset["activation"] = with_values(dataset["activation"].variable)
        array = dataset.set_coords(others)["activation"]
        check_dims(array, ACTIVATION_DIMS, f"group {group} of {path}")
        array.attrs = dict(attrs)
        array.set_close(dataset.close)
        arrays[group] = array
    return Activations(arrays, attrs, path)


def _how_to_make(path: Path) -> str:
    partial = partial_of(path)
    if is_file(partial):
        return (
            f"; {partial.name} is there: the recording was not finished, give the same record "
            "command again to go on"
        )
    return "; make one with: cornetkit record --model S --images stim/ --out acts.nc"


def _contents(path: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the groups that hold activations, and the file's attributes as plain values."""
    check_input(
        path,
        "activation file",
        expected="expected an activation file (acts.nc)",
        missing=lambda: _how_to_make(path),
    )
    try:
        with netCDF4.Dataset(path) as file:
            groups = [
                name for name, group in file.groups.items() if "activation" in group.variables
            ]
            held = [*file.groups, *file.variables]
            attrs = {name: to_attribute(file.getncattr(name)) for name in file.ncattrs()}
    except (OSError, RuntimeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(
            f"{path} is not a netCDF file, or it is damaged ({reason}); expected a file written by "
            "cornetkit record"
        ) from error
    if not groups:
        raise InputError(
            f"{path} holds no activations (it holds {listing(held) or 'nothing'}); expected one "
            "group an area with a variable 'activation', as cornetkit record writes"
        )
    if attrs.pop(COMPLETE, 1) == 0:
        done = stimuli_written(path.with_suffix("")) if path.suffix == ".partial" else 0
        raise FileError(
            f"{path} is an unfinished recording{f' ({done:,} stimuli so far)' if done else ''}, "
            "with zeros for what is missing; give its record command again to finish it"
        )
    return groups, attrs
