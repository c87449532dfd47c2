"""One prediction, with its notes as text."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def scored(acts: Any, recordings: Any, settings: Mapping[str, Any]) -> tuple[xr.Dataset, list[str]]:
    """Return the scores of `predict`, and what it says of them."""
    import cornetkit as ck
    from cornetkit.errors import CornetkitWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CornetkitWarning)  # they are in the notes
        scores = ck.predict(acts, recordings, **settings)
    return scores, list(scores.attrs["notes"])
