"""Loading a set of images from a CSV table with one row for each stimulus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import FileError, InputError, counted, did_you_mean, listing
from ..inputs import is_file
from ..schema import check_unique
from .decode import EXTENSIONS
from .header import check_header, check_near_names
from .ids import stimulus_ids
from .image_set import ImageSet

if TYPE_CHECKING:
    import pandas as pd

# A missing number; text stays as it stands.
_MISSING = frozenset(["", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None"])
_KNOWN = frozenset(["stimulus_id", "filename", "image_id"])
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def load_table(path: Path) -> ImageSet:
    """Load the images that a CSV (or .tsv) table lists; see `load_stimuli`."""
    table = _read(path)
    check_header(path, _separator(path))
    if "stimulus_id" not in table and "image_id" in table:
        table = table.rename(columns={"image_id": "stimulus_id"})  # BrainIO's older name
    columns = [str(column) for column in table.columns]
    if "filename" not in table and "stimulus_id" not in table:
        raise InputError(
            f"{path} has the columns {listing(columns, 8)}; expected stimulus_id and filename"
            f"{did_you_mean('filename', columns) or did_you_mean('stimulus_id', columns)}"
        )
    check_near_names(path, columns)
    if not len(table):
        raise InputError(f"{path} has no rows; expected one row for each stimulus")
    for column in ("stimulus_id", "filename"):
        if column in table and (empty := table.index[table[column] == ""].tolist()):
            lines = [int(i) + 2 for i in empty]  # from 1, below the header
            raise InputError(f"{path} has no {column} in line {listing(lines)}; fill it in")
    notes = []
    if "stimulus_id" in table:
        ids = table["stimulus_id"].tolist()
        check_unique(ids, f"stimulus ids in {path}")
    else:
        ids = stimulus_ids([Path(name) for name in table["filename"]])
        notes = [
            f"{path} has no column stimulus_id: stimuli are called by their file names "
            f"({listing(ids, 3)})"
        ]
    if "filename" in table:
        paths = _listed_files(path, table["filename"].tolist())
    else:
        paths = _files_called(path, ids, did_you_mean("filename", columns))
    metadata = {
        str(name): _values(table[name])
        for name in table.columns
        if name not in ("stimulus_id", "filename")
    }
    return ImageSet(ids, paths, metadata, source=str(path), notes=notes)


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    _check_text(path)
    try:
        table = pd.read_csv(
            path,
            sep=_separator(path),
            # Ids and file names stay as they stand: '0012' must not become 12, nor 'NA' missing.
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
        )
    except UnicodeDecodeError as error:
        raise _not_utf_8(path) from error
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise FileError(
            f"{path} cannot be read as a CSV table: {error}".replace("\n", " ")
        ) from error
    if not isinstance(table.index, pd.RangeIndex):
        # pandas takes what is too much for an index, and so shifts every column.
        raise InputError(
            f"{path} has more values in a row than the {table.shape[1]} columns of its first line "
            f"({listing(table.columns, 8)}); name the others too, or remove the extra commas"
        )
    return table.fillna("").apply(lambda column: column.str.strip())  # a short row ends in NaN


def _separator(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _check_text(path: Path) -> None:
    """Refuse another encoding or separator by its name: pandas would not know what it is."""
    try:
        with path.open("rb") as file:
            head = file.read(65536)
    except OSError as error:
        raise FileError(f"{path} cannot be read as a CSV table: {error.strerror}") from error
    if b"\0" in head:  # UTF-16 without its mark is valid UTF-8, with a null beside every letter
        raise _not_utf_8(path, ", but perhaps UTF-16")
    first = (head.decode("utf-8-sig", errors="ignore").splitlines() or [""])[0]
    if not _names(first, own := _separator(path)):
        for other in _SEPARATORS:
            if other != own and _names(first, other):
                raise InputError(
                    f"{path} has {_SEPARATORS[other]} between its columns, expected "
                    f"{_SEPARATORS[own]}; save it again with {_SEPARATORS[own]}"
                )


def _names(line: str, separator: str) -> bool:
    """Whether a first line, taken apart so, names a column that a table has to have."""
    return not _KNOWN.isdisjoint(name.strip(" \"'") for name in line.split(separator))


def _not_utf_8(path: Path, but: str = "") -> FileError:
    return FileError(
        f"{path} cannot be read as a CSV table: it is not UTF-8 text{but}; save it as UTF-8"
    )


def _values(column: pd.Series) -> np.ndarray:
    """Return a column as numbers where all that it holds are numbers, else as text."""
    import pandas as pd

    present = ~column.isin(_MISSING)
    try:
        numbers = pd.to_numeric(column[present])
    except (ValueError, OverflowError):
        return column.to_numpy(dtype=str)
    if numbers.dtype.kind not in "iuf" and present.any():  # more digits than a number can have
        return column.to_numpy(dtype=str)
    return (numbers if present.all() else numbers.astype(float).reindex(column.index)).to_numpy()


def _listed_files(csv: Path, names: list[str]) -> list[Path]:
    found = []
    missing = []
    for name in names:
        places = [csv.parent / name, csv.parent / "images" / name]
        path = next((place for place in places if is_file(place)), None)
        found.append(path or places[0])
        if path is None:
            missing.append(name)
    _refuse_missing(csv, missing, len(names))
    return found


def _files_called(csv: Path, ids: list[str], hint: str) -> list[Path]:
    """Find the image of each id where the table names no files: the id and any extension."""
    found = []
    missing = []
    for name in ids:
        for folder in (csv.parent, csv.parent / "images"):
            places = [folder / f"{name}{extension}" for extension in sorted(EXTENSIONS)]
            if Path(name).suffix.lower() in EXTENSIONS:
                places.append(folder / name)
            there = [place for place in places if is_file(place)]
            if len(there) > 1:
                raise InputError(
                    f"{csv} has no column filename, and more than one image is called '{name}': "
                    f"{listing(p.name for p in there)}; add the column{hint}"
                )
            if there:
                found += there
                break
        else:
            missing.append(name)
    _refuse_missing(csv, missing, len(ids), f", as the table has no column filename{hint}")
    return found


def _refuse_missing(csv: Path, missing: list[str], count: int, why: str = "") -> None:
    if missing:
        raise FileError(
            f"{len(missing)} of {counted(count, 'image')} of {csv} are not there: "
            f"{listing(missing, 3)}; looked in {csv.parent} and its folder 'images'"
            f"{' for <stimulus_id>.png and the like' if why else ''}{why}"
        )
