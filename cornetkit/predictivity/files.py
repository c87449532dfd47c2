"""Files of what this room computes: netCDF-4, every score with all that moved it."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from ..result_contents import content_among
from ..result_files import read_result, write_result

# What `save_scores` takes, with what computes it.
_RESULTS = {
    "scores": "predict",
    "reverse predictivity": "reverse_predict",
    "partition of variance": "partition_variance",
    "error modes": "error_modes",
    "comparison of scores": "compare_scores",
}


def save_scores(scores: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write scores to a netCDF file, complete or not at all.

    Parameters
    ----------
    scores
        From `predict`, `reverse_predict`, `partition_variance`, `error_modes` or
        `compare_scores`.
    path
        Where to; plain `xarray.open_dataset` opens it too. Its attribute ``content`` says what
        it holds.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    InputError
        Something else was given.
    FileError
        The file is there already, or cannot be written.
    """
    content = content_among(scores, _RESULTS, "save_scores")
    return write_result(scores, path, content, overwrite=overwrite)


def open_scores(path: str | Path) -> xr.Dataset:
    """Open a file that `save_scores` or ``cornetkit predict --out`` wrote.

    Parameters
    ----------
    path
        A netCDF file.

    Returns
    -------
    Dataset
        What was saved: of `predict`, ``r`` (area, time, time_bin, split, neuroid), ``score``
        (area, time, time_bin), ...; of `reverse_predict`, `partition_variance`, `error_modes`
        and `compare_scores` what these return.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds none of these.
    """
    scores = read_result(path, tuple(_RESULTS), "cornetkit predict --out")
    scores.attrs.setdefault("notes", [])
    return scores
