"""Everything that moved a score, as attributes that netCDF can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import __version__
from ..schema import SCHEMA_VERSION, to_attribute
from .align import Aligned
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
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        **plan.describe(),
        "mapping": "per-bin",
        "n_splits": len(splits),
        "n_stimuli": len(data.ids),
        "n_train": len(splits[0][0]),
        "n_test": len(splits[0][1]),
        "n_neuroids": data.averaged.sizes["neuroid"],
        **given,
        "driven": _driven(data),
        "engine": "units" if plan.method == "best-unit" else "gram",
    }
    inherited = {f"acts_{name}": value for name, value in data.acts_attrs.items()}
    inherited |= {f"neural_{name}": value for name, value in data.trials.attrs.items()}
    return {name: _attribute(value) for name, value in (settings | inherited).items()} | {
        "notes": list(notes)
    }


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
