"""Small images in classes, and what runs on them leave behind."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

CLASSES = ("ant", "bee", "cow")
# Of a run of 6 steps in 2 epochs on the folder of images.
TINY: dict[str, Any] = {
    "image_size": 32,
    "batch_size": 6,
    "epochs": 2,
    "keep_every": 0,
    "log_every": 1,
    "lr": 0.05,
}


def fill(folder: Path, per_class: int, classes: tuple[str, ...] = CLASSES, seed: int = 0) -> Path:
    """Write coloured noise: the classes differ in colour."""
    rng = np.random.default_rng(seed)
    for k, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(per_class):
            pixels = rng.integers(0, 120, (40, 36, 3))
            pixels[..., k % 3] += 100
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{name}{i}.png")
    return folder


def weights(path: Path, key: str = "state_dict") -> dict[str, torch.Tensor]:
    """Return the weights that a file holds."""
    return torch.load(path, weights_only=True)[key]


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Whether two sets of weights are equal to the bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
