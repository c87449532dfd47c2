"""Small models and images, and a look at what hooks are left."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from cornetkit.models import load_model
from cornetkit.stimuli import ImageSet, load_stimuli


class Tiny(nn.Module):
    """Two areas that run in a few milliseconds; `late` is called twice and overwritten in place."""

    areas = ("early", "late")
    input_size = 32

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Conv2d(3, 4, kernel_size=3, stride=4)
        self.norm = nn.BatchNorm2d(4)
        self.late = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.unused = nn.Conv2d(4, 4, kernel_size=1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, images: Tensor) -> Tensor:
        x = self.norm(self.early(images))
        for _ in range(2):
            x = self.late(x).relu_()
        return self.dropout(x).mean((1, 2, 3))


@pytest.fixture
def tiny() -> Tiny:
    """A model of two areas, of two steps in the second, with weights that are always the same."""
    model = Tiny().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model


@pytest.fixture(scope="session")
def random_model() -> Callable[..., nn.Module]:
    """Return an untrained CORnet, made once a session."""
    made: dict[Any, nn.Module] = {}

    def get(letter: str, times: Any = None) -> nn.Module:
        if (letter, times) not in made:
            made[letter, times] = load_model(letter, weights="random", seed=0, times=times)
        return made[letter, times]

    return get


@pytest.fixture
def inputs() -> Callable[..., Tensor]:
    """Return a batch of noise for a model."""

    def draw(count: int = 2, side: int = 64, seed: int = 0) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(count, 3, side, side, generator=generator)

    return draw


@pytest.fixture
def images(tmp_path: Path) -> Callable[..., ImageSet]:
    """Write so many small images, called im0, im1 ..., and load them."""

    def make(count: int, folder: str = "stim") -> ImageSet:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for k in range(count):
            pixels = np.random.default_rng(k).integers(0, 256, (20, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"im{k}.png")
        return load_stimuli(place)

    return make


@pytest.fixture
def count_hooks() -> Callable[[nn.Module], int]:
    """Return how many hooks a model and all in it have."""

    def count(model: nn.Module) -> int:
        return sum(
            len(hooks)
            for module in model.modules()
            for name, hooks in vars(module).items()
            if name.endswith("hooks") and isinstance(hooks, dict)
        )

    return count
