"""One set of stimuli for all rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from cornetkit.activations import Activations


def shared_by_all(
    recordings: xr.DataArray,
    acts: Sequence[str],
    areas: Sequence[str] | None,
    images: Sequence[Any] | None,
) -> tuple[xr.DataArray, list[str]]:
    """Return the recordings of the stimuli that all activations hold, and what to say about it.

    Scores of other stimuli cannot be compared. One source alone is left to `predict`.

    Parameters
    ----------
    recordings
        Trial rows.
    acts
        Files of activations.
    areas
        The areas that will be predicted, or None for all.
    images
        Stimulus ids of the images that baselines are made from, if there are any.
    """
    import numpy as np

    import cornetkit as ck
    from cornetkit.schema import common_stimuli

    sources: dict[str, list[Any]] = {}
    for path in acts:
        with ck.open_activations(path) as opened:
            sources[path] = _ids(opened, areas)
    if images is not None:
        sources["the images"] = list(images)
    if len(sources) < 2:
        return recordings, []
    there = recordings["stimulus"].values
    kept = np.unique(there).tolist()
    n_before = len(kept)
    for name, ids in sources.items():
        kept = common_stimuli(
            ids, kept, names=(name, "the recordings and the other sources"), join="inner"
        )
    if len(kept) == n_before:
        return recordings, []
    note = (
        f"{len(kept)} of {n_before} stimuli of the recordings are in all {len(sources)} sources "
        "(activations, images): every row rests on these"
    )
    return recordings.isel(presentation=np.isin(there, kept)), [note]


def labels_of(acts: Sequence[str]) -> list[str]:
    """Return what each file of activations is called in a table: nothing where it is alone.

    Raises
    ------
    InputError
        One file was given twice.
    """
    import os

    from cornetkit.errors import InputError

    if len(acts) == 1:
        return [""]
    for k, path in enumerate(acts):
        for other in acts[:k]:
            try:
                same = os.path.samefile(path, other)
            except OSError:  # not there: told where it is opened
                same = path == other
            if same:
                twice = path if path == other else f"{other} and {path}, the same file,"
                raise InputError(f"--acts was given {twice} twice; give every file once")
    stems = [Path(path).stem for path in acts]
    return [
        stem if stems.count(stem) == 1 else path for stem, path in zip(stems, acts, strict=True)
    ]


def _ids(acts: Activations, areas: Sequence[str] | None) -> list[Any]:
    # An area that is not there is for predict to refuse, in its own words.
    area = next((name for name in areas or () if name in acts), next(iter(acts)))
    return acts[area]["stimulus"].values.tolist()
