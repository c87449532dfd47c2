"""Stored splits against the stimuli that there are: every id has its place, none has two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError, StimulusMismatchError, listing
from .splits import MIN_TEST, Split
from .splits_stored import ROLES, Stored


def rows_of_splits(
    stored: Sequence[Stored], ids: Sequence[Any], *, by_text: bool, join: str
) -> tuple[list[Split], list[str]]:
    """Return stored splits as (train, test) index arrays, and what was left out.

    Parameters
    ----------
    stored
        The splits by stimulus ids.
    ids
        The stimuli that are fitted and scored.
    by_text
        Whether ids are compared as text, since files hold nothing else.
    join
        Under ``"inner"`` splits may name stimuli that are not there.

    Raises
    ------
    StimulusMismatchError
        Splits name stimuli that are not there, or leave some without a role in any split.
    InputError
        There is no split, a stimulus is on both sides of one or stands twice in it, or too few
        are on a side.
    """
    if not stored:
        raise InputError("the stored splits are empty; expected one split or more")
    place = {(str(i) if by_text else i): row for row, i in enumerate(ids)}
    placed: list[dict[str, list[int]]] = []
    unknown: dict[Any, None] = {}
    for split in stored:
        parts = {role: [str(i) if by_text else i for i in getattr(split, role)] for role in ROLES}
        _check_once(split.name, parts)
        unknown |= {i: None for part in parts.values() for i in part if i not in place}
        known = {role: [i for i in part if i in place] for role, part in parts.items()}
        placed.append({role: [place[i] for i in part] for role, part in known.items()})
    notes = []
    if unknown and join != "inner":
        alike = {str(i) for i in unknown} & {str(i) for i in ids}
        hint = (
            "ids differ in type, like '1' and 1"
            if alike
            else "take them out, or join='inner' (--join inner) leaves them out"
        )
        raise StimulusMismatchError(
            f"the stored splits name {len(unknown)} unknown stimuli ({listing(unknown, 3)}); {hint}"
        )
    if unknown:
        notes.append(
            f"the stored splits name {len(unknown)} stimuli that are not there "
            f"({listing(unknown, 3)}): left out"
        )
    covered = {row for split in placed for part in split.values() for row in part}
    uncovered = [i for row, i in enumerate(ids) if row not in covered]
    if uncovered:
        raise StimulusMismatchError(
            f"the stored splits do not cover {len(uncovered)} of {len(ids)} stimuli "
            f"({listing(uncovered, 3)}); give them a role in one split at least: train, test, or "
            "out to leave them out"
        )
    splits = []
    for split, parts_of in zip(stored, placed, strict=True):
        train, test = (np.array(sorted(parts_of[role]), dtype=int) for role in ("train", "test"))
        if min(len(train), len(test)) < MIN_TEST:
            raise InputError(
                f"stored split {split.name} has {len(train)} training and {len(test)} test "
                f"stimuli; each side needs {MIN_TEST} or more"
            )
        splits.append((train, test))
    return splits, notes


def _check_once(name: str, parts: dict[str, list[Any]]) -> None:
    both = set(parts["train"]) & set(parts["test"])
    if both:
        raise InputError(
            f"stored split {name} has {len(both)} stimuli in both train and test "
            f"({listing(sorted(both, key=str), 3)}); each can be on one side only"
        )
    counts = Counter(i for part in parts.values() for i in part)
    twice = [i for i, count in counts.items() if count > 1]
    if twice:
        raise InputError(
            f"stored split {name} names {len(twice)} stimuli twice ({listing(twice, 3)}); "
            "give each once"
        )
