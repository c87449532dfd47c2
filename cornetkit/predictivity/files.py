"""Score files: netCDF-4, every score with all that moved it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import FileError, InputError
from ..outputs import complete_or_not, uninterrupted
from ..schema import storable_attributes, text_encoding


def save_scores(scores: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write scores to a netCDF file, complete or not at all.

    Parameters
    ----------
    scores
        From `predict`.
    path
        Where to; plain `xarray.open_dataset` opens it too.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    FileError
        The file is there already, or cannot be written.
    """
    path = Path(path)
    notes = json.dumps(scores.attrs.get("notes", []))
    stored = scores.assign_attrs(storable_attributes(scores.attrs | {"notes": notes}))
    with complete_or_not(path, overwrite=overwrite) as partial:
        uninterrupted(stored.to_netcdf, partial, engine="netcdf4", encoding=text_encoding(stored))
    return path


def open_scores(path: str | Path) -> xr.Dataset:
    """Open a score file that `predict` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        ``r`` (area, time, time_bin, split, neuroid), ``score`` (area, time, time_bin), ...

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds no scores.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError(f"no score file {path}; make one with: cornetkit predict --out {path.name}")
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            scores = dataset.load()
    # netCDF4 raises the others for a file whose inside is damaged.
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(f"{path} is not a netCDF file, or it is damaged ({error})") from error
    if "score" not in scores or "r" not in scores:
        raise InputError(f"{path} holds no scores; expected a file of cornetkit predict --out")
    scores.attrs = {
        name: value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        for name, value in scores.attrs.items()
    }
    scores.attrs["notes"] = json.loads(scores.attrs.get("notes", "[]"))
    return scores
