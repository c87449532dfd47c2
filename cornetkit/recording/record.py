"""record(): run a model over an image set and store every area at every step."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ..activations import Activations, ActivationWriter, open_activations
from ..activations.writer import check_output
from ..errors import InputError
from ..stimuli import ImageSet, Transform, load_stimuli
from .allocator import keep_large_buffers
from .provenance import provenance
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
        Take up an unfinished file (which also happens without it), and return a complete one as
        it is instead of refusing to write over it.
    overwrite
        Replace a complete or unfinished file.
    progress
        Show a progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    Activations
        Mapping from area to a (stimulus, time, unit) array; lazy when `out` is given.

    Raises
    ------
    FileError
        The output is there already or cannot be written; an image cannot be read.
    InputError
        Wrong arguments; an unfinished output that was begun with other settings.
    """
    images = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    if batch_size < 1:
        raise InputError(f"batch_size must be at least 1, not {batch_size}")
    if precision not in ("float32", "bf16"):
        raise InputError(f"precision must be 'float32' or 'bf16', not '{precision}'")
    if out is not None and resume and Path(out).exists() and not overwrite:
        return open_activations(out)
    if out is not None:
        check_output(Path(out), overwrite=overwrite)
    keep_large_buffers()
    batch_size = min(batch_size, len(images))
    transform = transform or model_transform(model)
    with Recorder(model, areas, device=_device(device)) as recorder, torch.inference_mode():
        run = _Runner(recorder, images, transform, batch_size, precision)
        attrs = provenance(model, images, transform, batch_size, precision, run.device)
        if out is None:
            parts = [part for _, part in _with_progress(run.batches(0), len(images), 0, progress)]
            joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            labelled = {
                layout.area: layout.label(joined[layout.area], images.ids, images.metadata, attrs)
                for layout in recorder.layouts
            }
            return Activations(labelled, attrs)
        first = next(run.batches(0))  # shows the shapes, and fails before a file is made
        writer = ActivationWriter(
            out,
            recorder.layouts,
            images.ids,
            metadata=images.metadata,
            attrs=attrs,
            overwrite=overwrite,
        )
        try:
            begun = writer.done
            if begun:
                print(f"resuming {writer.partial} at image {begun:,}", file=sys.stderr)
            else:
                writer.write(first)
            rest = run.batches(writer.done)
            for _, part in _with_progress(rest, len(images), writer.done, progress):
                writer.write(part)
            writer.finish()
        finally:
            writer.close()
    return open_activations(out)


def model_transform(model: nn.Module) -> Transform:
    """Return the transform that a model states, or the default one."""
    default = Transform()
    return Transform(
        size=getattr(model, "input_size", default.size),
        mean=tuple(getattr(model, "mean", default.mean)),
        std=tuple(getattr(model, "std", default.std)),
    )


class _Runner:
    """Batches of recorded activations, with the next images read while the model runs."""

    def __init__(
        self,
        recorder: Recorder,
        images: ImageSet,
        transform: Transform,
        batch_size: int,
        precision: str,
    ) -> None:
        self.recorder = recorder
        self.images = images
        self.transform = transform
        self.batch_size = batch_size
        self.precision = precision
        parameter = next(recorder.model.parameters(), None)
        self.device = parameter.device if parameter is not None else torch.device("cpu")

    def batches(self, start: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the recorded values batch by batch, from the image at `start` on."""
        starts = range(start, len(self.images), self.batch_size)
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._read, start) if starts else None
            for begin in starts:
                assert coming is not None
                pixels, count = coming.result()
                following = begin + self.batch_size
                if following < len(self.images):
                    coming = reader.submit(self._read, following)
                self._forward(pixels)
                yield {name: values[:count] for name, values in self.recorder.take().items()}

    def _read(self, begin: int) -> tuple[np.ndarray, int]:
        wanted = range(begin, min(begin + self.batch_size, len(self.images)))
        pixels = self.transform.batch([self.images.image(i) for i in wanted])
        if missing := self.batch_size - len(wanted):
            pixels = np.concatenate([pixels, np.repeat(pixels[-1:], missing, axis=0)])
        return pixels, len(wanted)

    def _forward(self, pixels: np.ndarray) -> None:
        inputs = torch.from_numpy(pixels).to(
            self.device, memory_format=torch.channels_last, non_blocking=True
        )
        enabled = self.precision == "bf16"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=enabled):
            self.recorder.model(inputs)


def _with_progress(
    batches: Iterator[dict[str, np.ndarray]], total: int, done: int, progress: bool | None
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    disable = None if progress is None else not progress
    with tqdm(
        total=total, initial=done, unit="image", desc="record", disable=disable, file=sys.stderr
    ) as bar:
        for part in batches:
            count = len(next(iter(part.values())))
            yield count, part
            bar.update(count)


def _device(name: str | torch.device | None) -> torch.device | None:
    if name is None:
        return None
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"unknown device '{name}'; expected cpu, cuda, cuda:1, mps") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device '{name}' was asked for, but torch sees no GPU here; use cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"device '{name}' was asked for, but torch sees {torch.cuda.device_count()} GPUs"
        )
    return device
