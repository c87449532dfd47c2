"""CORnet-S: bottleneck areas with local recurrence (Kubilius et al. 2019)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ..errors import InputError
from .lesions import FREEZE
from .network import AREA_CHANNELS, AREA_NAMES, CORnet, check_count, make_decoder
from .strided import StridedConv2d

WIDENING = 4
CALLED_ONCE = ("conv_input", "skip", "norm_skip")


class EntryArea(nn.Module):
    """V1 of CORnet-S: two convolutions and a max pool, one step."""

    def __init__(self, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, out_channels, kernel_size=7, stride=2, padding=3, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.nonlin1 = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.nonlin2 = nn.ReLU(inplace=True)
        self.output = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, out_channels, H/4, W/4)."""
        x = self.pool(self.nonlin1(self.norm1(self.conv1(images))))
        return self.output(self.nonlin2(self.norm2(self.conv2(x))))


class BottleneckArea(nn.Module):
    """V2, V4 or IT of CORnet-S: the same convolutions at every step, batch norms of their own.

    The input is taken in once, at step 0; from then on the area only sees its own output.
    """

    def __init__(self, in_channels: int, out_channels: int, times: int) -> None:
        super().__init__()
        self.times = times
        wide = WIDENING * out_channels
        self.conv_input = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False)
        self.skip = nn.Conv2d(out_channels, out_channels, kernel_size=1, stride=2, bias=False)
        self.norm_skip = nn.BatchNorm2d(out_channels)
        self.conv1 = nn.Conv2d(out_channels, wide, kernel_size=1, bias=False)
        self.nonlin1 = nn.ReLU(inplace=True)
        self.conv2 = StridedConv2d(wide, wide, kernel_size=3, stride=2, padding=1, bias=False)
        self.nonlin2 = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(wide, out_channels, kernel_size=1, bias=False)
        self.nonlin3 = nn.ReLU(inplace=True)
        self.output = nn.Identity()
        for step in range(times):
            self.add_module(f"norm1_{step}", nn.BatchNorm2d(wide))
            self.add_module(f"norm2_{step}", nn.BatchNorm2d(wide))
            self.add_module(f"norm3_{step}", nn.BatchNorm2d(out_channels))

    def forward(self, incoming: Tensor, lesion: Mapping[int, float | str] | None = None) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H/2, W/2), the last step's output.

        `lesion` says, by step, by what the state that is read there is multiplied, or that the
        area keeps it.
        """
        x = self.conv_input(incoming)
        for step in range(self.times):
            factor = None if lesion is None else lesion.get(step)
            if factor == FREEZE:
                x = self.output(x)
                continue
            x = self.advance(x if factor is None else x * float(factor), step)
        return x

    def advance(self, x: Tensor, step: int) -> Tensor:
        """Map the projected input (step 0) or the area's own output (later) to the next output."""
        skip = self.norm_skip(self.skip(x)) if step == 0 else x
        x = self.nonlin1(getattr(self, f"norm1_{step}")(self.conv1(x)))
        x = self.conv2(x, 2 if step == 0 else 1)
        x = self.nonlin2(getattr(self, f"norm2_{step}")(x))
        x = getattr(self, f"norm3_{step}")(self.conv3(x))
        x += skip
        return self.output(self.nonlin3(x))


class CORnetS(CORnet):
    """CORnet-S, the shallow recurrent one, best known for its fit to the ventral stream.

    Steps are local to an area and there is no common clock: V4 sees only V2's last step.

    Parameters
    ----------
    times
        Steps of (V2, V4, IT); V1 always has one. A single int is refused, because the areas
        differ: write ``(3, 3, 3)`` for three steps in each.
    num_classes
        Outputs of the decoder.

    References
    ----------
    Kubilius et al. 2019, Brain-Like Object Recognition with High-Performing Shallow Recurrent
    ANNs.
    """

    letter = "S"

    def __init__(self, times: tuple[int, int, int] = (2, 4, 2), num_classes: int = 1000) -> None:
        counts = self.check_times(times)
        super().__init__(
            times=counts,
            steps=dict(zip(AREA_NAMES, (1, *counts), strict=True)),
            first_driven=dict.fromkeys(AREA_NAMES, 0),
        )
        self.V1 = EntryArea(AREA_CHANNELS["V1"])
        self.V2 = BottleneckArea(AREA_CHANNELS["V1"], AREA_CHANNELS["V2"], counts[0])
        self.V4 = BottleneckArea(AREA_CHANNELS["V2"], AREA_CHANNELS["V4"], counts[1])
        self.IT = BottleneckArea(AREA_CHANNELS["V4"], AREA_CHANNELS["IT"], counts[2])
        self.decoder = make_decoder(num_classes)
        for module in self.modules():
            # Batch norms start at 1 and 0 and the linear layer as torch makes them anyway.
            if isinstance(module, nn.Conv2d):
                fan_out = math.prod(module.kernel_size) * module.out_channels
                nn.init.normal_(module.weight, 0.0, math.sqrt(2.0 / fan_out))

    @classmethod
    def check_times(cls, times: Any) -> tuple[int, int, int]:
        """Return the step counts of (V2, V4, IT), or raise `InputError`."""
        if not isinstance(times, (tuple, list)) or len(times) != 3:
            raise InputError(
                "CORnet-S takes three step counts (V2, V4, IT), like times=(2, 4, 2); "
                f"got times={times!r}"
            )
        v2, v4, it = (
            check_count(count, f"times of CORnet-S in {area}")
            for area, count in zip(AREA_NAMES[1:], times, strict=True)
        )
        return v2, v4, it

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of images (N, 3, H, W), from IT's last step."""
        self.check_images(images)
        x = self.V1(images)
        for area in AREA_NAMES[1:]:
            x = getattr(self, area)(x, self.lesion.get(area))
        return self.decoder(x)

    def _calls(self, area: str, part: str) -> list[int]:
        if part in CALLED_ONCE:
            return [0]
        steps = super()._calls(area, part)
        if area != "V1" and part.startswith("norm"):
            own = int(part.rpartition("_")[2])
            return [own] if own in steps else []
        return steps
