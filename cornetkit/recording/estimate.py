"""What a recording takes: disk, memory and time, known after one batch."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..activations import AreaLayout, available_bytes
from ..allocator import keep_large_buffers
from ..errors import FileError, InputError, counted, in_words, listing
from ..stimuli import ImageSet
from .batches import Batches
from .forward_memory import check_forward
from .prepare import prepare
from .progress import duration
from .reductions import NEVER_REDUCED, Reduction

# HDF5's own bookkeeping for a group with its attributes and variables.
_GROUP_BYTES = 16_000


@dataclass(frozen=True)
class Estimate:
    """What a recording would take.

    Attributes
    ----------
    areas : dict of str to (int, int)
        Steps and units of each area.
    n_stimuli : int
        Images.
    bytes_on_disk, disk_free : int
        Of the file, and of the disk that it would be on.
    peak_memory, memory_free : int
        Bytes of the whole process, and those that are free now.
    images_per_second, seconds : float
        From one batch, which is slower than the next ones.
    notes : list of str
        What a reader has to know.
    """

    areas: dict[str, tuple[int, int]]
    n_stimuli: int
    bytes_on_disk: int
    disk_free: int
    peak_memory: int
    memory_free: int
    images_per_second: float
    seconds: float
    notes: list[str]

    def __str__(self) -> str:
        held = [
            f"  {area}: {steps} {'step' if steps == 1 else 'steps'} x {units:,} units"
            for area, (steps, units) in self.areas.items()
        ]
        return "\n".join(
            [
                counted(self.n_stimuli, "image"),
                *held,
                f"  on disk {in_words(self.bytes_on_disk)} ({in_words(self.disk_free)} free)",
                f"  peak memory about {in_words(self.peak_memory)} "
                f"({in_words(self.memory_free)} free)",
                f"  {duration(self.seconds)} at {self.images_per_second:.3g} images/s",
                *(f"  {note}" for note in self.notes),
            ]
        )


def estimate(
    model: nn.Module, stimuli: ImageSet | str | Path, out: str | Path = "acts.nc", **settings: Any
) -> Estimate:
    """Say what `record` would take with the same arguments; runs one batch and writes nothing.

    Parameters
    ----------
    model, stimuli, out
        As in `record`. Nothing is refused because of what is at `out`.
    **settings
        What decides the values in `record`: areas, logits, pool, units, project, reduction_seed,
        dtype, batch_size, device, precision, transform, crop, skip_bad, lesion, blank_from.

    Raises
    ------
    InputError, FileError
        As `record` does, but for a file that would not fit on the disk: that is a note.
    """
    batches, _ = prepare(model, stimuli, progress=False, **settings)
    keep_large_buffers()
    with batches.recorder, torch.inference_mode():
        check_forward(batches)
        begun = time.monotonic()
        for part in batches.at([0]):
            count = len(next(iter(part.values())))
    rate = count / max(time.monotonic() - begun, 1e-9)
    place = _existing(Path(out).absolute().parent)
    needed, free = file_bytes(batches), shutil.disk_usage(place).free
    found = notes(batches)
    if needed > free:
        found.append(f"does not fit on the disk; less would be {smaller(batches)}")
    return Estimate(
        areas={x.area: (len(x.steps), x.n_units) for x in batches.layouts},
        n_stimuli=len(batches.images),
        bytes_on_disk=needed,
        disk_free=free,
        peak_memory=peak_memory(batches),
        memory_free=available_bytes(),
        images_per_second=rate,
        seconds=len(batches.images) / rate,
        notes=found,
    )


def value_bytes(batches: Batches, layouts: Sequence[AreaLayout] | None = None) -> int:
    """Bytes that the values of all images take; known after the first batch."""
    layouts = batches.layouts if layouts is None else layouts
    a_stimulus = sum(len(layout.steps) * layout.n_units for layout in layouts)
    return _width(batches.reduction) * a_stimulus * len(batches.images)


def file_bytes(batches: Batches) -> int:
    """Bytes of the file: values and labels."""
    labels = 0
    for layout in batches.layouts:
        coords = layout.coords(batches.images.ids, batches.images.metadata)
        along_dims = [np.asarray(c[1]) for c in coords.values() if isinstance(c, tuple)]
        labels += _GROUP_BYTES + sum(map(_stored_bytes, along_dims))
    return value_bytes(batches) + labels


def peak_memory(batches: Batches, in_memory: bool = False) -> int:
    """Bytes of the process at most; what one batch has taken so far, and the next beside it."""
    seen = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen *= 1 if sys.platform == "darwin" else 1024
    total = value_bytes(batches)
    a_batch = total * batches.batch_size // len(batches.images)
    # Buffers of reading and writing and the allocator's gaps came to 7-17 % in the benchmark.
    return seen * 6 // 5 + (total if in_memory else a_batch)


def notes(batches: Batches) -> list[str]:
    """What of the reduction is not as it was asked for."""
    wanted = batches.reduction.units
    whole = [
        f"{layout.area} ({layout.n_units:,})"
        for layout in batches.layouts
        if wanted is not None and layout.kept is None and layout.n_units < wanted
        if layout.area != NEVER_REDUCED
    ]
    return [f"fewer than {wanted:,} units, all recorded: {listing(whole)}"] if whole else []


def check_disk(batches: Batches, path: Path) -> None:
    """Raise `FileError` where a file would not fit, with the options that make it smaller."""
    needed, free = file_bytes(batches), shutil.disk_usage(path.parent).free
    if needed > free:
        raise FileError(
            f"{path} would take {in_words(needed)}, but {in_words(free)} are free in "
            f"{path.parent}; give another place, or record less: {smaller(batches)}"
        )


def check_memory(batches: Batches) -> None:
    """Raise `InputError` where values would not fit in memory, with what makes them smaller."""
    needed, free = value_bytes(batches), available_bytes()
    if needed > free:
        raise InputError(
            f"the activations of {len(batches.images):,} images take {in_words(needed)}, but "
            f"{in_words(free)} of memory are free; give out='acts.nc', or record less: "
            f"{smaller(batches)}"
        )


def smaller(batches: Batches) -> str:
    """Return the options that would take less, each with what it would take."""
    now, given, full = value_bytes(batches), batches.reduction, batches.recorder.layouts
    offers: list[tuple[str, int]] = []
    of_model = [layout for layout in batches.layouts if layout.area != NEVER_REDUCED]
    if len(of_model) > 1:
        offers.append((f"--areas {of_model[-1].area}", value_bytes(batches, of_model[-1:])))
    others: list[tuple[str, Reduction]] = [("--dtype float16", replace(given, dtype="float16"))]
    if given == Reduction(dtype=given.dtype):
        if all(len(layout.shape) in (1, 3) for layout in full):
            others.insert(0, ("--pool mean", replace(given, pool="mean")))
        others.insert(-1, ("--units 5000", replace(given, units=5000)))
    for option, reduction in others:
        layouts = [reduction.layout(layout) for layout in full]
        width = _width(reduction) / _width(given)
        offers.append((option, round(width * value_bytes(batches, layouts))))
    less = [f"{option} ({in_words(size)})" for option, size in offers if size < now]
    return listing(less) or "fewer images"


def _stored_bytes(values: np.ndarray) -> int:
    """Text is stored as characters, as many for each as the longest one has."""
    if values.dtype.kind in "UO":
        return values.size * max((len(str(v).encode()) for v in values.flat), default=0)
    return values.nbytes


def _width(reduction: Reduction) -> int:
    return 2 if reduction.dtype == "float16" else 4


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.is_dir())
