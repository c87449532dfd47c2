"""Places in a result: an area at a step, or the best step of an area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import xarray as xr

from ..errors import OF_STEPS, InputError, listing, unknown_name


class Place(NamedTuple):
    """An area and a step; None stands for the best one."""

    area: str | None
    time: int | None


BEST = Place(None, None)


def notes_on(pairs: Sequence[tuple[Place, Place]]) -> list[str]:
    """Say what a difference between steps of an area is not."""
    steps = [(a, b) for a, b in pairs if a.area == b.area and None not in (a.time, b.time)]
    return [OF_STEPS] if any(a.time != b.time for a, b in steps) else []


def describe(place: Place) -> str:
    """Write a place as `read_place` reads it."""
    if place.area is None:
        return "best"
    return place.area if place.time is None else f"{place.area}@{place.time}"


def places_of(scores: xr.Dataset) -> list[Place]:
    """Return all places of a result that have a score."""
    known = scores["score"].notnull().any("time_bin").transpose("area", "time").values
    return [
        Place(str(area), int(time))
        for i, area in enumerate(scores["area"].values)
        for j, time in enumerate(scores["time"].values)
        if known[i, j]
    ]


def read_place(given: Any, scores: xr.Dataset) -> Place:
    """Read ``"IT@3"``, ``"IT"`` (its best step), ``"best"`` or ``("IT", 3)``.

    Raises
    ------
    InputError
        It is none of these, or there is no such score.
    """
    if isinstance(given, str):
        parts: tuple[Any, ...] = tuple(part.strip() for part in given.split("@"))
    else:
        parts = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    areas = [str(area) for area in scores["area"].values]
    if parts == ("best",) and "best" not in areas:
        return BEST
    wrong = InputError(f"'{given}' is no place; expected an area and a step, such as IT@3, or IT")
    if len(parts) not in (1, 2) or not isinstance(parts[0], str) or "" in parts:
        raise wrong
    if parts[0] not in areas:
        raise unknown_name("area", parts[0], areas)
    if len(parts) == 1:
        return Place(parts[0], None)
    try:
        place = Place(parts[0], int(parts[1]))
    except (TypeError, ValueError):
        raise wrong from None
    steps = [p.time for p in places_of(scores) if p.area == place.area]
    if place.time not in steps:
        raise InputError(
            f"{describe(place)} has no score; {place.area} has one at steps {listing(steps, 12)}"
        )
    return place
