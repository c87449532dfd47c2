"""Provenance of what a result was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..schema import to_attribute

# These are said of the result itself.
_OWN = ("notes", "schema_version", "cornetkit_version", "metric")


def inherited(side: str, attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the provenance of one side under its name, as attributes that netCDF can hold."""
    kept = {}
    for name, value in attrs.items():
        if name in _OWN:
            continue
        try:
            kept[f"{side}_{name}"] = to_attribute(value)
        except TypeError:  # attributes that a user put on an array may be anything
            kept[f"{side}_{name}"] = str(value)
    return kept
