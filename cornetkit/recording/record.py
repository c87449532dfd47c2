"""record(): run a model over an image set and store every area at every step."""

from __future__ import annotations

import operator
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ..activations import Activations, ActivationWriter, open_activations
from ..activations.memory import available_bytes, in_words
from ..activations.unfinished import differences
from ..activations.writer import check_output
from ..errors import FileError, InputError, listing
from ..stimuli import ImageSet, Transform, load_stimuli
from .allocator import keep_large_buffers
from .batches import Batches
from .devices import find_device, home_of
from .provenance import DECISIVE, provenance
from .recorder import Recorder


def record(
    model: nn.Module,
    stimuli: ImageSet | str | Path,
    out: str | Path | None = None,
    *,
    areas: Sequence[str] | Mapping[str, str] | str | None = None,
    batch_size: int = 16,
    device: str | torch.device | None = None,
    precision: str = "float32",
    transform: Transform | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool | None = None,
) -> Activations:
    """Record a model's areas at every recurrent step for a set of images.

    Parameters
    ----------
    model
        From `load_model`, or any ``torch.nn.Module`` that takes (N, 3, H, W).
    stimuli
        An image set, or what `load_stimuli` takes.
    out
        A netCDF file to stream to, so that memory does not grow with the number of images; an
        unfinished one is taken up where it ended. None keeps everything in memory.
    areas
        As in `Recorder`. Default: all areas of the model.
    batch_size
        Images in one forward. The last batch is filled up, so that every image is computed in
        batches of one size and its values do not depend on its place in the set.
    device
        ``"cpu"``, ``"cuda"`` ...; default: where the model is.
    precision
        ``"float32"``, or ``"bf16"`` for bfloat16 autocast. Stored values are float32.
    transform
        From image to input; default: the model's own.
    resume
        Take up an unfinished file (which also happens without it), and return a complete one of
        the same model, areas and stimuli as it is, instead of refusing to write over it.
    overwrite
        Replace a complete or unfinished file.
    progress
        Show a progress bar on stderr, and say what is resumed; None shows the bar on terminals
        only, False says nothing at all.

    Returns
    -------
    Activations
        Mapping from area to a (stimulus, time, unit) array; lazy when `out` is given.

    Raises
    ------
    FileError
        The output is there already, cannot be written or would not fit on the disk; an image
        cannot be read.
    InputError
        Wrong arguments; an output that was begun, or made, with other settings; without `out`,
        more activations than there is memory.
    """
    images = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    if not len(images):
        raise InputError("there are no images to record; give at least one")
    batch_size = min(_whole(batch_size), len(images))
    if precision not in ("float32", "bf16"):
        raise InputError(f"precision must be 'float32' or 'bf16', not {precision!r}")
    path = Path(out) if out is not None else None
    finished = path is not None and resume and path.is_file() and not overwrite
    if path is not None and not finished:
        check_output(path, overwrite=overwrite)
    recorder = Recorder(model, areas, device=device)
    transform = transform or model_transform(model)
    where = find_device(device) or home_of(model)
    attrs = provenance(model, recorder.layers, images, transform, batch_size, precision, where)
    if path is not None and finished:
        return _as_it_is(path, attrs)
    keep_large_buffers()
    with recorder, torch.inference_mode():
        batches = Batches(recorder, images, transform, batch_size, precision, where)
        if path is None:
            return _in_memory(batches, attrs, progress)
        _to_file(path, batches, attrs, overwrite, progress)
    return open_activations(path)


def _in_memory(batches: Batches, attrs: dict[str, Any], progress: bool | None) -> Activations:
    images = batches.images
    parts: list[dict[str, np.ndarray]] = []
    for part in _with_progress(batches.run(0), len(images), 0, progress):
        if not parts and (size := _size(batches)) > (free := available_bytes()):
            raise InputError(
                f"the activations of {len(images):,} images take {in_words(size)}, but "
                f"{in_words(free)} of memory are free; give out='acts.nc', or fewer areas"
            )
        parts.append(part)
    arrays = {}
    for layout in batches.recorder.layouts:
        # Taken out part by part, so that no area is in memory twice for longer than it takes.
        values = np.concatenate([part.pop(layout.area) for part in parts])
        arrays[layout.area] = layout.label(values, images.ids, images.metadata, attrs)
    return Activations(arrays, attrs)


def _to_file(
    path: Path, batches: Batches, attrs: dict[str, Any], overwrite: bool, progress: bool | None
) -> None:
    images = batches.images
    running = batches.run(0)
    first = next(running)  # shows the shapes, and fails before a file is made
    partial = path.with_name(path.name + ".partial")
    if not partial.exists() and (size := _size(batches)) > (
        free := shutil.disk_usage(path.parent).free
    ):
        raise FileError(
            f"{path} would take {in_words(size)}, but {in_words(free)} are free in {path.parent}; "
            "record fewer areas (areas=['IT']), or give another place"
        )
    writer = ActivationWriter(
        path,
        batches.recorder.layouts,
        images.ids,
        metadata=images.metadata,
        attrs=attrs,
        overwrite=overwrite,
    )
    try:
        if writer.done:
            if progress is not False:
                tqdm.write(f"resuming {writer.partial} at image {writer.done:,}", file=sys.stderr)
            running = batches.run(writer.done)
        else:
            writer.write(first)
        del first  # a batch of every area: not to be kept beside the next ones
        for part in _with_progress(running, len(images), writer.done, progress):
            writer.write(part)
        writer.finish()
    finally:
        writer.close()


def _size(batches: Batches) -> int:
    """Bytes that the values of all images take as float32; known after the first batch."""
    units = sum(len(layout.steps) * layout.n_units for layout in batches.recorder.layouts)
    return 4 * units * len(batches.images)


def _as_it_is(path: Path, attrs: dict[str, Any]) -> Activations:
    """Return a complete file, unless it holds something else than what is asked for."""
    acts = open_activations(path)
    wanted = {name: attrs[name] for name in DECISIVE}
    if differing := differences(acts.attrs, wanted):
        acts.close()
        raise InputError(
            f"{path} is complete, but was made with other settings: {listing(differing, 8)}; give "
            "another name, or --overwrite to replace it"
        )
    return acts


def _whole(batch_size: int) -> int:
    try:
        count = operator.index(batch_size)
    except TypeError:
        count = 0
    if count < 1 or isinstance(batch_size, bool):
        raise InputError(f"batch_size must be a whole number of at least 1, not {batch_size!r}")
    return count


def model_transform(model: nn.Module) -> Transform:
    """Return the transform that a model states, or the default one."""
    default = Transform()
    return Transform(
        size=getattr(model, "input_size", default.size),
        mean=tuple(getattr(model, "mean", default.mean)),
        std=tuple(getattr(model, "std", default.std)),
    )


def _with_progress(
    batches: Iterable[dict[str, np.ndarray]], total: int, done: int, progress: bool | None
) -> Iterator[dict[str, np.ndarray]]:
    disable = None if progress is None else not progress
    with tqdm(
        total=total, initial=done, unit="image", desc="record", disable=disable, file=sys.stderr
    ) as bar:
        for part in batches:
            count = len(next(iter(part.values())))
            yield part
            bar.update(count)
