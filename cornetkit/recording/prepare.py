"""From arguments to what is about to run: checked, and the same for recording and estimating."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..activations import available_bytes
from ..errors import InputError, in_words, listing
from ..stimuli import ImageSet, Transform, load_stimuli
from .batches import Batches
from .devices import find_device, home_of
from .layers import with_logits
from .progress import say
from .provenance import provenance
from .recorder import Recorder
from .reductions import Reduction


def prepare(
    model: nn.Module,
    stimuli: ImageSet | str | Path,
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
    progress: bool | None = None,
) -> tuple[Batches, dict[str, Any]]:
    """Check the arguments of `record` and return the batches to run, and their provenance.

    Every image is decoded once. Nothing is run, and nothing written.
    """
    images = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    if not len(images):
        raise InputError("there are no images to record; give at least one")
    batch_size = _whole(batch_size)
    if precision not in ("float32", "bf16"):
        raise InputError(f"precision must be 'float32' or 'bf16', not {precision!r}")
    reduction = Reduction(pool, units, project, reduction_seed, dtype)
    recorder = Recorder(
        model,
        with_logits(model, areas) if logits else areas,
        device=device,
        lesion=lesion,
        blank_from=blank_from,
    )
    transform = _transform(model, transform, crop)
    where = find_device(device) or home_of(model)
    images = images.check(
        skip_bad=skip_bad, transform=transform, progress=False if progress is False else None
    )
    if images.skipped and progress is not False:
        say(_left_out(images))
    batch_size = min(batch_size, len(images))
    _check_batch(batch_size, transform)
    attrs = provenance(
        model,
        recorder.layers,
        images,
        transform,
        reduction,
        batch_size,
        precision,
        where,
        recorder.lesion,
    )
    return Batches(recorder, images, transform, batch_size, precision, where, reduction), attrs


def _check_batch(batch_size: int, transform: Transform) -> None:
    """Refuse a batch whose pixels alone, read ahead for the next one too, fill the memory."""
    needed = 2 * 4 * batch_size * 3 * transform.size**2
    if needed > (free := available_bytes()):
        raise InputError(
            f"the pixels of batches of {batch_size:,} images take {in_words(needed)}, but "
            f"{in_words(free)} of memory are free; give a smaller batch_size (--batch-size 16)"
        )


def _whole(batch_size: int) -> int:
    try:
        count = operator.index(batch_size)
    except TypeError:
        count = 0
    if count < 1 or isinstance(batch_size, bool):
        raise InputError(f"batch_size must be a whole number of at least 1, not {batch_size!r}")
    return count


def _left_out(images: ImageSet) -> str:
    total = len(images) + len(images.skipped)
    which = listing((f"{name} {reason}" for name, reason in images.skipped.items()), 3)
    return f"left out {len(images.skipped):,} of {total:,} images, which cannot be read: {which}"


def _transform(model: nn.Module, given: Transform | None, crop: bool) -> Transform:
    if crop and given is not None:
        raise InputError(
            "crop=True and a transform were both given; give one, or Transform(resize='crop')"
        )
    return given or replace(model_transform(model), resize="crop" if crop else "straight")


def model_transform(model: nn.Module) -> Transform:
    """Return the transform that a model states, or the default one."""
    default = Transform()
    return Transform(
        size=getattr(model, "input_size", default.size),
        mean=tuple(getattr(model, "mean", default.mean)),
        std=tuple(getattr(model, "std", default.std)),
    )
