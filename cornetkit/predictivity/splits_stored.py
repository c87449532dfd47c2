"""A user's own splits: pairs of ids, a labelled array, or a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..errors import FileError, InputError, did_you_mean, listing
from ..inputs import check_input

ROLES = ("train", "test", "out")
SUFFIXES = (".csv", ".json", ".nc")
_COLUMNS = ("stimulus_id", "split", "role")


@dataclass
class Stored:
    """One split by the ids of its stimuli; `out` are left out on purpose."""

    name: str
    train: list[Any] = field(default_factory=list)
    test: list[Any] = field(default_factory=list)
    out: list[Any] = field(default_factory=list)


def read_splits(source: Any) -> list[Stored]:
    """Read stored splits.

    Parameters
    ----------
    source
        - Pairs (train ids, test ids), one a split;
        - a DataArray of dims (split, stimulus) with the values ``train``, ``test`` or ``out``;
        - a CSV file with the columns ``stimulus_id, split, role``, a role being ``train``,
          ``test`` or ``out``;
        - a JSON file with a list of ``{"train": [...], "test": [...]}``, where ``"out": [...]``
          and ``"name"`` may be given too;
        - a netCDF file of such a DataArray.

    Raises
    ------
    FileError
        There is no such file, or it cannot be read.
    InputError
        It has another layout.
    """
    if isinstance(source, (str, Path)):
        return _read_file(Path(source))
    if isinstance(source, xr.DataArray):
        return _from_array(source, "the DataArray of splits")
    if isinstance(source, Iterable):
        return [_from_pair(pair, k) for k, pair in enumerate(source)]
    raise InputError(
        f"splits cannot be read from a {type(source).__name__}; expected pairs (train ids, test "
        "ids), a DataArray of dims (split, stimulus), a .csv, .json or .nc file, or a kind by name"
    )


def _read_file(path: Path) -> list[Stored]:
    check_input(path, "file of splits", expected="expected a .csv, .json or .nc file")
    kind = path.suffix.lower()
    try:
        if kind == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as lines:
                return _from_rows(csv.DictReader(lines), path)
        if kind == ".json":
            return _from_json(json.loads(path.read_text(encoding="utf-8")), path)
        if kind == ".nc":
            with xr.open_dataarray(path, engine="netcdf4") as array:
                return _from_array(array.load(), str(path))
    except InputError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        raise FileError(f"{path} is no readable file of splits ({error})") from error
    raise FileError(f"{path} is a file of splits of no known kind; expected .csv, .json or .nc")


def _from_rows(rows: csv.DictReader[str], path: Path) -> list[Stored]:
    columns = list(rows.fieldnames or [])
    for column in _COLUMNS:
        if column not in columns:
            raise InputError(
                f"{path} has no column '{column}'{did_you_mean(column, columns)}; expected the "
                f"columns {', '.join(_COLUMNS)}, it has {listing(columns, 12) or 'none'}"
            )
    found: dict[str, Stored] = {}
    for number, row in enumerate(rows, start=2):
        role, name = row["role"], row["split"]
        if role not in ROLES:
            raise InputError(f"{path}, line {number}: role '{role}'; expected {', '.join(ROLES)}")
        getattr(found.setdefault(name, Stored(name)), role).append(row["stimulus_id"])
    return list(found.values())


def _from_json(content: Any, path: Path) -> list[Stored]:
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise InputError(f'{path}: expected a list of {{"train": [...], "test": [...]}}')
    found = []
    for k, item in enumerate(content):
        unknown = set(item) - {*ROLES, "name"}
        if unknown or not {"train", "test"} <= set(item):
            raise InputError(
                f"{path}, split {k} has the keys {listing(sorted(item))}; expected train and test, "
                "and out and name where they are wanted"
            )
        parts = {role: item.get(role, []) for role in ROLES}
        if not all(isinstance(ids, list) for ids in parts.values()):
            raise InputError(f"{path}, split {k}: train, test and out have to be lists of ids")
        found.append(Stored(str(item.get("name", k)), **parts))
    return found


def _from_array(array: xr.DataArray, what: str) -> list[Stored]:
    if set(array.dims) != {"split", "stimulus"} or "stimulus" not in array.coords:
        raise InputError(
            f"{what} has dims ({', '.join(map(str, array.dims))}); expected (split, stimulus), "
            "with stimulus ids, and the values train, test or out"
        )
    roles = array.transpose("split", "stimulus").values.astype(str)
    unknown = np.setdiff1d(roles, ROLES)
    if unknown.size:
        raise InputError(
            f"{what} has the values {listing(unknown, 3)}; expected {', '.join(ROLES)}"
        )
    ids = np.array(array["stimulus"].values.tolist(), dtype=object)
    names = array["split"].values if "split" in array.coords else range(len(roles))
    return [
        Stored(str(name), **{role: ids[row == role].tolist() for role in ROLES})
        for name, row in zip(names, roles, strict=True)
    ]


def _from_pair(pair: Any, k: int) -> Stored:
    if (
        isinstance(pair, (str, bytes))
        or not isinstance(pair, Sequence)
        or len(pair) != 2
        or any(isinstance(ids, (str, bytes)) for ids in pair)
    ):
        raise InputError(f"split {k} is no pair (train ids, test ids)")
    train, test = (np.asarray(ids).tolist() for ids in pair)
    return Stored(str(k), train=train, test=test)


def from_labels(ids: Sequence[Any], labels: np.ndarray) -> list[Stored]:
    """Return the one split that a coordinate of the stimuli states, by the values of `ROLES`."""
    roles = labels.astype(str)
    unknown = np.setdiff1d(roles, ROLES)
    if unknown.size:
        raise InputError(
            f"the coordinate 'split' of the stimuli has the values {listing(unknown, 3)}; expected "
            f"{', '.join(ROLES)}"
        )
    found = Stored("split")
    for stimulus, role in zip(ids, roles, strict=True):
        getattr(found, role).append(stimulus)
    return [found]
