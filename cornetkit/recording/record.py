"""record(): run a model over an image set and store every area at every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..activations import Activations, ActivationWriter, open_activations, was_completed
from ..activations.unfinished import differences
from ..allocator import keep_large_buffers
from ..errors import InputError, in_words, listing
from ..inputs import is_file
from ..outputs import Inputs, check_output, partial_of
from ..stimuli import ImageSet, Transform, load_stimuli
from .batches import Batches
from .estimate import check_disk, check_memory, file_bytes, notes, peak_memory
from .forward_memory import check_forward
from .lesion import LESION_ATTRIBUTES
from .prepare import prepare
from .progress import say, wants_words, with_progress
from .provenance import DECISIVE


def record(
    model: nn.Module,
    stimuli: ImageSet | str | Path,
    out: str | Path | None = None,
    *,
    areas: Sequence[str] | Mapping[str, str] | str | None = None,
    logits: bool = False,
    pool: str | None = None,
    units: int | None = None,
    project: int | None = None,
    reduction_seed: int = 0,
    dtype: str = "float32",
    batch_size: int = 16,
    device: str | torch.device | None = None,
    precision: str = "float32",
    transform: Transform | None = None,
    crop: bool = False,
    skip_bad: bool = False,
    lesion: Mapping[str, Mapping[int, float | str]] | Sequence[str] | str | None = None,
    blank_from: int | None = None,
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
    logits
        Record the decoder's output too, as the area ``logits``; it is never reduced.
    pool
        ``"mean"``: store each channel's mean over places; the units are then the channels.
    units
        Store so many units of each area, drawn at random, the same for all stimuli and steps;
        ``unit`` stays the index in the full map. Areas that have fewer are stored whole.
    project
        Store so many sparse random mixtures of each area's units, scaled so that squared
        distances between stimuli are kept on average (Li, Hastie and Church 2006).
    reduction_seed
        Of the random units or the projection.
    dtype
        Of the stored values: ``"float32"``, or ``"float16"``, half as large and good to 3 digits;
        a value that is too large for it is an error.
    batch_size
        Images in one forward. The last batch is filled up, so that every image is computed in
        batches of one size and its values do not depend on its place in the set.
    device
        ``"cpu"``, ``"cuda"`` ...; default: where the model is.
    precision
        ``"float32"``, or ``"bf16"`` for bfloat16 autocast.
    transform
        From image to input; default: the model's own.
    crop
        Keep the aspect ratio and take the central square, as ImageNet's validation does, in place
        of the model's own straight resize.
    skip_bad
        Leave out images that cannot be read, instead of refusing all; they are said on stderr, and
        stored with their reasons in the attribute ``skipped``.
    lesion, blank_from
        As in `Recorder`: a virtual lesion of a CORnet's recurrent state, and the step from which
        on the image is taken away. They are stored with the file, and said by every result of it.
    resume
        Take up an unfinished file (which also happens without it), and return a complete one of
        the same model, areas and stimuli as it is, instead of refusing to write over it.
    overwrite
        Replace a complete or unfinished file; the same call again, after an interruption, goes on.
    progress
        Say on stderr what it takes and how far it is, by a bar on a terminal and by a line a
        minute elsewhere. None: on terminals only, and what is resumed or left out. False: nothing.

    Returns
    -------
    Activations
        Mapping from area to a (stimulus, time, unit) array; lazy when `out` is given.

    Raises
    ------
    FileError
        The output is there already, cannot be written or would not fit on the disk; images
        cannot be read, which is found before the first forward.
    InputError
        Wrong arguments; an output that was begun, or made, with other settings; a batch that
        does not fit in memory; without `out`, more activations than there is memory.
    """
    path = Path(out) if out is not None else None
    finished = (
        path is not None and not overwrite and (was_completed(path) or (resume and is_file(path)))
    )
    stimuli = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    if path is not None and not finished:
        check_output(path, overwrite=overwrite, inputs=_read(model, stimuli))
    batches, attrs = prepare(
        model,
        stimuli,
        areas=areas,
        logits=logits,
        pool=pool,
        units=units,
        project=project,
        reduction_seed=reduction_seed,
        dtype=dtype,
        batch_size=batch_size,
        device=device,
        precision=precision,
        transform=transform,
        crop=crop,
        skip_bad=skip_bad,
        lesion=lesion,
        blank_from=blank_from,
        progress=progress,
    )
    if path is not None and finished:
        return _as_it_is(path, attrs)
    keep_large_buffers()
    with batches.recorder, torch.inference_mode():
        check_forward(batches)
        if path is None:
            return _in_memory(batches, attrs, progress)
        _to_file(path, batches, attrs, overwrite, progress)
    return open_activations(path)


def _read(model: nn.Module, images: ImageSet) -> Inputs:
    """Return the files that must not be replaced."""
    return {
        "the table of images": images.source or None,
        "one of the images": images.paths,
        "the file of the weights": getattr(model, "weights_file", None),
    }


def _in_memory(batches: Batches, attrs: dict[str, Any], progress: bool | None) -> Activations:
    images = batches.images
    parts: list[dict[str, np.ndarray]] = []
    for part in with_progress(batches.run(0), len(images), 0, progress):
        if not parts:
            check_memory(batches)
            if wants_words(progress):
                peak = in_words(peak_memory(batches, in_memory=True))
                _say([f"peak memory about {peak}", *notes(batches)])
        parts.append(part)
    arrays = {}
    for layout in batches.layouts:
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
    check_output(path, overwrite=overwrite)  # again: much may have happened since
    if not partial_of(path).exists():
        check_disk(batches, path)
    writer = ActivationWriter(
        path,
        batches.layouts,
        images.ids,
        metadata=images.metadata,
        attrs=attrs,
        dtype=batches.reduction.dtype,
        overwrite=overwrite,
    )
    try:
        if wants_words(progress):
            disk, memory = in_words(file_bytes(batches)), in_words(peak_memory(batches))
            _say([f"{path}: {disk} on disk, peak memory about {memory}", *notes(batches)])
        if writer.done:
            if progress is not False:
                say(f"resuming {writer.partial} at image {writer.done:,}")
            running = batches.run(writer.done)
        else:
            writer.write(first)
        del first  # a batch of every area: not to be kept beside the next ones
        for part in with_progress(running, len(images), writer.done, progress):
            writer.write(part)
        writer.finish()
    finally:
        writer.close()


def _say(lines: list[str]) -> None:
    for line in lines:
        say(line)


def _as_it_is(path: Path, attrs: dict[str, Any]) -> Activations:
    """Return a complete file, unless it holds something else than what is asked for."""
    acts = open_activations(path)
    wanted = {name: attrs[name] for name in DECISIVE}
    wanted |= {name: attrs.get(name) for name in LESION_ATTRIBUTES}
    if differing := differences(acts.attrs, wanted):
        acts.close()
        raise InputError(
            f"{path} is complete, but was made with other settings: {listing(differing, 8)}; give "
            "another name, or overwrite=True (--overwrite) to replace it"
        )
    return acts
