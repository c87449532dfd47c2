"""What a design might tell apart: the driven steps of one or several models, as Gram matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..activations import Activations
from ..activations.given import as_activations
from ..errors import InputError, listing, unknown_name
from ..kernels.centring import double_centre
from ..predictivity.features import Features, list_features
from ..schema import common_stimuli, names_of, whose


@dataclass(frozen=True)
class Candidate:
    """One area of one model at one step.

    Parameters
    ----------
    name
        What it is called: ``IT@3``, or ``rt/IT@3`` where there are several models.
    model, area, step
        What it is.
    gram
        Doubly centred Gram matrix over the stimuli, with a mean eigenvalue of 1.
    scale
        By what that was divided: gives back how much of the features of several steps each has.
    """

    name: str
    model: str
    area: str
    step: int
    gram: np.ndarray
    scale: float


def candidates_of(
    acts: Any,
    areas: Sequence[str] | str | None,
    ids: Sequence[Any] | None = None,
) -> tuple[list[Candidate], list[Any], list[str]]:
    """Return every driven step that varies over the stimuli, the stimuli, and notes.

    Parameters
    ----------
    acts
        One model's activations, or several: a list, or a mapping from a name.
    areas
        Only these.
    ids
        Stimuli to go by; default: all.
    """
    models = _models(acts)
    wanted = None if areas is None else names_of(areas, "areas")
    steps: list[tuple[str, Features]] = []
    notes: list[str] = []
    for name, source in models.items():
        activations = as_activations(source)
        for area in wanted or ():
            if area not in activations:
                raise unknown_name("area", area, list(activations))
        for features in list_features(activations):
            if wanted is None or features.area in wanted:
                if features.driven is False:
                    notes.append(f"{_called(name, features, models)} is left out: not driven")
                else:
                    steps.append((name, features))
    if not steps:
        raise InputError("no step of these activations is driven by the image; nothing to simulate")
    shared = steps[0][1].array["stimulus"].values.tolist()
    for _, features in steps[1:]:
        shared = common_stimuli(shared, features.array["stimulus"].values.tolist(),
                                names=(steps[0][1].label, features.label))  # fmt: skip
    shared = common_stimuli(shared, shared)
    if ids is not None:
        shared = list(ids)
    found = []
    for name, features in steps:
        result = features.gram(shared)
        label = _called(name, features, models)
        if result.n_constant == result.n_units:
            notes.append(f"{label} is left out: it does not vary over the stimuli")
            continue
        K = double_centre(result.gram)
        scale = float(np.trace(K)) / (len(shared) - 1)
        found.append(Candidate(label, name, features.area, features.step, K / scale, scale))
    if not found:
        raise InputError("no step of these activations varies over the stimuli; driven?")
    return found, shared, notes


def stimuli_of(acts: Any) -> list[Any]:
    """Return the stimulus ids of the first model, sorted."""
    first = as_activations(next(iter(_models(acts).values())))
    return sorted(next(iter(first.values()))["stimulus"].values.tolist())


def identities(acts: Any) -> str:
    """Say whose activations the candidates are, empty where they do not tell."""
    known = {name: whose(as_activations(one).attrs) for name, one in _models(acts).items()}
    return "; ".join(f"{name}: {who}" if name else who for name, who in known.items() if who)


def find_candidate(candidates: Sequence[Candidate], wanted: Any) -> Candidate:
    """Return the candidate of a name (``IT@3``) or a tuple (area, step).

    Raises
    ------
    UnknownNameError
        There is none, with the nearest name.
    """
    name = str(wanted)
    if isinstance(wanted, (tuple, list)):
        *model, area, step = wanted
        name = "/".join([*map(str, model), f"{area}@{step}"])
    for candidate in candidates:
        if candidate.name == name:
            return candidate
    raise unknown_name("step", name, [candidate.name for candidate in candidates])


def _models(acts: Any) -> dict[str, Any]:
    if isinstance(acts, Mapping) and not isinstance(acts, Activations):
        # Arrays are the areas of one model, as everywhere; files and Activations are models.
        if all(isinstance(value, xr.DataArray) for value in acts.values()):
            return {"": acts}
        return {str(name): value for name, value in acts.items()}
    if isinstance(acts, (list, tuple)):
        if not acts:
            raise InputError("an empty list of activations was given; expected at least one")
        names = [_name(source, k) for k, source in enumerate(acts)]
        if len(set(names)) < len(names):
            raise InputError(
                f"two of the activations are called alike ({listing(names)}); give a mapping from "
                "a name to each"
            )
        return dict(zip(names, acts, strict=True))
    return {"": acts}


def _name(source: Any, number: int) -> str:
    if isinstance(source, (str, Path)):
        return Path(source).stem
    path = getattr(source, "path", None)
    return path.stem if path is not None else f"model{number}"


def _called(model: str, features: Features, models: Mapping[str, Any]) -> str:
    own = f"{features.area}@{features.step}"
    return own if len(models) == 1 else f"{model}/{own}"
