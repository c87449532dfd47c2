"""Convolutions of small maps as matrix products, for training on the CPU.

oneDNN takes some ten times as long for the gradient of a large kernel's weights where a map has a
few places only as where it has many: at 64 pixels IT of CORnet-S, whose maps are 2 x 2, took half
of a step. Written as a product of matrices it took a third of that.
"""

from __future__ import annotations

import functools

from torch import Tensor
from torch.nn import functional as F

from ..models.cornet_s import BottleneckArea
from ..models.network import CORnet
from ..models.strided import StridedConv2d

_MOST_PLACES = 4


def multiply_small_maps(model: CORnet, image_size: int) -> None:
    """Let the 3 x 3 convolutions of CORnet-S whose outputs are small be matrix products.

    Values are the same up to rounding; weights, names and hooks stay as they are.

    Parameters
    ----------
    model
        Of any kind; those without such areas are left alone.
    image_size
        Side of the images in pixels.
    """
    side = image_size // 4  # of V1's output
    for name in model.areas[1:]:
        area = getattr(model, name)
        side //= 2
        if isinstance(area, BottleneckArea) and side * side <= _MOST_PLACES:
            vars(area.conv2)["forward"] = functools.partial(as_product, area.conv2)


def as_product(conv: StridedConv2d, images: Tensor, stride: int | None = None) -> Tensor:
    """Convolve as `conv` would, with all places that a kernel sees laid out as rows.

    Parameters
    ----------
    conv
        Without bias, groups or dilation.
    images : Tensor of shape (N, C, H, W)
    stride
        None: the module's own.

    Returns
    -------
    Tensor of shape (N, out_channels, H', W')
    """
    step = conv.stride[0] if stride is None else stride
    size, border = conv.kernel_size[0], int(conv.padding[0])
    seen = F.unfold(images, size, padding=border, stride=step)  # (N, C size size, H' W')
    n, width, places = seen.shape
    rows = seen.transpose(1, 2).reshape(n * places, width)
    found = F.linear(rows, conv.weight.flatten(1)).reshape(n, places, conv.out_channels)
    height = (images.shape[2] + 2 * border - size) // step + 1
    return found.transpose(1, 2).reshape(n, conv.out_channels, height, places // height)
