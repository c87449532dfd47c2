"""Opening a data set from whatever was given."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import FileError, did_you_mean
from ..inputs import look
from ..simulation import SHAPES, draw_shapes
from .data_folders import check_same_classes, class_folders, from_folders, split_of, val_folder
from .data_manifest import from_manifest
from .data_shards import from_shards, shards_of
from .dataset import Split, TrainingData

# Of the built-in data set; seeds 0 and 1 keep the splits apart.
SHAPES_TRAIN, SHAPES_VAL = 300, 50


@dataclass(frozen=True)
class ReadArrays:
    """Gives images out of an array of shape (images, y, x, 3), uint8."""

    images: np.ndarray

    def __call__(self, index: int) -> Image.Image:
        return Image.fromarray(self.images[index])


def open_data(source: str | Path, *, subset: int = 0) -> TrainingData:
    """Open training data: a folder, a CSV manifest, a folder of shards, or ``"shapes"``.

    Raises
    ------
    FileError
        Nothing is there, or a split is missing.
    InputError
        The splits do not fit together.
    """
    path = Path(os.path.expanduser(source))
    found = look(path)
    if found is None:
        if str(source) == "shapes":
            return _shapes(subset)
        raise FileError(_missing(str(source), path))
    if path.is_dir():
        data = from_shards(path) if shards_of(path, "train") else from_folders(path)
    elif path.suffix.lower() == ".csv":
        data = from_manifest(path)
    else:
        raise FileError(
            f"{path} is a file; expected a folder with train/ and val/, a CSV manifest, or shapes"
        )
    return data.subset(subset)


def _missing(source: str, path: Path) -> str:
    if source.lower().strip("/") in ("imagenet", "imagenet1k", "ilsvrc2012"):
        return (
            f"no folder {source}: ImageNet is not downloaded, and its licence lets nobody fetch it "
            "without an account; get ILSVRC2012 from image-net.org and give the folder that holds "
            "train/ and val/ (or val_in_folders/)"
        )
    near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    return (
        f"no such data: {source}{did_you_mean(path.name, [*near, 'shapes'])}; expected a folder "
        "with train/ and val/, a CSV manifest, a folder of shards, or shapes (built in)"
    )


def _shapes(subset: int) -> TrainingData:
    splits = []
    for seed, count in ((0, min(subset, SHAPES_TRAIN) or SHAPES_TRAIN), (1, SHAPES_VAL)):
        images, labels = draw_shapes(count, rng=seed)
        names = [f"shapes/{'train' if seed == 0 else 'val'}/{k}" for k in range(len(labels))]
        splits.append(Split(names, labels, ReadArrays(images)))
    return TrainingData(splits[0], splits[1], list(SHAPES), "shapes")


def open_validation(source: str | Path) -> tuple[Split, list[str]]:
    """Open the images to evaluate on: data as for training, or a folder of class folders.

    Returns
    -------
    Split, list of str
        The images, and their class names.
    """
    path = Path(os.path.expanduser(source))
    if path.is_dir() and not shards_of(path, "val"):
        folder = val_folder(path) or path
        classes = class_folders(folder)
        return split_of(folder, classes), classes
    data = open_data(source)
    return data.val, data.classes


def relabelled(split: Split, classes: list[str], wanted: list[str]) -> Split:
    """Return the split with labels that point into another list of the same class names."""
    check_same_classes(classes, wanted, ("the data", "the checkpoint"))
    place = {name: k for k, name in enumerate(wanted)}
    moved = np.array([place[name] for name in classes], dtype=np.int64)
    return Split(split.names, moved[split.labels], split.read)
