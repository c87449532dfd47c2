"""Loss and accuracy on the validation images."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from ..errors import counted, listing
from .dataset import Split
from .engine import Engine
from .loaders import InTurn, make_loader
from .metrics import Meter, count_right
from .processes import Processes
from .samples import Bad, Part, ValidationSamples, validation_transform
from .settings import Settings

_LARGEST_BATCH = 256


class Validation:
    """The validation images, shared out over the processes.

    Images that cannot be read are left out.

    Attributes
    ----------
    bad : list of Bad
        Those of this process, from the last run.
    n_bad : int
        How many there were, of all processes.
    """

    def __init__(self, split: Split, settings: Settings, processes: Processes) -> None:
        self.settings, self.processes = settings, processes
        self.bad: list[Bad] = []
        self.n_bad = 0
        samples = ValidationSamples(split, validation_transform(settings))
        share = max(1, settings.batch_size // (processes.world * settings.accumulate))
        batches = InTurn(len(split), min(_LARGEST_BATCH, share), processes.rank, processes.world)
        self.loader = make_loader(samples, batches, settings.workers, processes.device)

    def run(
        self, engine: Engine, stopped: Callable[[], bool] = lambda: False
    ) -> tuple[float, float, float] | None:
        """Return mean cross-entropy, top-1 and top-5; None where any process was stopped.

        `stopped` is asked between two batches: validation may take longer than the time that a
        preemption leaves.
        """
        meter = Meter()
        self.bad = []
        for logits, part in logits_of(engine, self.loader):
            if stopped():
                break
            self.bad += part.bad
            if logits is None:
                continue
            labels = part.labels.to(logits.device)
            lost = F.cross_entropy(logits, labels, reduction="sum")
            values = [float(lost), len(labels), *map(float, count_right(logits, labels))]
            meter.add(values)
        *sums, n_bad, stops = self.processes.total(*meter.sums, len(self.bad), stopped())
        self.n_bad = int(n_bad)
        return None if stops else Meter(sums).means

    def warning(self) -> str | None:
        """Say which images the last run left out, if any."""
        if not self.n_bad:
            return None
        which = listing((f"{one.name} {one.reason}" for one in self.bad), 3)
        return (
            f"warning: {counted(self.n_bad, 'validation image')} cannot be read and left out: "
            f"{which or 'see the other process'}"
        )


def logits_of(engine: Engine, loader: DataLoader) -> Iterator[tuple[Tensor | None, Part]]:
    """Run the model that is judged in eval mode, batch by batch; None where no image is left."""
    model = engine.judged
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for part in loader:
                if not len(part.labels):
                    yield None, part
                    continue
                with engine.autocast():
                    logits = model(engine.images(part.pixels))
                yield logits.float(), part
    finally:
        model.train(training)
