"""Loss and accuracy on the validation images."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from .dataset import Split
from .engine import Engine
from .loaders import InTurn, make_loader
from .metrics import Meter, count_right
from .processes import Processes
from .samples import Part, ValidationSamples, validation_transform
from .settings import Settings

_LARGEST_BATCH = 256


class Validation:
    """The validation images, shared out over the processes.

    Images that cannot be read are left out; `bad` counts them.
    """

    def __init__(self, split: Split, settings: Settings, processes: Processes) -> None:
        self.settings, self.processes = settings, processes
        samples = ValidationSamples(split, validation_transform(settings))
        share = max(1, settings.batch_size // (processes.world * settings.accumulate))
        batches = InTurn(len(split), min(_LARGEST_BATCH, share), processes.rank, processes.world)
        self.loader = make_loader(samples, batches, settings.workers, processes.device)

    def run(self, engine: Engine) -> tuple[float, float, float]:
        """Return mean cross-entropy, top-1 and top-5."""
        meter = Meter()
        for logits, part in logits_of(engine, self.loader):
            labels = part.labels.to(logits.device)
            lost = F.cross_entropy(logits, labels, reduction="sum")
            values = [float(lost), len(labels), *map(float, count_right(logits, labels))]
            meter.add(values)
        return Meter(self.processes.total(*meter.sums)).means


def logits_of(engine: Engine, loader: DataLoader) -> Iterator[tuple[Tensor, Part]]:
    """Run the model that is judged in eval mode, batch by batch."""
    model = engine.judged
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for part in loader:
                if len(part.labels):
                    with engine.autocast():
                        logits = model(engine.images(part.pixels))
                    yield logits.float(), part
    finally:
        model.train(training)
