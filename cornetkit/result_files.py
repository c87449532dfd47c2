"""Files of results: netCDF-4 that says what it holds, written whole and opened again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from . import __version__
from .errors import FileError, InputError, unknown_name
from .inputs import check_input, is_file
from .outputs import complete_or_not, partial_of
from .schema import SCHEMA_VERSION, storable_attributes, text_encoding
from .uninterrupted import uninterrupted


class _Content(NamedTuple):
    words: str  # what a message calls it
    file: str  # and its file
    variables: frozenset[str]  # what tells it from the others


def _content(words: str, file: str, *variables: str) -> _Content:
    return _Content(words, file, frozenset(variables))


# By the attribute `content` of a file. What holds the variables of another one, too, comes first.
_CONTENTS = {
    "scores": _content("scores", "score file", "r", "score", "ceiling_score"),
    "ceilings": _content("ceilings", "ceiling file", "ceiling", "reason"),
    "reverse predictivity": _content(
        "a result of reverse_predict", "file of reverse predictivity", "neuroid_r", "unit_r"
    ),
    "partition of variance": _content(
        "a result of partition_variance", "file of a partition of variance", "unique", "shared"
    ),
    "error modes": _content(
        "a result of error_modes", "file of error modes", "eigenvalue", "error_mode"
    ),
    "rdms": _content("RDMs", "RDM file", "rdm"),
    "rsa": _content("a result of rsa", "RSA result", "score", "ceiling_lower", "ceiling_upper"),
    "rdm ceilings": _content(
        "a result of rdm_ceiling", "file of RDM ceilings", "ceiling_lower", "ceiling_upper"
    ),
    "one-to-one matching": _content(
        "a result of one_to_one", "file of a matching", "r", "unit", "score"
    ),
}


def content_of(result: Any) -> str | None:
    """Return which result a Dataset is, such as ``"scores"`` or ``"rsa"``; None for no known one.

    The names are those of the attribute ``content`` of result files.
    """
    if not isinstance(result, xr.Dataset):
        return None
    return _by_variables(str(name) for name in result.variables)


def name_of_result(result: Any) -> str:
    """Say what was given where a certain result was expected."""
    content = content_of(result)
    return f"a {type(result).__name__}" if content is None else _CONTENTS[content].words


def content_among(result: Any, known: Mapping[str, str], saver: str) -> str:
    """Return which of the `known` results is given to `saver`; raise `InputError` for others.

    Parameters
    ----------
    result
        What was given.
    known
        What is taken, with what computes it.
    saver
        The function that it was given to.
    """
    content = content_of(result)
    if content is None or content not in known:
        *most, last = known.values()
        raise InputError(
            f"{name_of_result(result)} was given to {saver}; expected a result of "
            f"{', '.join(most)} or {last}"
        )
    return content


def kind_of_file(path: str | Path) -> str:
    """Return what a file holds.

    Parameters
    ----------
    path
        A file.

    Returns
    -------
    str
        ``"activations"``; a result: ``"scores"``, ``"ceilings"``, ``"reverse predictivity"``,
        ``"partition of variance"``, ``"error modes"``, ``"rdms"``, ``"rsa"``, ``"rdm ceilings"``
        or ``"one-to-one matching"``, by the attribute ``content``, or by its variables where
        there is none; or else ``"recordings"``: opening it as such says what is wrong with
        anything else.
    """
    if not is_file(Path(path)):  # a pipe would wait for its writer
        return "recordings"
    try:
        with netCDF4.Dataset(path) as file:
            stated = file.getncattr("content") if "content" in file.ncattrs() else None
            groups = list(file.groups.values())
            names = [str(name) for name in file.variables]
            inside = {name for group in groups for name in group.variables}
    except (OSError, RuntimeError, AttributeError, ValueError):
        return "recordings"
    if isinstance(stated, str) and stated in _CONTENTS:
        return stated
    if "activation" in inside:
        return "activations"
    if "rdm" in inside:
        return "rdms"
    return _by_variables(names) or "recordings"


def _by_variables(names: Any) -> str | None:
    held = set(names)
    return next((name for name, one in _CONTENTS.items() if one.variables <= held), None)


def write_result(
    result: xr.Dataset | Mapping[str, xr.Dataset],
    path: str | Path,
    content: str,
    *,
    overwrite: bool = False,
) -> Path:
    """Write a result to a netCDF-4 file, complete or not at all.

    Parameters
    ----------
    result
        A Dataset, or several that become groups by their names.
    path
        Where to; plain `xarray.open_dataset` opens it too.
    content
        What it is; becomes an attribute.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    InputError
        An attribute that netCDF cannot hold.
    FileError
        The file is there already, or cannot be written.
    """
    if content not in _CONTENTS:
        raise unknown_name("content", content, list(_CONTENTS))
    path = Path(path)
    top = {"schema_version": SCHEMA_VERSION, "cornetkit_version": __version__}
    stored: dict[str | None, xr.Dataset] = {}
    if isinstance(result, xr.Dataset):
        stored[None] = _storable(result.assign_attrs(top | result.attrs | {"content": content}))
    else:
        stored[None] = xr.Dataset(attrs=top | {"content": content})
        stored |= {str(name): _storable(one) for name, one in result.items()}
    with complete_or_not(path, overwrite=overwrite) as partial:
        for name, dataset in stored.items():
            uninterrupted(
                dataset.to_netcdf,
                partial,
                mode="w" if name is None else "a",
                group=name,
                engine="netcdf4",
                encoding=text_encoding(dataset),
            )
    return path


def read_result(
    path: str | Path,
    content: str | Collection[str],
    made_by: str,
    *,
    group: str | None = None,
) -> xr.Dataset:
    """Read a result into memory; dates come as numbers with units, as in recordings.

    Parameters
    ----------
    path
        A file that `write_result` wrote.
    content
        What is expected, or several kinds; messages name the first.
    made_by
        What writes such files, for the messages.
    group
        Read this group of the file.

    Raises
    ------
    FileError
        Nothing is there, or it is no netCDF file.
    InputError
        It holds something else.
    """
    path = Path(path)
    wanted = [content] if isinstance(content, str) else list(content)
    check_result(path, wanted[0], made_by)
    found = kind_of_file(path)
    try:
        # "ms" in the units of a limit is a unit here, not a duration to decode.
        with xr.open_dataset(
            path, group=group, engine="netcdf4", decode_times=False, decode_timedelta=False
        ) as dataset:
            result = dataset.load()
    # netCDF4 raises the others for a file whose inside is damaged.
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(f"{path} is not a netCDF file, or it is damaged ({error})") from error
    if found not in wanted:
        but = {"activations": " but activations", "recordings": ""}
        but |= {name: f" but {one.words}" for name, one in _CONTENTS.items()}
        words = _CONTENTS[wanted[0]].words.removeprefix("a ")
        raise InputError(f"{path} holds no {words}{but[found]}; expected a file of {made_by}")
    if missing := sorted(_CONTENTS[found].variables - {str(name) for name in result.variables}):
        raise InputError(
            f"{path} says that it holds {_CONTENTS[found].words}, but lacks {', '.join(missing)}; "
            f"write it again with {made_by}"
        )
    for variable in result.variables.values():
        variable.attrs = _as_given(variable.attrs)
    result.attrs = _as_given(result.attrs)
    result.attrs.pop("content", None)
    return result


def check_result(path: Path, content: str, made_by: str) -> None:
    """Raise `FileError` unless there is a netCDF file, saying what there is instead."""

    def missing() -> str:
        beside = partial_of(path)
        unfinished = f" (only {beside.name}, unfinished)" if is_file(beside) else ""
        return f"{unfinished}; make one with: {made_by}"

    expected = f"expected a file of {made_by}"
    check_input(path, _CONTENTS[content].file, expected=expected, missing=missing)
    try:
        netCDF4.Dataset(path).close()
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise FileError(f"{path} is not a netCDF file, or it is damaged ({error})") from error


def _storable(result: xr.Dataset) -> xr.Dataset:
    """Return plain values and attributes, without the encoding of the files they came from."""
    plain = {name: (v.dims, v.values, _attributes(v.attrs)) for name, v in result.variables.items()}
    return xr.Dataset(
        {name: plain[name] for name in result.data_vars},
        coords={name: plain[name] for name in result.coords},
        attrs=_attributes(result.attrs),
    )


def _attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    given = dict(attrs)
    if "notes" in given:
        notes = given["notes"]
        given["notes"] = json.dumps([notes] if isinstance(notes, str) else list(notes))
    return storable_attributes(given)


def _as_given(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    found = {
        str(name): value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        for name, value in attrs.items()
    }
    if "notes" in found:
        found["notes"] = _notes(found["notes"])
    return found


def _notes(text: Any) -> list[str]:
    try:
        notes = json.loads(text)
    except (TypeError, ValueError):  # a file of others may have notes of its own
        return [str(text)]
    return [str(note) for note in notes] if isinstance(notes, list) else [str(text)]
