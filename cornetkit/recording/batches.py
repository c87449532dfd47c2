"""Running a model over an image set batch by batch, reading ahead while it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from ..activations import AreaLayout
from ..errors import InputError
from ..stimuli import ImageSet, Transform
from .forward_memory import memory_in_words
from .recorder import Recorder
from .reductions import Reduction


class Batches:
    """Batches of recorded activations, with the next images read while the model runs.

    Parameters
    ----------
    recorder
        Entered; its model is run.
    images
        What it is shown.
    transform
        From image to input.
    batch_size
        Images in one forward; the last batch is filled up to it.
    precision
        ``"float32"`` or ``"bf16"``.
    device
        Where the model is.
    reduction
        What is kept of each area.
    """

    def __init__(
        self,
        recorder: Recorder,
        images: ImageSet,
        transform: Transform,
        batch_size: int,
        precision: str,
        device: torch.device,
        reduction: Reduction,
    ) -> None:
        self.recorder = recorder
        self.images = images
        self.transform = transform
        self.batch_size = batch_size
        self.precision = precision
        self.device = device
        self.reduction = reduction

    @property
    def layouts(self) -> list[AreaLayout]:
        """The labels of what is kept of each area; empty before the first batch."""
        return [self.reduction.layout(full) for full in self.recorder.layouts]

    def run(self, start: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the recorded values batch by batch, from the image at `start` on."""
        return self.at(range(start, len(self.images), self.batch_size))

    def at(self, begins: Sequence[int]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the recorded values of the batches that begin at these images."""
        if not begins:
            return
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._read, begins[0])
            for following in [*begins[1:], None]:
                with memory_in_words(self.batch_size):
                    pixels, count = coming.result()
                    if following is not None:
                        coming = reader.submit(self._read, following)
                    self._forward(pixels)
                    part = self._reduced(self.recorder.take(), count)
                yield part
                del part

    def show_first(self, count: int) -> None:
        """Show the model its first image so many times, or a batch of it, and keep nothing."""
        pixels = np.repeat(self._transformed(0)[None], min(count, self.batch_size), axis=0)
        with memory_in_words(self.batch_size):
            self._run(pixels)
        self.recorder.take()

    def _reduced(self, taken: dict[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
        full = {layout.area: layout for layout in self.recorder.layouts}
        return {
            area: self.reduction.apply(full[area], values[:count]) for area, values in taken.items()
        }

    def _read(self, begin: int) -> tuple[np.ndarray, int]:
        wanted = range(begin, min(begin + self.batch_size, len(self.images)))
        pixels = np.stack([self._transformed(i) for i in wanted])
        if missing := self.batch_size - len(wanted):
            pixels = np.concatenate([pixels, np.repeat(pixels[-1:], missing, axis=0)])
        return pixels, len(wanted)

    def _transformed(self, index: int) -> np.ndarray:
        image = self.images.image(index)
        try:
            return self.transform(image)
        except InputError as error:
            raise InputError(f"{self.images.paths[index]}: {error}") from error

    def _forward(self, pixels: np.ndarray) -> None:
        self._run(pixels)

    def _run(self, pixels: np.ndarray) -> None:
        inputs = torch.from_numpy(pixels).to(
            self.device, memory_format=torch.channels_last, non_blocking=True
        )
        lower = (
            torch.autocast(self.device.type, dtype=torch.bfloat16)
            if self.precision == "bf16"
            else contextlib.nullcontext()
        )
        with lower:
            self.recorder.model(inputs)
