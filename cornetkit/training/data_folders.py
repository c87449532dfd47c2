"""ImageFolder layout: a folder a split, in it a folder a class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import FileError, InputError, listing
from ..stimuli.decode import EXTENSIONS, read_rgb
from .dataset import Split, TrainingData

VAL_NAMES = ("val", "val_in_folders", "validation")


@dataclass(frozen=True)
class ReadFiles:
    """Reads the image files of a list of paths."""

    paths: Sequence[str]

    def __call__(self, index: int) -> Image.Image:
        return read_rgb(Path(self.paths[index]))


def from_folders(folder: Path) -> TrainingData:
    """Open a folder with train/ and val/ (or val_in_folders/).

    Raises
    ------
    FileError
        A split is missing.
    InputError
        The splits' classes differ, or a class has no image.
    """
    val = val_folder(folder)
    train = folder / "train"
    held = sorted(path.name for path in folder.iterdir() if path.is_dir())
    for path, name in ((train, "train/"), (val, "val/ (or val_in_folders/)")):
        if path is None or not path.is_dir():
            raise FileError(
                f"{folder} has no {name}: it holds {listing(held) or 'no folder'}; expected "
                "train/ and val/, each with a folder a class"
            )
    assert val is not None
    classes = class_folders(train)
    check_same_classes(classes, class_folders(val), (f"{train}", f"{val}"))
    return TrainingData(split_of(train, classes), split_of(val, classes), classes, str(folder))


def val_folder(folder: Path) -> Path | None:
    """Return the folder of the validation images, if there is one."""
    return next((folder / name for name in VAL_NAMES if (folder / name).is_dir()), None)


def check_same_classes(first: Sequence[str], second: Sequence[str], names: tuple[str, str]) -> None:
    """Raise `InputError` unless two splits have the same classes, naming those that differ."""
    if set(first) == set(second):
        return
    parts = [
        f"{len(only)} only in {name} ({listing(sorted(only), 3)})"
        for only, name in (
            (set(first) - set(second), names[0]),
            (set(second) - set(first), names[1]),
        )
        if only
    ]
    raise InputError(
        f"the classes differ: {'; '.join(parts)}; both splits need the same "
        f"({len(set(first) & set(second))} are in both)"
    )


def class_folders(split: Path) -> list[str]:
    """Return the names of a split's class folders, sorted.

    Raises
    ------
    FileError
        There is none.
    """
    found = sorted(
        entry.name for entry in os.scandir(split) if entry.is_dir() and entry.name[0] != "."
    )
    if not found:
        raise FileError(f"{split} has no folders; expected one a class, with its images in it")
    return found


def split_of(folder: Path, classes: Sequence[str]) -> Split:
    """List the images of the class folders, in the order of names.

    Raises
    ------
    InputError
        A class has no image.
    """
    paths: list[str] = []
    labels: list[int] = []
    empty = []
    for label, name in enumerate(classes):
        found = _images(folder / name)
        if not found:
            empty.append(name)
        paths += found
        labels += [label] * len(found)
    if empty:
        raise InputError(
            f"{len(empty)} of {len(classes)} class folders in {folder} hold no image: "
            f"{listing(empty)}; fill them, or delete them from both splits"
        )
    return Split(paths, np.array(labels, dtype=np.int64), ReadFiles(paths))


def _images(folder: Path) -> list[str]:
    found = []
    for here, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        found += [
            os.path.join(here, name)
            for name in sorted(files)
            if os.path.splitext(name)[1].lower() in EXTENSIONS and not name.startswith(".")
        ]
    return found
