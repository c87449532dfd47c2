"""What the brain's side of a result was, in short, so that only results of one brain are paired."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import xarray as xr

from ..neural import average
from .forms import Rdms
from .opened import Source

# The attribute that holds it.
BRAIN = "brain_sha256"


def of_responses(responses: xr.DataArray) -> dict[str, str]:
    """Return the digest of averaged responses as an attribute, whatever the order of their dims."""
    values = responses.transpose("stimulus", "time_bin", "neuroid").values
    names = [str(name) for name in responses["neuroid"].values]
    return _digest(names, values)


def of_source(source: Source | None, ids: Sequence[Any]) -> dict[str, str]:
    """Return the digest of recordings of these stimuli; nothing where there are none."""
    if source is None or source.trials is None:
        return {}
    return of_responses(average(source.trials).sel(stimulus=list(ids)))


def of_rdms(rdms: Rdms) -> dict[str, str]:
    """Return the digest of RDMs that were given."""
    names = [str(x) for dim in rdms.dims if dim in rdms.coords for x in rdms.coords[dim].values]
    return _digest(names, rdms.values)


def _digest(names: Sequence[str], values: np.ndarray) -> dict[str, str]:
    found = sha256("\n".join(names).encode())
    found.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return {BRAIN: found.hexdigest()}
