"""From what was asked for to train and test: splits of any kind, and what they keep together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import InputError, listing
from .align import Aligned
from .asked import Asked
from .coordinates import complete_labels, coordinates_of, stimulus_labels
from .duplicates import Duplicates
from .features import Features
from .protocols import Protocol
from .space import gram_of_space
from .splits import Split, make_splits
from .splits_checked import rows_of_splits
from .splits_distance import distance_splits, nearest_distances
from .splits_held_out import held_out_splits
from .splits_stored import from_labels, read_splits

# The value of groups= that is no coordinate.
DUPLICATES = "duplicates"
# Held-out stimuli that lie less than so much farther than in random folds are not far.
_FARTHER = 1.1


@dataclass(frozen=True)
class Folds:
    """Train and test, and all that belongs to them.

    Parameters
    ----------
    splits
        (train, test) index arrays over the stimuli sorted by id.
    labels
        What was balanced over train and test, shape (n,), or None.
    groups
        A number for each stimulus, shape (n,), shared by those that are never split; or None.
    coords
        Coordinates of the dim ``split`` of the scores.
    attrs
        Attributes of the scores.
    notes
        What a reader has to know.
    """

    splits: list[Split]
    labels: np.ndarray | None = None
    groups: np.ndarray | None = None
    coords: dict[str, Any] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def of_ceiling(self, plan: Protocol, ids: Sequence[Any]) -> list[Any]:
        """Return the stimuli that a ceiling has to be of.

        Stored splits can hold stimuli that are only trained on, with other repetitions; random
        ones leave out some by chance.
        """
        if plan.splits != "stored":
            return list(ids)
        rows = np.unique(np.concatenate([test for _, test in self.splits]))
        return [ids[row] for row in rows]


def make_folds(
    plan: Protocol, asked: Asked, data: Aligned, features: Sequence[Features], join: str, dtype: str
) -> tuple[Protocol, Folds]:
    """Return the splits that a plan asks for, and the plan as it was carried out.

    Parameters
    ----------
    plan
        All settings.
    asked
        The arguments about splits, as they were given.
    data
        Both sides.
    features
        What will be scored: finds copies of an image.
    join
        Whether stored splits may name stimuli that are not there (``"inner"``).
    dtype
        Of the products that copies are found by.
    """
    labels, notes = _labels(plan, asked, data)
    groups = _groups(plan, data, features, dtype)
    n = len(data.ids)
    coords: dict[str, Any] = {}
    attrs: dict[str, Any] = {}
    if plan.splits == "held-out":
        values = complete_labels(
            data, str(plan.held_out), "held_out", "leave held_out out (--held-out)"
        )
        splits, names = held_out_splits(plan, values, each=asked.n_splits is None)
        coords["held_out"] = ("split", names)
        notes.append(
            f"each split holds out values of {plan.held_out} that were not trained on: compare "
            "with the same prediction on random splits (splits='kfold')"
        )
    elif plan.splits == "distance":
        gram, plan = gram_of_space(plan, asked.space, data)
        splits = distance_splits(plan, gram)
        ratio = _farther(plan, gram, splits)
        coords["distance_ratio"] = ("split", ratio)
        notes.append(_describe_distance(plan, ratio))
    elif plan.splits == "stored":
        splits, names, attrs, more = _stored(asked, data, join)
        coords["split_name"] = ("split", names)
        notes += more
    else:
        splits = make_splits(plan, n, labels, groups)
    if groups is not None:
        _check_whole(plan, splits, groups)
    attrs["splits_sha256"] = hash_of_splits(splits, data.ids)
    used = {str(plan.groups), str(plan.held_out), "" if labels is None else str(plan.stratify)}
    if borrowed := sorted(
        used & set(data.acts_labels) - set(coordinates_of(data.averaged, "stimulus"))
    ):
        attrs["labels_of_activations"] = ",".join(borrowed)
    if plan.pooled:
        _check_once(plan, splits)
    if labels is None:
        plan = replace(plan, stratify=None)
    return plan, Folds(splits, labels, groups, coords, attrs, notes)


def hash_of_splits(splits: Sequence[Split], ids: Sequence[Any]) -> str:
    """Return a digest of which stimuli are trained on and held out, split by split."""
    content = [[sorted(str(ids[row]) for row in part) for part in split] for split in splits]
    return sha256(json.dumps(content).encode()).hexdigest()


def _labels(plan: Protocol, asked: Asked, data: Aligned) -> tuple[np.ndarray | None, list[str]]:
    """Return a label for each stimulus to balance over train and test, or None."""
    known = coordinates_of(data.averaged, "stimulus")
    if asked.stratify is True:
        raise InputError(
            "stratify=True does not say by what; give the name of a coordinate of the stimuli "
            f"({listing(coordinates_of(data.labelled, 'stimulus'), 12) or 'there is none'}), or "
            "False"
        )
    if asked.stratify is False or plan.stratify is None or plan.splits not in ("kfold", "shuffle"):
        return None, []
    explicit = isinstance(asked.stratify, str) or asked.splits == "stratified"
    if not explicit and plan.splits == "shuffle" and plan.groups is not None:
        return None, [
            f"the protocol balances by {plan.stratify}; groups take the place of that, and splits "
            "are not stratified"
        ]
    if explicit:
        without = "leave it out (--no-stratify)"
        return stimulus_labels(data, plan.stratify, "stratify", without), []
    # The protocol balances by it only where the recordings have it, so that all models that are
    # scored on them have the same splits.
    if plan.stratify in known:
        return np.asarray(data.averaged[plan.stratify].values), []
    return None, [
        f"the protocol balances by {plan.stratify}, which the recordings do not have: splits are "
        "not stratified"
    ]


def _groups(
    plan: Protocol, data: Aligned, features: Sequence[Features], dtype: str
) -> np.ndarray | None:
    if plan.groups is None:
        return None
    known = coordinates_of(data.averaged, "stimulus")
    if plan.groups == DUPLICATES and DUPLICATES not in known:
        return _copies(data.ids, features, dtype)
    labels = complete_labels(data, plan.groups, "groups", "leave groups out (--groups)")
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def _copies(ids: Sequence[Any], features: Sequence[Features], dtype: str) -> np.ndarray:
    """Return a number for each stimulus that copies of it share; stops once there are none."""
    found = Duplicates(ids)
    for step in features:
        gram = step.gram(ids, dtype)
        if gram.n_constant == gram.n_units:
            continue
        found.look_at(gram.gram, dtype)
        if found.groups is not None and len(np.unique(found.groups)) == len(ids):
            break
    return np.arange(len(ids)) if found.groups is None else found.groups


def _check_whole(plan: Protocol, splits: Sequence[Split], groups: np.ndarray) -> None:
    for number, (train, test) in enumerate(splits):
        torn = np.intersect1d(groups[train], groups[test])
        if torn.size:
            raise InputError(
                f"split {number} has stimuli of {torn.size} groups of groups='{plan.groups}' on "
                f"both sides; the groups do not go with splits='{plan.splits}', change one of them"
            )


def _check_once(plan: Protocol, splits: Sequence[Split]) -> None:
    tested = np.concatenate([test for _, test in splits])
    if len(np.unique(tested)) < len(tested):
        raise InputError(
            f"protocol {plan.name} pools held-out predictions, so no stimulus may be held out "
            "twice; take splits='kfold', or protocol kar2019-within"
        )


def _stored(
    asked: Asked, data: Aligned, join: str
) -> tuple[list[Split], list[str], dict[str, Any], list[str]]:
    if asked.is_stored:
        stored = read_splits(asked.splits)
        by_text = isinstance(asked.splits, (str, Path))
        source = str(asked.splits) if by_text else _kind_of(asked.splits)
    else:
        labels = complete_labels(
            data,
            "split",
            "splits",
            "add it, with the values train, test or out, or give splits= (--splits FILE)",
        )
        stored, by_text, source = from_labels(data.ids, labels), False, "coordinate split"
    splits, notes = rows_of_splits(stored, data.ids, by_text=by_text, join=join)
    return splits, [split.name for split in stored], {"splits_source": source}, notes


def _kind_of(source: Any) -> str:
    return "a DataArray" if isinstance(source, xr.DataArray) else "pairs of ids"


def _farther(plan: Protocol, gram: np.ndarray, splits: list[Split]) -> np.ndarray:
    """Return how many times as far from the nearest training stimulus as in random folds."""
    n_folds = len(splits)
    shuffled = make_splits(replace(plan, splits="kfold", n_splits=n_folds), len(gram), None)
    usual = float(nearest_distances(gram, shuffled).mean())
    return nearest_distances(gram, splits) / usual if usual > 0 else np.full(n_folds, np.nan)


def _describe_distance(plan: Protocol, ratio: np.ndarray) -> str:
    times = float(np.mean(ratio))
    said = (
        f"held-out stimuli lie {times:.2f} times as far from the nearest training stimulus as in "
        f"random folds, in the space of {plan.space}"
    )
    if not times >= _FARTHER:
        return f"{said}: hardly farther, so these are not splits out of distribution"
    return f"{said}: compare with the same prediction on random splits (splits='kfold')"
