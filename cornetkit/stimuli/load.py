"""Loading a set of images from a folder or a CSV table."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import FileError, did_you_mean, listing
from ..inputs import check_input, look
from .decode import EXTENSIONS
from .ids import natural_key, stimulus_ids
from .image_set import ImageSet
from .table import load_table


def load_stimuli(source: str | Path) -> ImageSet:
    """Load a set of images from a folder (any depth) or a CSV table.

    Parameters
    ----------
    source
        A folder: every image in it, at any depth, in natural order (``image2`` before
        ``image10``), called by its file stem, or by its relative path without extension where
        two stems collide. Or a CSV file with the columns ``stimulus_id`` and ``filename``
        (relative to the CSV, or to a folder ``images`` beside it); all other columns become
        metadata. Either column may be missing: then the other one gives it.

    Returns
    -------
    ImageSet
        Ids, paths and metadata; images are read when they are needed.

    Raises
    ------
    FileError
        Nothing is there, no image is in it, or files of the table are missing.
    InputError
        Ids repeat or cannot be told apart, or a column has a name that cannot be used.

    Examples
    --------
    >>> stimuli = load_stimuli("stim/")  # doctest: +SKIP
    """
    if isinstance(source, str) and not source.strip():
        # As a path it would be the current folder, and every image below it.
        raise FileError("the place of the images is empty; give a folder of images, or a CSV file")
    path = Path(source)
    if (found := look(path)) is None:
        raise FileError(f"no such folder or CSV file: {path}{_nearby(path)}")
    if stat.S_ISDIR(found.st_mode):
        return _from_folder(path)
    check_input(path, "CSV file", expected="expected a folder of images, or a CSV file")
    if path.suffix.lower() in (".csv", ".tsv"):
        return load_table(path)
    raise FileError(
        f"{path} is a file; expected a folder of images, or a CSV with the columns stimulus_id "
        "and filename"
    )


def _nearby(path: Path) -> str:
    parent = path.parent
    return did_you_mean(path.name, [p.name for p in parent.iterdir()]) if parent.is_dir() else ""


def _from_folder(folder: Path) -> ImageSet:
    files = [path.relative_to(folder) for path in _walk(folder)]
    files.sort(key=lambda path: natural_key(path.as_posix()))
    images = [path for path in files if path.suffix.lower() in EXTENSIONS]
    others = [path for path in files if path.suffix.lower() not in EXTENSIONS]
    if not images:
        held = (
            f"it holds {len(others)} other files ({listing(others, 3)})"
            if others
            else "it is empty"
        )
        raise FileError(
            f"no image files in {folder}: {held}; expected {listing(sorted(EXTENSIONS), 12)}"
        )
    return ImageSet(
        stimulus_ids(images), [folder / path for path in images], source=str(folder), ignored=others
    )


def _walk(folder: Path) -> Iterator[Path]:
    """Yield every file that is not hidden, through linked folders too, each folder once."""
    seen = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        place = os.path.realpath(here)
        if place in seen:  # a link back to a folder above would never end
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(here, name)
            for name in files
            if not name.startswith(".") and Path(here, name).is_file()
        )
