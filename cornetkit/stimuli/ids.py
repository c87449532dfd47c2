"""What a stimulus is called: its file stem, or its relative path where two stems collide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, listing


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key under which ``image2`` comes before ``image10``."""
    pieces = re.split(r"(\d+)", text)
    return tuple((0, int(p), p) if p.isdigit() else (1, 0, p.lower()) for p in pieces if p)


def stimulus_ids(relative_paths: Sequence[Path]) -> list[str]:
    """Name every image by its stem; where two stems collide, all of those by relative path.

    Parameters
    ----------
    relative_paths
        Paths relative to the image folder.

    Raises
    ------
    InputError
        Two files differ in their extension only, so that no name tells them apart.
    """
    stems = Counter(path.stem for path in relative_paths)
    ids = [
        path.stem if stems[path.stem] == 1 else path.with_suffix("").as_posix()
        for path in relative_paths
    ]
    counts = Counter(ids)
    clashing = [
        p.as_posix() for p, name in zip(relative_paths, ids, strict=True) if counts[name] > 1
    ]
    if clashing:
        raise InputError(
            f"{len(clashing)} images cannot be told apart by name: {listing(clashing)}; rename "
            "them, or give a CSV with the columns stimulus_id and filename"
        )
    return ids
