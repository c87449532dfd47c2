"""A convolution whose stride is chosen call by call."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class StridedConv2d(nn.Conv2d):
    """A Conv2d that takes its stride as an argument of the call.

    CORnet-S uses one kernel with stride 2 at the first step and stride 1 later. Writing the
    stride onto the module would make two threads disturb each other; calling the functional
    convolution from outside would hide it from hooks. This does neither.
    """

    def forward(self, input: Tensor, stride: int | None = None) -> Tensor:
        """Convolve with `stride`, or with the module's own where none is given.

        Parameters
        ----------
        input : Tensor of shape (N, C, H, W)
        stride : int, optional

        Returns
        -------
        Tensor of shape (N, out_channels, H', W')
        """
        chosen = self.stride if stride is None else (stride, stride)
        return F.conv2d(
            input, self.weight, self.bias, chosen, self.padding, self.dilation, self.groups
        )
