"""What the stimuli show: one label each, from a coordinate, a mapping, a Series or a CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import InputError, UnknownNameError, did_you_mean, listing
from ..inputs import check_input, is_file

# What a CSV may call the stimuli.
ID_COLUMNS = ("stimulus", "stimulus_id", "image_id")
_A_FILE = "give a CSV file with the columns stimulus,label (--labels FILE.csv)"


@dataclass(frozen=True)
class Labels:
    """One label a stimulus.

    Parameters
    ----------
    names
        The labels, sorted.
    codes
        Position in `names` of each stimulus's label, in the order of the stimuli.
    source
        Where they come from, for the attributes.
    """

    names: list[Any]
    codes: np.ndarray
    source: str

    @property
    def counts(self) -> np.ndarray:
        """Number of stimuli with each label."""
        return np.bincount(self.codes, minlength=len(self.names))


def labels_of(
    ids: Sequence[Any], labels: Any, known: Mapping[str, np.ndarray], what: str
) -> Labels:
    """Return the label of every stimulus.

    Parameters
    ----------
    ids
        Stimulus ids.
    labels
        The name of a coordinate of the stimuli; a mapping, Series or DataArray from stimulus id
        to label; or the path of a CSV file with a column ``stimulus`` and one of labels.
    known
        The coordinates of the stimuli, in the order of `ids`.
    what
        What the stimuli belong to, for messages.

    Raises
    ------
    InputError
        Stimuli have no label, or all the same one.
    UnknownNameError
        There is no such coordinate.
    """
    if isinstance(labels, (str, Path)):
        name = str(labels)
        if name in known:
            values, source = list(known[name]), f"coordinate {name}"
        elif name.lower().endswith(".csv") or is_file(Path(name)):
            by_id = _of_file(Path(name))
            values, source = _look_up(ids, by_id), Path(name).name
        elif not known:
            record = "record images from a CSV with such a column, or "
            raise InputError(
                f"labels='{name}' (--labels {name}): {what} have no coordinate along the stimuli; "
                f"{record if 'activations' in what else ''}{_A_FILE}, or a mapping from stimulus "
                "id to label"
            )
        else:
            near = did_you_mean(name, sorted(known))
            raise UnknownNameError(
                f"unknown coordinate of the stimuli of {what} '{name}'{near}; known: "
                f"{listing(sorted(known), 12)}; or {_A_FILE}"
            )
    elif isinstance(labels, (Mapping, pd.Series, xr.DataArray)):
        values, source = _look_up(ids, _of_mapping(labels)), type(labels).__name__
    else:
        raise InputError(
            f"labels of type {type(labels).__name__} were given; expected the name of a coordinate "
            "of the stimuli, a mapping or Series from stimulus id to label, or a CSV file"
        )
    missing = [i for i, value in zip(ids, values, strict=True) if _absent(value)]
    if missing:
        raise InputError(
            f"labels are missing for {len(missing)} of {len(values)} stimuli of {what} "
            f"({listing(missing, 3)}); give these a label, or leave them out of the data"
        )
    plain = np.asarray([v.item() if isinstance(v, np.generic) else v for v in values])
    names, codes = np.unique(plain, return_inverse=True)
    if len(names) < 2:
        raise InputError(
            f"all {len(values)} stimuli have the label '{names[0]}' ({source}); there is nothing "
            "to tell apart: give labels of at least 2 kinds"
        )
    return Labels(names.tolist(), codes.reshape(-1), source)


def _of_mapping(labels: Any) -> dict[Any, Any]:
    if isinstance(labels, Mapping):
        return dict(labels)
    if isinstance(labels, pd.Series):
        index, values = labels.index, labels.to_numpy()
    else:
        if labels.dims != ("stimulus",) or "stimulus" not in labels.coords:
            raise InputError(
                f"labels of dims ({', '.join(map(str, labels.dims))}) were given; expected one dim "
                "'stimulus' with ids"
            )
        index, values = pd.Index(labels["stimulus"].values), labels.values
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise InputError(
            f"labels hold {len(twice)} stimuli more than once ({listing(twice, 3)}); give each one "
            "label"
        )
    return dict(zip(index.tolist(), values.tolist(), strict=True))


def _of_file(path: Path) -> dict[Any, Any]:
    table = read_table(path, "table of labels")
    ids = id_column(table, path)
    others = [name for name in table.columns if name != ids]
    if "label" in others:
        others = ["label"]
    elif "object_name" in others:
        others = ["object_name"]
    if len(others) != 1:
        raise InputError(
            f"{path} has the columns {listing(table.columns, 12)}; expected {ids} and one of "
            "labels, called 'label'"
        )
    return _of_mapping(pd.Series(table[others[0]].to_numpy(), index=table[ids].to_numpy()))


def read_table(path: Path, what: str) -> pd.DataFrame:
    """Read a CSV file as text, blank cells as missing.

    Raises
    ------
    FileError
        Nothing is there, or it may not be read.
    InputError
        It is no table.
    """
    check_input(path, what, expected=f"expected a {what} (CSV with a header)")
    try:
        return pd.read_csv(path, dtype=str, skipinitialspace=True, encoding="utf-8-sig")
    except (ValueError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is not a CSV file with a header ({reason})") from error


def id_column(table: pd.DataFrame, path: Path) -> str:
    """Return the column of a table that holds stimulus ids."""
    for name in ID_COLUMNS:
        if name in table.columns:
            return name
    raise InputError(
        f"{path} has the columns {listing(table.columns, 12)}; expected one called 'stimulus' with "
        "the stimulus ids"
    )


def _look_up(ids: Sequence[Any], by_id: Mapping[Any, Any]) -> list[Any]:
    """Return the label of each id; numbers in a table are text."""
    if not set(ids) & set(by_id):
        by_text = {str(name): value for name, value in by_id.items()}
        if not {str(i) for i in ids} & set(by_text):
            raise InputError(
                f"no stimulus in common: the labels are for {len(by_id)} stimuli "
                f"({listing(by_id, 3)}), the data hold {len(ids)} ({listing(ids, 3)}); the ids "
                "have to be the same on both sides"
            )
        return [by_text.get(str(i)) for i in ids]
    return [by_id.get(i) for i in ids]


def _absent(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())
