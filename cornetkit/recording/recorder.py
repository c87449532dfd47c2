"""The Recorder: every area at every recurrent step, taken by forward hooks in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from ..activations import Activations, AreaLayout
from ..errors import InputError
from ..schema import check_unique
from .layers import Layer, check_hookable, find_layers


class Recorder:
    """Record the areas of a model while it runs, as a context manager over forward hooks.

    Each hooked output is copied at once (in-place operations later in the model would overwrite
    it), the number of calls is checked against the steps that the model states, and inside the
    context the model is in eval mode. On leaving, all hooks are gone and each sub-module's mode
    and the model's device are as before, whatever happened.

    Parameters
    ----------
    model
        A CORnet, or any ``torch.nn.Module``. Neither data-parallel nor compiled.
    areas
        Names of areas or sub-layers (``["V4", "IT", "IT.norm3_0"]``), or a mapping from the name
        to record under to a sub-module (``{"IT": "layer4"}``). Default: all areas of the model.
    device
        Where to run; the model is moved there and back. Default: where it is.

    Raises
    ------
    UnknownNameError
        An area or layer does not exist.
    InputError
        The model cannot be hooked; or, on asking for the activations, nothing was recorded, a
        layer changes its shape over steps, or ids and recorded rows differ in number.

    Examples
    --------
    >>> model = load_model("S", weights="random")  # doctest: +SKIP
    >>> with Recorder(model, areas=["IT"]) as recorder:  # doctest: +SKIP
    ...     model(images)
    ...     acts = recorder.activations()
    """

    def __init__(
        self,
        model: nn.Module,
        areas: Sequence[str] | Mapping[str, str] | str | None = None,
        *,
        device: str | torch.device | None = None,
    ) -> None:
        check_hookable(model)
        self.model = model
        self.layers = find_layers(model, areas)
        self._device = torch.device(device) if device is not None else None
        self._handles: list[Any] = []
        self._current: dict[str, list[torch.Tensor]] | None = None
        self._rows: list[dict[str, np.ndarray]] = []
        self._layouts: dict[str, AreaLayout] = {}
        self._ids: list[Any] = []

    def __enter__(self) -> Recorder:
        if self._handles:
            raise InputError("this Recorder is in use already; make another one")
        self._training = {module: module.training for module in self.model.modules()}
        self._home = next((p.device for p in self.model.parameters()), None)
        try:
            self.model.eval()
            if self._device is not None:
                self.model.to(self._device)
            modules = dict(self.model.named_modules())
            for layer in self.layers:
                hook = modules[layer.module].register_forward_hook(self._keep(layer.area))
                self._handles.append(hook)
            self._handles.append(self.model.register_forward_pre_hook(self._begin))
            self._handles.append(self.model.register_forward_hook(self._end, always_call=True))
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._restore()

    def _restore(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._current = None
        if self._device is not None and self._home is not None:
            self.model.to(self._home)
        for module, training in self._training.items():
            module.training = training

    def _begin(self, module: nn.Module, args: Any) -> None:
        if self._current is not None:
            raise InputError(
                "two forwards at once in one Recorder (threads?); give each thread a model and a "
                "Recorder of its own"
            )
        self._current = {layer.area: [] for layer in self.layers}

    def _keep(self, area: str):  # type: ignore[no-untyped-def]
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if self._current is None:  # a sub-module called by itself, outside a forward
                return
            if not isinstance(output, torch.Tensor) or output.ndim < 2:
                raise InputError(
                    f"layer '{area}' gives {_kind(output)}, expected one tensor with stimuli first; "
                    "name a sub-module that gives one"
                )
            # Contiguous whatever the memory format, so that units count in C order.
            copy = torch.empty(output.shape, dtype=torch.float32)
            copy.copy_(output.detach())
            self._current[area].append(copy)

        return hook

    def _end(self, module: nn.Module, args: Any, output: Any) -> None:
        current, self._current = self._current, None
        if output is None or current is None:  # the forward failed: its error is on the way
            return
        row = {}
        for layer in self.layers:
            row[layer.area] = self._stack(layer, current[layer.area])
        self._rows.append(row)

    def _stack(self, layer: Layer, calls: list[torch.Tensor]) -> np.ndarray:
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
        layout = layer.layout(len(calls), shapes[0])
        if self._layouts.setdefault(layer.area, layout) != layout:
            raise InputError(
                f"layer '{layer.area}' gave {len(calls)} steps of shape {shapes[0]}, but "
                f"{len(self._layouts[layer.area].steps)} of {self._layouts[layer.area].shape} in "
                "an earlier forward; keep the image size, or use a Recorder for each"
            )
        return torch.stack([call.flatten(1) for call in calls], dim=1).numpy()

    def stimuli(self, ids: Iterable[Any]) -> None:
        """Say which stimuli the forwards show, in their order; may be called for each batch."""
        self._ids.extend(ids)

    @property
    def layouts(self) -> list[AreaLayout]:
        """The labels of each recorded area; empty before the first forward."""
        return list(self._layouts.values())

    def take(self) -> dict[str, np.ndarray]:
        """Return what was recorded since the last call, and forget it: for streaming.

        Returns
        -------
        dict
            For each area an array of shape (stimuli, steps, units), float32.
        """
        if not self._rows:
            raise InputError("nothing was recorded: call the model inside the Recorder first")
        rows, self._rows = self._rows, []
        if len(rows) == 1:
            return rows[0]
        return {area: np.concatenate([row[area] for row in rows]) for area in rows[0]}

    def activations(self) -> Activations:
        """Return all that was recorded, forward after forward, as labelled arrays.

        Returns
        -------
        Activations
            Mapping from area to a (stimulus, time, unit) array. Stimuli that were not named with
            `stimuli` are numbered from 0.
        """
        values = self.take()
        self._rows = [values]  # asking does not forget
        count = len(next(iter(values.values())))
        ids = self._ids or list(range(count))
        if len(ids) != count:
            raise InputError(
                f"{len(ids)} stimulus ids were given for {count} recorded stimuli; give one for "
                "each with recorder.stimuli(ids)"
            )
        check_unique(ids, "stimulus ids")
        attrs = {"model": getattr(self.model, "letter", type(self.model).__name__)}
        return Activations(
            {name: self._layouts[name].label(values[name], ids, attrs=attrs) for name in values},
            attrs,
        )


def _kind(output: Any) -> str:
    if isinstance(output, torch.Tensor):
        return f"a tensor of {output.ndim} dims"
    return f"a {type(output).__name__}"
