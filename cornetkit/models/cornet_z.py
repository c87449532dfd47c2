"""CORnet-Z: one convolution an area, one pass (Kubilius et al. 2018)."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ..errors import InputError
from .network import AREA_CHANNELS, AREA_NAMES, CORnet, make_decoder


class FeedforwardArea(nn.Module):
    """An area of CORnet-Z: convolution, ReLU, max pool."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2)
        self.nonlin = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.output = nn.Identity()

    def forward(self, incoming: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H', W')."""
        return self.output(self.pool(self.nonlin(self.conv(incoming))))


class CORnetZ(CORnet):
    """CORnet-Z, the feed-forward one.

    Parameters
    ----------
    times
        Always 1; taken so that all models are made alike.
    num_classes
        Outputs of the decoder.

    References
    ----------
    Kubilius et al. 2018, CORnet: Modeling the Neural Mechanisms of Core Object Recognition.
    """

    letter = "Z"

    def __init__(self, times: int = 1, num_classes: int = 1000) -> None:
        super().__init__(
            times=self.check_times(times),
            steps=dict.fromkeys(AREA_NAMES, 1),
            first_driven=dict.fromkeys(AREA_NAMES, 0),
        )
        self.V1 = FeedforwardArea(3, AREA_CHANNELS["V1"], kernel=7, stride=2)
        self.V2 = FeedforwardArea(AREA_CHANNELS["V1"], AREA_CHANNELS["V2"], kernel=3, stride=1)
        self.V4 = FeedforwardArea(AREA_CHANNELS["V2"], AREA_CHANNELS["V4"], kernel=3, stride=1)
        self.IT = FeedforwardArea(AREA_CHANNELS["V4"], AREA_CHANNELS["IT"], kernel=3, stride=1)
        self.decoder = make_decoder(num_classes)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    @classmethod
    def check_times(cls, times: Any) -> int:
        """Return 1, or raise `InputError` for anything else."""
        if isinstance(times, bool) or times != 1:
            raise InputError(
                f"CORnet-Z has no recurrence and runs 1 step, not times={times!r}; "
                "leave times out, or take CORnet-R, RT or S"
            )
        return 1

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of images (N, 3, H, W)."""
        self.check_images(images)
        return self.decoder(self.IT(self.V4(self.V2(self.V1(images)))))
