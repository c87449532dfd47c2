"""The same model before any training, over several seeds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..activations import Activations
from ..errors import InputError
from ..models import load_model
from ..models.network import CORnet
from ..stimuli import ImageSet, Transform
from .record import record
from .reductions import Reduction


@dataclass(frozen=True)
class Recipe:
    """How to make and record an untrained model for any seed.

    Parameters
    ----------
    make
        From a seed to a model.
    settings
        Arguments of `record`: areas, transform, reduction.
    """

    make: Callable[[int], nn.Module]
    settings: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Any) -> Recipe:
        """Find it from a model's name, a CORnet, recorded activations, or a function of a seed.

        Raises
        ------
        InputError
            There is no model, it is of a kind that cannot be made anew, or the activations are
            not those of a CORnet.
        UnknownNameError
            There is no such CORnet.
        """
        if model is None:
            raise InputError(
                "untrained seeds need a model: give its name (model='S'), its activations, or a "
                "function from a seed to a model"
            )
        if isinstance(model, Activations):
            return cls._as_recorded(model.attrs)
        if isinstance(model, CORnet):
            return cls(_cornet(model.letter, model.times))
        if isinstance(model, str):
            return cls(_cornet(model, None))
        if isinstance(model, nn.Module) or not callable(model):
            raise InputError(
                f"model is a {type(model).__name__}, which cannot be made anew with other random "
                "weights; give a function from a seed to a model, or the name of a CORnet"
            )
        return cls(model)

    @classmethod
    def _as_recorded(cls, attrs: Mapping[str, Any]) -> Recipe:
        letter = attrs.get("model")
        if letter not in ("Z", "R", "RT", "S"):
            raise InputError(
                f"the activations are of {letter or 'a model that they do not name'}, which cannot "
                "be made anew with other random weights; give a function from a seed to a model"
            )
        times = attrs.get("times", "none")
        if times == "none":
            times = None
        elif isinstance(times, (list, tuple)):
            times = tuple(times)
        reduction = Reduction.from_attributes(attrs)
        settings: dict[str, Any] = {
            "pool": reduction.pool,
            "units": reduction.units,
            "project": reduction.project,
            "reduction_seed": reduction.seed,
            "dtype": reduction.dtype,
        }
        if "transform" in attrs:
            settings["transform"] = Transform(**json.loads(attrs["transform"]))
        if "areas" in attrs:
            settings["areas"] = json.loads(attrs["areas"])
        return cls(_cornet(str(letter), times), settings)


def untrained(
    images: ImageSet | str | Path,
    model: Any,
    seed: int = 0,
    *,
    areas: Sequence[str] | None = None,
    crop: bool | None = None,
    device: str | torch.device | None = None,
    progress: bool | None = False,
) -> Activations:
    """Record a model with random weights, as `record` would.

    Parameters
    ----------
    images
        An image set, or what `load_stimuli` takes.
    model
        A CORnet's name; a CORnet; the Activations of one, whose steps, areas, reduction and
        transform are then taken; or a function from a seed to a ``torch.nn.Module``.
    seed
        Of the random weights.
    areas
        As in `record`; default: those of the activations, or all.
    crop
        As in `record`; default: as the activations were.
    device, progress
        As in `record`.

    Returns
    -------
    Activations
        In memory.

    Raises
    ------
    InputError
        The model cannot be made anew, or its activations do not fit into memory.
    """
    recipe = Recipe.of(model)
    settings = dict(recipe.settings)
    if areas is not None:
        known = settings.get("areas", {})
        settings["areas"] = {name: known.get(name, name) for name in areas}
    if crop is not None and "transform" in settings:
        stated = settings.pop("transform")
        settings["transform"] = _with_resize(stated, crop)
    elif crop is not None:
        settings["crop"] = crop
    return record(recipe.make(seed), images, device=device, progress=progress, **settings)


def _with_resize(transform: Transform, crop: bool) -> Transform:
    return replace(transform, resize="crop" if crop else "straight")


def _cornet(name: str, times: Any) -> Callable[[int], nn.Module]:
    def make(seed: int) -> nn.Module:
        return load_model(name, weights="random", seed=seed, times=times)

    return make
