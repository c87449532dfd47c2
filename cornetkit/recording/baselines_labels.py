"""Stimulus labels as features: what knowing the category, or the angle, alone explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError, listing, unknown_name

DEFAULT = "object_name"


def choose_labels(
    metadata: Mapping[str, np.ndarray], labels: str | Sequence[str] | None
) -> list[str]:
    """Return which columns are labels: those asked for, ``object_name``, or the only one.

    Raises
    ------
    InputError
        There are no columns, or nothing says which of several is meant.
    UnknownNameError
        There is no such column.
    """
    known = list(metadata)
    if not known:
        raise InputError(
            "the stimuli have no labels; give images as a CSV with a column such as object_name, "
            "or recordings that hold one"
        )
    if labels is None:
        if DEFAULT in known or len(known) == 1:
            return [DEFAULT if DEFAULT in known else known[0]]
        raise InputError(
            f"the stimuli have the columns {listing(known, 12)}, and none is {DEFAULT}; say which "
            "are labels with labels= (--labels)"
        )
    chosen = [labels] if isinstance(labels, str) else list(labels)
    for name in chosen:
        if name not in known:
            raise unknown_name("column of the stimuli", name, known)
    if not chosen:
        raise InputError(f"labels is empty; expected a column such as {known[0]}")
    return chosen


def label_features(
    metadata: Mapping[str, np.ndarray], names: Sequence[str]
) -> tuple[np.ndarray, list[str]]:
    """Turn columns into features.

    Parameters
    ----------
    metadata
        One value a stimulus in each column.
    names
        The columns.

    Returns
    -------
    array of shape (stimulus, unit), float32
        A column of text or truth values: one unit a value, 1 for its stimuli and 0 for the
        others. A column of numbers: one unit, z-scored over all stimuli, so that columns of
        other units weigh the same (no response enters).
    list of str
        What each unit is: ``object_name=car``, ``angle``.

    Raises
    ------
    InputError
        A value is missing; a column is the same for all stimuli; or every stimulus has a value
        of its own in a column of text, which says nothing about held-out stimuli.
    """
    columns, units = [], []
    for name in names:
        values = np.asarray(metadata[name])
        _check(values, name)
        if values.dtype.kind in "iuf":
            numbers = values.astype(np.float64)
            columns.append(((numbers - numbers.mean()) / numbers.std())[:, None])
            units.append(name)
        else:
            kinds, which = np.unique(values.astype(str), return_inverse=True)
            columns.append(np.eye(len(kinds))[which.reshape(-1)])
            units += [f"{name}={kind}" for kind in kinds]
    return np.concatenate(columns, axis=1).astype(np.float32), units


def _check(values: np.ndarray, name: str) -> None:
    missing = _missing(values)
    if missing.any():
        raise InputError(
            f"label '{name}' is missing for {int(missing.sum())} of {len(values)} stimuli; fill it "
            "in, or choose another one with labels= (--labels)"
        )
    n_values = len(set(values.tolist()))
    if n_values == 1:
        raise InputError(
            f"label '{name}' is {values.tolist()[0]} for all stimuli, so it tells none apart; "
            "choose another one with labels= (--labels)"
        )
    if n_values == len(values) and values.dtype.kind not in "iuf":
        raise InputError(
            f"label '{name}' is another one for each of the {n_values} stimuli, so it says "
            "nothing about held-out ones; choose another one with labels= (--labels)"
        )


def _missing(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        return ~np.isfinite(values)
    plain: list[Any] = values.tolist()
    return np.array([v is None or v == "" or v != v for v in plain])
