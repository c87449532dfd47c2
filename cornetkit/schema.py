"""The words of cornetkit: dims, coordinates, and the rule that labels decide.

Arrays are plain `xarray` objects:

===============  ==========================================  =================================
activations      ``stimulus, time, unit`` (one area)         ``time`` is the recurrent step
recordings       ``presentation, time_bin, neuroid``         one row a trial
dense            ``stimulus, repetition, time_bin, neuroid`` NaN where a trial is missing
averaged         ``stimulus, time_bin, neuroid``             mean over repetitions
===============  ==========================================  =================================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InputError, StimulusMismatchError, listing

if TYPE_CHECKING:
    import xarray as xr

SCHEMA_VERSION = "1"

MODELS = ("Z", "R", "RT", "S")
ACTIVATION_DIMS = ("stimulus", "time", "unit")
RECORDING_DIMS = ("presentation", "time_bin", "neuroid")
DENSE_DIMS = ("stimulus", "repetition", "time_bin", "neuroid")
AVERAGED_DIMS = ("stimulus", "time_bin", "neuroid")


def check_dims(array: xr.DataArray, expected: Sequence[str], what: str) -> None:
    """Raise `InputError` unless `array` has exactly the expected dims, in any order."""
    given = tuple(str(dim) for dim in array.dims)
    if set(given) != set(expected) or len(given) != len(expected):
        raise InputError(
            f"{what} has dims ({', '.join(given)}), expected ({', '.join(expected)}); "
            "rename them with .rename(...) or add the missing one with .expand_dims(...)"
        )


def check_unique(ids: Iterable[Any], what: str) -> None:
    """Raise `InputError` when an id occurs more than once, naming the repeated ones."""
    values, counts = np.unique(np.asarray(list(ids)), return_counts=True)
    repeated = values[counts > 1]
    if repeated.size:
        are = "is" if repeated.size == 1 else "are"
        raise InputError(
            f"{what} must be unique, but {repeated.size} of them {are} repeated: "
            f"{listing(repeated)}"
        )


def check_whole(value: Any, name: str) -> None:
    """Raise `InputError` unless the argument `name` is a whole number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise InputError(f"{name} must be a whole number, not {value!r}")


def check_number(value: Any, name: str, expected: str) -> None:
    """Raise `InputError` unless the argument `name` is a number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise InputError(f"{name}={value!r} was given; expected {expected}")


def names_of(given: Any, name: str) -> list[Any]:
    """Return the names that an argument holds: one, or several.

    Raises
    ------
    InputError
        It is neither.
    """
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Iterable):
        raise InputError(f"{name}={given!r} was given; expected a name, or several")
    return list(given)


def seed_of(rng: Any) -> int:
    """Return the seed that an argument ``rng`` stands for: itself, or one that a Generator draws.

    Results hold this number, so that whatever was random can be made again.

    Raises
    ------
    InputError
        It is neither a Generator nor a whole number from 0 to 2^32 - 1.
    """
    check_rng(rng)
    return int(rng.integers(2**32)) if isinstance(rng, np.random.Generator) else int(rng)


def check_rng(rng: Any) -> None:
    """Raise `InputError` unless an argument ``rng`` is a Generator or a seed."""
    if isinstance(rng, np.random.Generator):
        return
    whole = isinstance(rng, Integral) and not isinstance(rng, (bool, np.bool_))
    if not whole or not 0 <= rng < 2**32:
        raise InputError(
            f"rng must be a Generator or an int from 0 to 2^32 - 1, not {rng!r}; "
            "rng=0 (--seed 0) is as good as any"
        )


def common_stimuli(
    first: Iterable[Any],
    second: Iterable[Any],
    *,
    names: tuple[str, str] = ("the activations", "the recordings"),
    join: str = "exact",
) -> list[Any]:
    """Return the ids that both sides hold, sorted; labels decide, positions never.

    Parameters
    ----------
    first, second
        The stimulus ids of each side, each without repeats.
    names
        What each side is called in a message.
    join
        ``"exact"`` raises unless both sides hold the same ids; ``"inner"`` takes those in common.

    Raises
    ------
    StimulusMismatchError
        The sides differ under ``"exact"``, have nothing in common, or differ in type.
    """
    if join not in ("exact", "inner"):
        raise InputError(f"join must be 'exact' or 'inner', not {join!r}")
    left, right = set(first), set(second)
    both = left & right
    if not both and {str(x) for x in left} & {str(x) for x in right}:
        kinds = [type(next(iter(side))).__name__ for side in (left, right)]
        raise StimulusMismatchError(
            f"stimulus ids differ in type: {kinds[0]} in {names[0]}, {kinds[1]} in {names[1]} "
            "(like '1' and 1); convert one side with .astype(str)"
        )
    if not both:
        raise StimulusMismatchError(
            f"no stimulus in common: {len(left)} in {names[0]} "
            f"({listing(sorted(left, key=str), 3)}), {len(right)} in {names[1]} "
            f"({listing(sorted(right, key=str), 3)}); the ids have to be the same on both sides"
        )
    if join == "exact" and left != right:
        parts = [
            f"{len(only)} only in {name} ({listing(sorted(only, key=str), 3)})"
            for only, name in ((left - right, names[0]), (right - left, names[1]))
            if only
        ]
        raise StimulusMismatchError(
            f"stimulus ids do not match: {'; '.join(parts)}; "
            f"{len(both)} are in both: join='inner' (--join inner) goes on with those"
        )
    return sorted(both)


def whose(attrs: Mapping[Any, Any]) -> str:
    """Say whose activations a result is of: ``"CORnet-RT, untrained (random weights, seed 0)"``.

    Empty where its attributes do not tell. Of several models, ``models`` says it.
    """
    if (several := attrs.get("models", "unknown")) != "unknown":
        return str(several)
    for prefix in ("acts_", "activations_", ""):
        if known := attrs.get(f"{prefix}identity"):
            model = str(attrs.get(f"{prefix}model", "activations"))
            return f"{f'CORnet-{model}' if model in MODELS else model}, {known}"
    return ""


def to_attribute(value: Any) -> str | int | float | list[Any]:
    """Turn a provenance value into something a netCDF attribute can hold."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, Sequence):
        value = [v.item() if isinstance(v, np.generic) else v for v in value]
    if isinstance(value, list) and all(isinstance(v, (int, float, str)) for v in value):
        return value
    raise TypeError(f"no netCDF attribute for {type(value).__name__}")


def storable_attributes(attrs: Mapping[Any, Any]) -> dict[str, str | int | float | list[Any]]:
    """Turn all attributes into what netCDF can hold.

    Raises
    ------
    InputError
        An attribute is neither text, a number, nor a list of these; it is named.
    """
    stored = {}
    for name, value in attrs.items():
        try:
            stored[str(name)] = to_attribute(value)
        except TypeError as error:
            raise InputError(
                f"attribute '{name}' of type {type(value).__name__} cannot be stored in netCDF; "
                "turn it into text or numbers, or delete it from .attrs"
            ) from error
    return stored


def text_encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Return the encoding that writes all text of a Dataset as characters.

    Strings of variable length can crash netCDF4 when groups are reopened (xarray issue 8289).
    """
    return {
        str(name): {"dtype": "S1"}
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "UO"
    }
