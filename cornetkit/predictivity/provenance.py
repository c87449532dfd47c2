"""Everything that moved a score, as attributes that netCDF can hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import __version__
from ..schema import SCHEMA_VERSION, to_attribute
from .align import Aligned
from .evaluate import Evaluation
from .features import Features
from .protocols import Protocol
from .splits import Split


def describe_scores(
    plan: Protocol,
    data: Aligned,
    splits: Sequence[Split],
    given: Mapping[str, Any],
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return the attributes of scores.

    Parameters
    ----------
    plan
        All settings of the protocol that was used.
    data
        Both sides; the provenance of the activations is taken over under ``acts_...``, that of
        the recordings under ``neural_...``.
    splits
        Train and test.
    given
        Arguments of `predict` that are no part of a protocol.
    notes
        What a reader has to know.
    """
    settings = {
        **plan.describe(),
        "n_splits": len(splits),
        "n_stimuli": len(data.ids),
        "n_train": _sizes(train for train, _ in splits),
        "n_test": _sizes(test for _, test in splits),
        "n_neuroids": data.averaged.sizes["neuroid"],
        **given,
        "driven": _driven(data),
        "engine": "unit-streaming" if streams_units(plan) else "gram",
    }
    return attributes(settings, data, notes)


def streams_units(plan: Protocol) -> bool:
    """Return whether a method needs the units themselves, and not only products of stimuli."""
    return plan.standardize or plan.method in ("best-unit", "non-negative")


def describe_forms(
    evaluations: Sequence[tuple[Features, Evaluation]],
    plan: Protocol,
    n_stimuli: int,
    parts: np.ndarray | None,
) -> dict[str, str]:
    """Say which of two forms with the same answer was computed, where there was a choice.

    ``form``: ``dual`` through the products of stimuli, ``primal`` through the units; areas are
    named where they differ. ``pls_eigenproblem``: of joint PLS, whether the matrix whose leading
    eigenvector gives a component was neuroid by neuroid, stimulus by stimulus or unit by unit.
    """
    forms: dict[str, list[str]] = {}
    sides: dict[str, list[str]] = {}
    for features, evaluation in evaluations:
        forms.setdefault(evaluation.form, []).append(features.area)
        n_neuroids = evaluation.r.shape[-1]
        if parts is not None:
            n_neuroids = int(np.unique(parts, return_counts=True)[1].max())
        primal = evaluation.form == "primal"
        others = features.n_units if primal else n_stimuli
        other = "units" if primal else "stimuli"
        sides.setdefault(other if others < n_neuroids else "neuroids", []).append(features.area)
    found = {"form": _by_area(forms)}
    if plan.targets == "joint":
        found["pls_eigenproblem"] = _by_area(sides)
    return found


def _by_area(found: Mapping[str, Sequence[str]]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{name}: {', '.join(dict.fromkeys(areas))}" for name, areas in found.items())


def attributes(settings: Mapping[str, Any], data: Aligned, notes: Sequence[str]) -> dict[str, Any]:
    """Return both versions, settings, the provenance of both sides and the notes as attributes."""
    everything = {"schema_version": SCHEMA_VERSION, "cornetkit_version": __version__, **settings}
    everything |= {f"acts_{name}": value for name, value in data.acts_attrs.items()}
    everything |= {f"neural_{name}": value for name, value in data.trials.attrs.items()}
    stored: dict[str, Any] = {name: _attribute(value) for name, value in everything.items()}
    return stored | {"notes": list(notes)}


def _sizes(parts: Iterable[np.ndarray]) -> int | list[int]:
    """Return the size of all parts; one number where it is the same."""
    sizes = [len(part) for part in parts]
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _driven(data: Aligned) -> str:
    """Say how it is known which steps the image has reached."""
    silent = list(dict.fromkeys(f.area for f in data.features if f.driven is None))
    if not silent:
        return "stated by the activations"
    of = "" if len(silent) == len(data.areas) else f" for {', '.join(silent)}"
    return f"not stated by the activations{of}, taken as driven"


def _attribute(value: Any) -> str | int | float | list[Any]:
    try:
        plain = to_attribute(value)
    except TypeError:  # attributes that a user put on an array may be anything
        plain = str(value)
    # netCDF does not tell one number from a list of one.
    if isinstance(plain, list) and len(plain) < 2:
        return plain[0] if plain else "none"
    return plain
