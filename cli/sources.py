"""One set of stimuli for all rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
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


def _ids(acts: Activations, areas: Sequence[str] | None) -> list[Any]:
    # An area that is not there is for predict to refuse, in its own words.
    area = next((name for name in areas or () if name in acts), next(iter(acts)))
    return acts[area]["stimulus"].values.tolist()
