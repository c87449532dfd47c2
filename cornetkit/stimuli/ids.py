"""What a stimulus is called: its file stem, or its relative path where two stems collide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, listing


def natural_key(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key under which ``image2`` comes before ``image10``, whatever the case of letters."""
    pieces = re.split(r"(\d+)", text)
    # isdecimal is what \d matches; isdigit is true for the likes of a superscript 2 as well.
    key = tuple((0, int(p), p) if p.isdecimal() else (1, 0, p.lower()) for p in pieces if p)
    return key, text  # the text itself decides between A and a, not the file system


def stimulus_ids(relative_paths: Sequence[Path]) -> list[str]:
    """Name every image by its stem; where two stems collide, all of those by relative path.

    Parameters
    ----------
    relative_paths
        Paths relative to the image folder.

    Raises
    ------
    InputError
        Two files differ in their extension only, so that no name tells them apart; or a name is
        no valid Unicode.
    """
    if bad := [p for p in relative_paths if not _is_unicode(p.as_posix())]:
        raise InputError(
            f"{len(bad)} file names are no valid UTF-8: {listing(map(repr, map(str, bad)))}; "
            "rename them"
        )
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


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
