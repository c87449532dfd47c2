"""Which modules to hook for which area, and what is known about their steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from ..activations import AreaLayout
from ..errors import InputError, listing, unknown_name
from ..stimuli.metadata import is_netcdf_name


@dataclass(frozen=True)
class Layer:
    """One hooked module.

    Parameters
    ----------
    area
        The name that it is recorded under.
    module
        Its dotted name in the model.
    steps
        The recurrent step of each of its calls in one forward; None for models that state none.
    driven
        Whether the image has reached it by each of these steps.
    time_ms
        Start and end of each of these steps in ms, where the model has a mapping.
    """

    area: str
    module: str
    steps: tuple[int, ...] | None = None
    driven: tuple[bool, ...] | None = None
    time_ms: tuple[tuple[float, float] | None, ...] | None = None

    def layout(self, n_calls: int, shape: tuple[int, ...]) -> AreaLayout:
        """Return the labels of its activations, given what one forward produced."""
        steps = self.steps if self.steps is not None else tuple(range(n_calls))
        return AreaLayout(self.area, steps, shape, self.driven, self.time_ms)


def check_hookable(model: object) -> None:
    """Refuse, in words, models whose sub-modules' hooks do not fire reliably."""
    if not isinstance(model, nn.Module):
        raise InputError(
            f"expected a torch.nn.Module, got {type(model).__name__}; load one with load_model('S')"
        )
    if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        raise InputError(
            f"a {type(model).__name__} runs replicas whose hooks are lost; record the model "
            "inside: model.module"
        )
    for name, module in model.named_modules():
        where = f"sub-module '{name}'" if name else "the model"
        if type(module).__name__ == "OptimizedModule" or module.__dict__.get("_compiled_call_impl"):
            raise InputError(
                f"{where} is compiled, and compiled code skips hooks; record the model as it was "
                "before torch.compile"
            )
        if isinstance(module, torch.jit.ScriptModule):
            raise InputError(
                f"{where} is a scripted or traced module, whose hooks do not fire; record the "
                "Python model"
            )


def find_layers(
    model: nn.Module, areas: Sequence[str] | Mapping[str, str] | str | None
) -> list[Layer]:
    """Find the modules to hook.

    Parameters
    ----------
    model
        A CORnet, or any module.
    areas
        Names of areas or sub-layers (``"IT"``, ``"IT.norm3_0"``), or a mapping from the name to
        record under to a sub-module. None takes all areas that the model states.

    Raises
    ------
    UnknownNameError
        A name is no area and no sub-module, with the nearest one.
    InputError
        The model states no areas and none were given; or the list is empty, holds a layer that is
        never called, or a name that a file cannot hold.
    """
    own_areas = list(getattr(model, "areas", ()))
    if areas is None:
        if not own_areas:
            raise InputError(
                f"{type(model).__name__} states no areas; say what to record, such as "
                "areas={'IT': 'layer4'}"
            )
        areas = own_areas
    if isinstance(areas, str):
        areas = [areas]
    wanted = dict(areas) if isinstance(areas, Mapping) else {name: name for name in areas}
    if not wanted:
        raise InputError("no areas were given; name at least one, such as areas=['IT']")
    modules = dict(model.named_modules(remove_duplicate=False))
    if bad := [area for area in wanted if isinstance(area, str) and not is_netcdf_name(area)]:
        raise InputError(
            f"areas cannot be called {listing(map(repr, bad))} in a file: a name begins with a "
            "letter, digit or underscore and has no '/'"
        )
    layers = []
    for area, name in wanted.items():
        if name not in modules or name == "":
            known = [*own_areas, *(m for m in modules if m and m not in own_areas)]
            raise unknown_name("area or layer", name, known)
        module = f"{name}.output" if name in own_areas and f"{name}.output" in modules else name
        if not callable(getattr(model, "schedule", None)) or not hasattr(model, "driven"):
            layers.append(Layer(area, module))
            continue
        steps = tuple(model.schedule(name))  # type: ignore[operator]
        if not steps:
            raise InputError(
                f"layer '{name}' is never called in this {type(model).__name__}; record another "
                "one, or load the model with more steps (times=)"
            )
        layers.append(
            Layer(
                area,
                module,
                steps,
                tuple(model.driven(name)),  # type: ignore[operator]
                _times(model, name, steps),
            )
        )
    return layers


def with_logits(
    model: nn.Module, areas: Sequence[str] | Mapping[str, str] | str | None
) -> dict[str, str]:
    """Add the decoder's output to the areas, under the name ``logits``.

    Raises
    ------
    InputError
        The model has no decoder, or another layer is called so.
    """
    if areas is None:
        areas = list(getattr(model, "areas", ()))
    if isinstance(areas, str):
        areas = [areas]
    wanted = dict(areas) if isinstance(areas, Mapping) else {name: name for name in areas}
    if "decoder" not in dict(model.named_children()):
        raise InputError(
            f"{type(model).__name__} has no decoder, so logits=True finds none; name the layer "
            "that gives them, such as areas={'logits': 'fc'}"
        )
    if wanted.get("logits", "decoder") != "decoder":
        raise InputError(
            f"areas calls '{wanted['logits']}' logits, and logits=True was given too; leave one out"
        )
    return wanted | {"logits": "decoder"}


def _times(
    model: nn.Module, name: str, steps: Sequence[int]
) -> tuple[tuple[float, float] | None, ...] | None:
    timing = getattr(model, "timing_ms", {}).get(name.split(".")[0])
    if timing is None:
        return None
    return tuple(timing[step] for step in steps)
