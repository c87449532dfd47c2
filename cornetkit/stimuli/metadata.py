"""Which columns may go along with stimuli, as coordinates of an activations file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import InputError, listing

# Names that an activations file has already: metadata must not take them.
_PLACES = ("channel", "y", "x")
_TIMES = ("driven", "time_start_ms", "time_end_ms")
RESERVED = frozenset(["stimulus", "time", "unit", "area", "activation", *_PLACES, *_TIMES])


def is_netcdf_name(name: str) -> bool:
    """Whether netCDF can hold a variable or group of this name."""
    return (
        re.fullmatch(r"(\w|[^\x00-\x7f])([^/\x00-\x1f\x7f]*[^/\x00-\x20\x7f])?", name) is not None
    )


def check_metadata(metadata: Mapping[str, Any], n_stimuli: int, source: str = "") -> None:
    """Raise `InputError` unless every column can become a coordinate along ``stimulus``."""
    where = source or "the metadata"
    if taken := sorted(RESERVED & set(metadata)):
        raise InputError(f"{where} uses the reserved column names {listing(taken)}; rename them")
    if bad := [name for name in metadata if not is_netcdf_name(name)]:
        raise InputError(
            f"{where} has the column names {listing(map(repr, bad))}, which netCDF cannot hold: "
            "a name begins with a letter, digit or underscore and has no '/'; rename them"
        )
    for name, values in metadata.items():
        if len(values) != n_stimuli:
            raise InputError(
                f"{where} has {len(values)} values of '{name}' for {n_stimuli} stimuli; give one "
                "for each"
            )
