"""A CSV manifest: one row an image, with its class and its split."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import FileError, InputError, did_you_mean, listing
from .data_folders import ReadFiles, check_same_classes
from .dataset import Split, TrainingData

COLUMNS = ("filename", "class", "split")


def from_manifest(path: Path) -> TrainingData:
    """Open a CSV with the columns ``filename``, ``class`` and ``split`` (train or val).

    File names are relative to the CSV's folder. Other columns are left alone.

    Raises
    ------
    InputError
        A column is missing, a split has another name, or the splits' classes differ.
    FileError
        Images that it lists are not there.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path} as a CSV: {' '.join(str(error).split())}") from error
    columns = [str(name) for name in table.columns]
    for name in COLUMNS:
        if name not in columns:
            raise InputError(
                f"{path} has the columns {listing(columns, 8)}; expected "
                f"{', '.join(COLUMNS)}: {name} is missing{did_you_mean(name, columns)}"
            )
    if odd := sorted(set(table["split"]) - {"train", "val"}):
        raise InputError(f"{path} has the splits {listing(odd)}; expected train and val")
    files = [str(path.parent / name) for name in table["filename"]]
    if gone := [name for name in files if not Path(name).is_file()]:
        raise FileError(
            f"{len(gone)} of {len(files)} images of {path} are not there: {listing(gone, 3)}"
        )
    parts = {name: table.index[table["split"] == name].to_numpy() for name in ("train", "val")}
    for name, rows in parts.items():
        if not len(rows):
            raise InputError(f"{path} has no row with split {name}; expected train and val")
    named = table["class"].to_numpy(dtype=str)
    classes = sorted(set(named[parts["train"]]))
    check_same_classes(
        classes, sorted(set(named[parts["val"]])), (f"train of {path}", f"val of {path}")
    )
    label_of = {name: label for label, name in enumerate(classes)}

    def split(rows: np.ndarray) -> Split:
        chosen = [files[i] for i in rows]
        labels = np.array([label_of[named[i]] for i in rows], dtype=np.int64)
        return Split(chosen, labels, ReadFiles(chosen))

    return TrainingData(split(parts["train"]), split(parts["val"]), classes, str(path))
