"""Loading a set of images from a folder or a CSV table."""

from __future__ import annotations

from pathlib import Path

from ..errors import FileError, InputError, did_you_mean, listing
from ..schema import check_unique
from .decode import EXTENSIONS
from .ids import natural_key, stimulus_ids
from .image_set import ImageSet

# Coordinates that an activations file has already: metadata must not take their names.
RESERVED = frozenset(["stimulus", "time", "unit", "channel", "y", "x", "area", "driven"])


def load_stimuli(source: str | Path) -> ImageSet:
    """Load a set of images from a folder (any depth) or a CSV table.

    Parameters
    ----------
    source
        A folder: every image in it, at any depth, in natural order (``image2`` before
        ``image10``), called by its file stem, or by its relative path without extension where
        two stems collide. Or a CSV file with the columns ``stimulus_id`` and ``filename``
        (relative to the CSV, or to a folder ``images`` beside it); all other columns become
        metadata. Either column may be missing: then the other one gives it.

    Returns
    -------
    ImageSet
        Ids, paths and metadata; images are read when they are needed.

    Raises
    ------
    FileError
        Nothing is there, no image is in it, or files of the table are missing.
    InputError
        Ids repeat or cannot be told apart.

    Examples
    --------
    >>> stimuli = load_stimuli("stim/")  # doctest: +SKIP
    """
    path = Path(source)
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise FileError(f"no such folder or CSV file: {path}{_nearby(path)}")
    if path.suffix.lower() in (".csv", ".tsv"):
        return _from_table(path)
    raise FileError(
        f"{path} is a file; expected a folder of images, or a CSV with the columns stimulus_id "
        "and filename"
    )


def _nearby(path: Path) -> str:
    parent = path.parent
    return did_you_mean(path.name, [p.name for p in parent.iterdir()]) if parent.is_dir() else ""


def _from_folder(folder: Path) -> ImageSet:
    files = [
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    files.sort(key=lambda path: natural_key(path.as_posix()))
    images = [path for path in files if path.suffix.lower() in EXTENSIONS]
    others = [path for path in files if path.suffix.lower() not in EXTENSIONS]
    if not images:
        held = (
            f"it holds {len(others)} other files ({listing(others, 3)})"
            if others
            else "it is empty"
        )
        raise FileError(
            f"no image files in {folder}: {held}; expected {listing(sorted(EXTENSIONS), 12)}"
        )
    return ImageSet(
        stimulus_ids(images), [folder / path for path in images], source=str(folder), ignored=others
    )


def _from_table(path: Path) -> ImageSet:
    import pandas as pd

    try:
        # Ids and file names stay text: '0012' must not become 12.
        table = pd.read_csv(
            path,
            sep="\t" if path.suffix.lower() == ".tsv" else ",",
            dtype={"stimulus_id": str, "image_id": str, "filename": str},
            encoding="utf-8-sig",
        )
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise FileError(
            f"{path} cannot be read as a CSV table: {error}".replace("\n", " ")
        ) from error
    if "stimulus_id" not in table and "image_id" in table:
        table = table.rename(columns={"image_id": "stimulus_id"})  # BrainIO's older name
    if "filename" not in table and "stimulus_id" not in table:
        raise InputError(
            f"{path} has the columns {listing(table.columns, 8)}; expected stimulus_id and filename"
            f"{did_you_mean('filename', list(map(str, table.columns)))}"
        )
    if not len(table):
        raise InputError(f"{path} has no rows; expected one row for each stimulus")
    for column in {"filename", "stimulus_id"} & set(table):
        if table[column].isna().any():
            rows = [i + 2 for i in table.index[table[column].isna()]]
            raise InputError(f"{path} has no {column} in line {listing(rows)}")
    paths = _find_files(path, table)
    if "stimulus_id" in table:
        ids = table["stimulus_id"].tolist()
    else:
        ids = stimulus_ids([Path(name) for name in table["filename"]])
    check_unique(ids, f"stimulus ids in {path}")
    columns = [c for c in table.columns if c not in ("stimulus_id", "filename")]
    taken = sorted(RESERVED & set(columns))
    if taken:
        raise InputError(f"{path} uses the reserved column names {listing(taken)}; rename them")
    metadata = {}
    for column in columns:
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            values = values.astype(object).where(values.notna(), "").astype(str)
            metadata[str(column)] = values.to_numpy(dtype=str)
        else:
            metadata[str(column)] = values.to_numpy()
    return ImageSet(ids, paths, metadata, source=str(path))


def _find_files(csv: Path, table) -> list[Path]:  # type: ignore[no-untyped-def]
    folders = [csv.parent, csv.parent / "images"]
    if "filename" in table:
        wanted = [[folder / name for folder in folders] for name in table["filename"]]
        names = table["filename"].tolist()
    else:
        wanted = [
            [folder / f"{name}{ext}" for folder in folders for ext in sorted(EXTENSIONS)]
            for name in table["stimulus_id"]
        ]
        names = table["stimulus_id"].tolist()
    found = [next((p for p in candidates if p.is_file()), None) for candidates in wanted]
    missing = [name for name, path in zip(names, found, strict=True) if path is None]
    if missing:
        raise FileError(
            f"{len(missing)} of {len(names)} images of {csv} are not there: {listing(missing, 3)}; "
            f"looked in {csv.parent} and its folder 'images'"
        )
    return [path for path in found if path is not None]
