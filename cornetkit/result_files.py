"""Files of results: netCDF-4 that says what it holds, written whole and opened again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from . import __version__
from .errors import FileError, InputError, unknown_name
from .inputs import check_input, is_file
from .outputs import complete_or_not, partial_of
from .result_contents import CONTENTS, kind_of_file
from .schema import SCHEMA_VERSION, storable_attributes, text_encoding
from .uninterrupted import uninterrupted


def write_result(
    result: xr.Dataset | Mapping[str, xr.Dataset],
    path: str | Path,
    content: str,
    *,
    overwrite: bool = False,
    root: xr.Dataset | None = None,
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
    root
        What lies beside the groups, where there are several.

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
    if content not in CONTENTS:
        raise unknown_name("content", content, list(CONTENTS))
    path = Path(path)
    top = {"schema_version": SCHEMA_VERSION, "cornetkit_version": __version__}
    stored: dict[str | None, xr.Dataset] = {}
    if isinstance(result, xr.Dataset):
        stored[None] = _storable(result.assign_attrs(top | result.attrs | {"content": content}))
    else:
        beside = xr.Dataset() if root is None else root
        stored[None] = _storable(beside.assign_attrs(top | beside.attrs | {"content": content}))
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
        but |= {name: f" but {one.words}" for name, one in CONTENTS.items()}
        words = CONTENTS[wanted[0]].words.removeprefix("a ")
        raise InputError(f"{path} holds no {words}{but[found]}; expected a file of {made_by}")
    if missing := sorted(CONTENTS[found].variables - {str(name) for name in result.variables}):
        raise InputError(
            f"{path} says that it holds {CONTENTS[found].words}, but lacks {', '.join(missing)}; "
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
    check_input(path, CONTENTS[content].file, expected=expected, missing=missing)
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
