"""Running a model over an image set batch by batch, reading ahead while it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from ..stimuli import ImageSet, Transform
from .recorder import Recorder


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
    """

    def __init__(
        self,
        recorder: Recorder,
        images: ImageSet,
        transform: Transform,
        batch_size: int,
        precision: str,
        device: torch.device,
    ) -> None:
        self.recorder = recorder
        self.images = images
        self.transform = transform
        self.batch_size = batch_size
        self.precision = precision
        self.device = device

    def run(self, start: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the recorded values batch by batch, from the image at `start` on."""
        if start >= len(self.images):
            return
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._read, start)
            for begin in range(start, len(self.images), self.batch_size):
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
        lower = (
            torch.autocast(self.device.type, dtype=torch.bfloat16)
            if self.precision == "bf16"
            else contextlib.nullcontext()
        )
        with lower:
            self.recorder.model(inputs)
