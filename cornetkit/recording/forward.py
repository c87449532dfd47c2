"""What the hooked layers gave during one forward."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..activations import AreaLayout
from ..errors import InputError
from .layers import Layer


class Forward:
    """The outputs of the hooked layers in one forward, call by call.

    Parameters
    ----------
    layers
        The hooked layers.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self._thread = threading.get_ident()
        self._calls: dict[str, list[torch.Tensor]] = {layer.area: [] for layer in layers}

    @property
    def is_mine(self) -> bool:
        """Whether it runs in the thread that asks."""
        return self._thread == threading.get_ident()

    def keep(self, area: str, output: Any) -> None:
        """Copy a layer's output at once: in-place operations later on would overwrite it."""
        if not isinstance(output, torch.Tensor) or output.ndim < 2:
            raise InputError(
                f"layer '{area}' gives {_kind(output)}, expected one tensor with stimuli first; "
                "name a sub-module that gives one"
            )
        # Contiguous whatever the memory format, so that units count in C order.
        copy = torch.empty(output.shape, dtype=torch.float32, device="cpu")
        copy.copy_(output.detach())
        self._calls[area].append(copy)

    def finish(
        self, args: Sequence[Any], known: Mapping[str, AreaLayout]
    ) -> tuple[dict[str, np.ndarray], dict[str, AreaLayout]]:
        """Check what was kept and put the steps together.

        Parameters
        ----------
        args
            The model's positional arguments.
        known
            Labels from earlier forwards, which have to be the same.

        Returns
        -------
        dict, dict
            For each area an array of shape (stimuli, steps, units), float32; and its labels.
        """
        values, layouts = {}, {}
        for layer in self.layers:
            calls = self._calls[layer.area]
            layout = _layout(layer, calls)
            if known.get(layer.area, layout) != layout:
                before = known[layer.area]
                raise InputError(
                    f"layer '{layer.area}' gave {len(calls)} steps of shape {layout.shape}, but "
                    f"{len(before.steps)} of {before.shape} in an earlier forward; keep the image "
                    "size, or use a Recorder for each"
                )
            layouts[layer.area] = layout
        self._check_counts(args)
        for layer in self.layers:
            calls = self._calls[layer.area]
            values[layer.area] = torch.stack([call.flatten(1) for call in calls], dim=1).numpy()
        return values, layouts

    def _check_counts(self, args: Sequence[Any]) -> None:
        """Refuse layers whose first dim is not the stimuli: their rows would get wrong ids."""
        images = args[0] if args else None
        first = self.layers[0].area
        expected, what = len(self._calls[first][0]), f"layer '{first}'"
        if isinstance(images, torch.Tensor) and 1 <= images.ndim <= 4:
            expected, what = len(images), "the input"
        for area, calls in self._calls.items():
            if wrong := [len(call) for call in calls if len(call) != expected]:
                raise InputError(
                    f"layer '{area}' gives {wrong[0]} rows where {what} has {expected}, so its "
                    "first dim is not the stimuli; name a layer that keeps them first"
                )


def _layout(layer: Layer, calls: Sequence[torch.Tensor]) -> AreaLayout:
    expected = len(layer.steps) if layer.steps is not None else None
    if not calls or (expected is not None and len(calls) != expected):
        raise InputError(
            f"layer '{layer.area}' ran {len(calls)} times in a forward, expected "
            f"{expected if expected is not None else 'at least 1'}; was the model changed, or "
            "is the layer not used?"
        )
    shapes = list(dict.fromkeys(tuple(call.shape[1:]) for call in calls))
    if len(shapes) > 1:
        raise InputError(
            f"layer '{layer.area}' changes its shape over steps "
            f"({' then '.join('x'.join(map(str, s)) for s in shapes)}), so its units cannot be "
            "followed over time; record the area's output, or a sub-layer of one step"
        )
    return layer.layout(len(calls), shapes[0])


def _kind(output: Any) -> str:
    if isinstance(output, torch.Tensor):
        return f"a tensor of {output.ndim} dims"
    return f"a {type(output).__name__}"
