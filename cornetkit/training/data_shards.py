"""WebDataset shards: tar files of images and classes, read where they lie.

The tar files' headers are read once, so that any image can be had by its place. Images are then
in a random order that can be gone on with, which a stream through the shards cannot.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import FileError, InputError, listing
from ..stimuli.colours import to_rgb
from ..stimuli.decode import EXTENSIONS, UnreadableImageError
from .data_folders import check_same_classes
from .dataset import Split, TrainingData

# A sample's class: a number (WebDataset's own way), or a name.
_CLASS_EXTENSIONS = (".cls", ".txt")


@dataclass(frozen=True)
class ReadShards:
    """Reads images from tar files by offset and size."""

    shards: Sequence[str]
    places: np.ndarray
    names: Sequence[str]

    def __call__(self, index: int) -> Image.Image:
        shard, offset, size = self.places[index].tolist()
        try:
            with open(self.shards[shard], "rb") as file:
                file.seek(offset)
                content = file.read(size)
        except OSError as error:
            raise FileError(f"cannot read {self.shards[shard]}: {error.strerror}") from error
        try:
            with Image.open(io.BytesIO(content)) as image:
                return to_rgb(image)
        except Exception as error:  # a damaged image makes Pillow raise nearly anything
            raise UnreadableImageError(
                Path(self.names[index]), f"is damaged ({error})", "write its shard again"
            ) from error


def shards_of(folder: Path, split: str) -> list[Path]:
    """Return the tar files of a split: ``train-*.tar``, or all in a folder ``train``."""
    return sorted([*folder.glob(f"{split}*.tar"), *folder.glob(f"{split}/*.tar")])


def from_shards(folder: Path) -> TrainingData:
    """Open a folder of WebDataset shards, ``train-000000.tar`` and ``val-000000.tar``.

    A sample has an image and a class (``.cls``: a number; ``.txt``: a name). With numbers, the
    lines of ``classes.txt`` in the folder name the classes, if it is there.

    Raises
    ------
    FileError
        A split is missing or a tar file cannot be read.
    InputError
        Samples without a class, or splits whose classes differ.
    """
    read = {}
    for split in ("train", "val"):
        if not (shards := shards_of(folder, split)):
            raise FileError(f"{folder} has no {split}-*.tar; expected shards of train and val")
        read[split] = _index(shards)
    named = {split: texts for split, (_, texts) in read.items()}
    found = sorted(set(named["train"]))
    if all(text.isdigit() for text in found):
        found.sort(key=int)
    check_same_classes(found, sorted(set(named["val"])), ("the train shards", "the val shards"))
    label_of = {text: label for label, text in enumerate(found)}
    splits = [
        Split(reader.names, np.array([label_of[t] for t in texts], dtype=np.int64), reader)
        for reader, texts in (read["train"], read["val"])
    ]
    return TrainingData(splits[0], splits[1], _class_names(folder, found), str(folder))


def _class_names(folder: Path, found: list[str]) -> list[str]:
    listed = folder / "classes.txt"
    if not listed.is_file() or not all(text.isdigit() for text in found):
        return found
    lines = [line.strip() for line in listed.read_text().splitlines() if line.strip()]
    if (most := int(found[-1])) >= len(lines):
        raise InputError(
            f"{listed} names {len(lines)} classes, but the shards hold class {most} (from 0); "
            "give a line for each"
        )
    return [lines[int(text)] for text in found]


def _index(shards: Sequence[Path]) -> tuple[ReadShards, list[str]]:
    """Return the images of tar files in order, and the text of each one's class."""
    places: list[tuple[int, int, int]] = []
    names: list[str] = []
    texts: list[str] = []
    for number, shard in enumerate(shards):
        images: dict[str, tuple[int, int, str]] = {}
        classes: dict[str, str] = {}
        try:
            with tarfile.open(shard) as archive:
                for member in archive:
                    # WebDataset: a sample's key ends at the first dot of the base name.
                    folder, slash, base = member.name.rpartition("/")
                    stem, dot, extension = base.partition(".")
                    key, extension = f"{folder}{slash}{stem}", f".{extension.lower()}"
                    if extension in EXTENSIONS:
                        images[key] = (member.offset_data, member.size, member.name)
                    elif extension in _CLASS_EXTENSIONS and (file := archive.extractfile(member)):
                        classes[key] = file.read().decode().strip()
        except (OSError, tarfile.TarError, UnicodeDecodeError) as error:
            raise FileError(f"{shard} cannot be read as a tar file ({error})") from error
        if without := sorted(set(images) - set(classes)):
            raise InputError(
                f"{shard} has {len(without)} images without a class ({listing(without, 3)}); "
                "expected a .cls or .txt beside each"
            )
        for key, (offset, size, name) in images.items():
            places.append((number, offset, size))
            names.append(f"{shard}/{name}")
            texts.append(classes[key])
    if not places:
        raise FileError(f"no image in {listing(shards, 3)}; expected .jpg or .png with .cls")
    reader = ReadShards([str(path) for path in shards], np.array(places, dtype=np.int64), names)
    return reader, texts
