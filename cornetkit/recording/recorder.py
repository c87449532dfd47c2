"""The Recorder: every area at every recurrent step, taken by forward hooks in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import numpy as np
import torch
from torch import nn

from ..activations import Activations, AreaLayout
from ..errors import InputError
from ..models.lesions import lesioned
from ..schema import check_unique
from .devices import find_device, home_of
from .forward import Forward
from .layers import check_hookable, find_layers
from .lesion import VirtualLesion
from .provenance import describe_model


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
    lesion
        A virtual lesion of a CORnet inside the context: for each area and step the factor by
        which the state that is read there is multiplied, or ``"freeze"``: the area keeps it.
        ``{"IT": {1: 0.0}}``, or texts like ``"IT@1:0.0"``.
    blank_from
        Of CORnet-R and RT: the step from which on the input is zero, which after normalisation
        is a screen of the mean colour (a backward mask).

    Raises
    ------
    UnknownNameError
        An area or layer does not exist.
    InputError
        The model cannot be hooked or lesioned so, or the device is not there. In a forward: a
        layer gives no tensor, has not the stimuli first, or changes its shape over steps. On
        asking for the activations: nothing was recorded, or ids and recorded rows differ in number.

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
        lesion: Mapping[str, Mapping[int, float | str]] | Sequence[str] | str | None = None,
        blank_from: int | None = None,
    ) -> None:
        check_hookable(model)
        self.model = model
        self.lesion = VirtualLesion.of(model, lesion, blank_from)
        with self._lesioned():  # a frozen step calls no sub-layer
            self.layers = find_layers(model, areas)
        self._device = find_device(device)
        self._home = home_of(model) if self._device is not None else None
        self._handles: list[Any] = []
        self._current: Forward | None = None
        self._rows: list[dict[str, np.ndarray]] = []
        self._layouts: dict[str, AreaLayout] = {}
        self._ids: list[Any] = []

    def __enter__(self) -> Recorder:
        if self._handles:
            raise InputError("this Recorder is in use already; make another one")
        self._training = {module: module.training for module in self.model.modules()}
        self._under_lesion = ExitStack()
        try:
            self.model.eval()
            self._under_lesion.enter_context(self._lesioned())
            if self._device is not None:
                self.model.to(self._device)
            modules = dict(self.model.named_modules(remove_duplicate=False))
            for layer in self.layers:
                hook = modules[layer.module].register_forward_hook(self._keep(layer.area))
                self._handles.append(hook)
            self._handles.append(self.model.register_forward_pre_hook(self._begin))
            self._handles.append(self.model.register_forward_hook(self._end))
            self._handles.append(self.model.register_forward_hook(self._drop, always_call=True))
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._restore()

    def _lesioned(self) -> AbstractContextManager[None]:
        return lesioned(self.model, self.lesion.states, self.lesion.blank_from)

    def _restore(self) -> None:
        self._under_lesion.close()
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._current = None
        for module, training in self._training.items():
            module.training = training
        if self._home is not None:
            self.model.to(self._home)

    def _begin(self, module: nn.Module, args: Any) -> None:
        # One of the same thread was interrupted (Ctrl-C passes by all hooks): start anew.
        if self._current is not None and not self._current.is_mine:
            raise InputError(
                "two forwards at once in one Recorder (threads?); give each thread a model and a "
                "Recorder of its own"
            )
        self._current = Forward(self.layers)

    def _keep(self, area: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            # A sub-module may also be called by itself, outside a forward.
            if self._current is not None and self._current.is_mine:
                self._current.keep(area, output)

        return hook

    def _end(self, module: nn.Module, args: Any, output: Any) -> None:
        current, self._current = self._current, None
        if current is not None:
            row, layouts = current.finish(args, self._layouts)
            self._layouts.update(layouts)
            self._rows.append(row)

    def _drop(self, module: nn.Module, args: Any, output: Any) -> None:
        """Forget a forward that failed; called after every one, but not for another thread's."""
        if self._current is not None and self._current.is_mine:
            self._current = None

    def stimuli(self, ids: Iterable[Any]) -> None:
        """Say which stimuli the forwards show, in their order; may be called for each batch."""
        self._ids.extend([ids] if isinstance(ids, str) else ids)

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
        attrs = describe_model(self.model, self.layers, self.lesion)
        return Activations(
            {name: self._layouts[name].label(values[name], ids, attrs=attrs) for name in values},
            attrs,
        )
