"""Counting what is right."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


def count_right(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Count images whose class is the first, and among the first 5.

    Parameters
    ----------
    logits : Tensor of shape (images, classes)
    labels : Tensor of shape (images,)

    Returns
    -------
    Tensor, Tensor
        Scalars of type float32. With fewer than 5 classes the second counts every image.
    """
    hits = logits.topk(min(5, logits.shape[1]), dim=1).indices == labels[:, None]
    return hits[:, 0].sum(dtype=torch.float32), hits.any(dim=1).sum(dtype=torch.float32)


@dataclass
class Meter:
    """Sums over images: loss, images, right among the first 1 and 5."""

    sums: list[float] = field(default_factory=lambda: [0.0] * 4)

    def add(self, sums: list[float]) -> None:
        """Add those of a step."""
        self.sums = [a + b for a, b in zip(self.sums, sums, strict=True)]

    def clear(self) -> None:
        """Start anew."""
        self.sums = [0.0] * 4

    @property
    def n_images(self) -> int:
        """Images so far."""
        return int(self.sums[1])

    @property
    def means(self) -> tuple[float, float, float]:
        """Mean loss, top-1 and top-5; NaN of no image."""
        loss, count, *right = self.sums
        if not count:
            return (float("nan"),) * 3
        return loss / count, right[0] / count, right[1] / count
