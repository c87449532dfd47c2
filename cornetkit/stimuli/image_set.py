"""A set of images with ids and metadata, read from disk one image at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import FileError, InputError, counted, listing
from ..schema import check_unique
from .checking import find_bad
from .decode import read_rgb
from .metadata import check_metadata
from .transform import Transform


class ImageSet:
    """Images on disk, in the order in which they will be recorded.

    Parameters
    ----------
    ids
        Stimulus ids, unique.
    paths
        One image file for each id.
    metadata
        Columns of values, one for each id (``object_name``, ...); become coordinates.
    source
        Where the set came from, for messages.
    ignored
        Files in the folder that are no images.
    skipped
        Images that were left out because they cannot be read: id and reason.
    notes
        What is to be said of how the set was put together.

    Raises
    ------
    InputError
        Ids repeat; or files, ids and metadata differ in number; or a metadata column has a name
        that an activations file uses itself or cannot hold.
    """

    def __init__(
        self,
        ids: Sequence[str],
        paths: Sequence[Path],
        metadata: Mapping[str, np.ndarray] | None = None,
        *,
        source: str = "",
        ignored: Sequence[Path] = (),
        skipped: Mapping[str, str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        if len(ids) != len(paths):
            raise InputError(f"{len(ids)} stimulus ids for {len(paths)} image files")
        check_unique(ids, f"stimulus ids in {source}" if source else "stimulus ids")
        check_metadata(metadata or {}, len(ids), source)
        self.ids = list(ids)
        self.paths = list(paths)
        self.metadata = dict(metadata or {})
        self.source = source
        self.ignored = list(ignored)
        self.skipped = dict(skipped or {})
        self.notes = list(notes)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Image.Image]:
        return (self.image(i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<ImageSet of {counted(len(self), 'image')} from {self.source}>"

    def image(self, index: int) -> Image.Image:
        """Read one image as RGB, the conversion that the original models were fed with."""
        return read_rgb(self.paths[index])

    def select(self, indices: Sequence[int]) -> ImageSet:
        """Return the set with only the images at these positions, in this order."""
        return ImageSet(
            [self.ids[i] for i in indices],
            [self.paths[i] for i in indices],
            {name: values[list(indices)] for name, values in self.metadata.items()},
            source=self.source,
            skipped=self.skipped,
            notes=self.notes,
        )

    def check(
        self,
        *,
        skip_bad: bool = False,
        transform: Transform | None = None,
        progress: bool | None = False,
    ) -> ImageSet:
        """Decode every image once, before any work is spent on the set.

        Parameters
        ----------
        skip_bad
            Leave out the images that cannot be read, instead of refusing the set.
        transform
            What the images have to fit too: a crop takes none that is very narrow.
        progress
            Show a progress bar on stderr; None: on terminals only.

        Returns
        -------
        ImageSet
            This set; or, where images were left out, the set of the others, with the ids and
            reasons in `skipped`.

        Raises
        ------
        FileError
            Images cannot be read; one message says how many and names the first. With
            `skip_bad`: none can be read.
        """
        bad = find_bad(self.paths, transform=transform, progress=progress)
        if not bad:
            return self
        if not skip_bad or len(bad) == len(self):
            which = listing((f"{self.paths[i]} {reason}" for i, reason in bad.items()), 3)
            mend = (
                "nothing is left to record"
                if skip_bad
                else "replace them, or leave them out with skip_bad=True (--skip-bad)"
            )
            raise FileError(
                f"{len(bad):,} of {counted(len(self), 'image')} cannot be read: {which}; {mend}"
            )
        kept = self.select([i for i in range(len(self)) if i not in bad])
        kept.skipped |= {self.ids[i]: reason for i, reason in bad.items()}
        return kept

    @cached_property
    def file_hashes(self) -> list[str]:
        """SHA-256 of every file's bytes, in the order of the set."""
        return [_file_hash(path) for path in self.paths]

    @cached_property
    def sha256(self) -> str:
        """Hash of the set by content: ids and file bytes, whatever the order of the images."""
        digest = hashlib.sha256()
        for name, file_hash in sorted(zip(self.ids, self.file_hashes, strict=True)):
            digest.update(f"{name}\0{file_hash}\n".encode())
        return digest.hexdigest()


def _file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
