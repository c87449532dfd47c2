"""Which published checkpoints are at hand, and putting one there by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import FileError, WeightsError
from ..inputs import check_input
from ..outputs import complete_or_not
from .naming import letter_of, unknown_model
from .official import OFFICIAL, cached_path, file_sha256, official_file, official_letter


def list_weights() -> list[dict[str, str]]:
    """Return for each model its address, its place in the cache, and whether it is there.

    Returns
    -------
    list of dict
        ``model``, ``url``, ``path``, ``sha256`` (the 8 digits that are known) and ``state``:
        ``"installed"`` (hash checked), ``"not here"``, or ``"damaged"`` (another hash).
    """
    rows = []
    for letter, checkpoint in OFFICIAL.items():
        path = cached_path(letter)
        state = "not here"
        if path.exists():
            good = file_sha256(path).startswith(checkpoint.hash_prefix)
            state = "installed" if good else "damaged"
        rows.append(
            {
                "model": letter,
                "state": state,
                "sha256": checkpoint.hash_prefix,
                "path": str(path),
                "url": checkpoint.url,
            }
        )
    return rows


def install_weights(file: str | Path) -> tuple[str, Path]:
    """Copy a published checkpoint into the cache, known by its hash and not by its name.

    Returns
    -------
    tuple
        The model's letter and where the file lies now.

    Raises
    ------
    FileError
        The file cannot be read, or the cache cannot be written.
    WeightsError
        It is none of the published checkpoints.
    """
    source = Path(file)
    check_input(source, "checkpoint", expected="give the checkpoint that was copied by hand")
    found = file_sha256(source)
    letter = official_letter(found)
    if letter is None:
        known = ", ".join(f"{name} {c.hash_prefix}" for name, c in OFFICIAL.items())
        raise WeightsError(
            f"{source} is none of the published checkpoints: its SHA-256 starts with {found[:8]}, "
            f"expected one of {known}; copy it again, or use it as it is with "
            f"weights='{source}' (--weights {source})"
        )
    target = cached_path(letter)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"cannot make the cache {target.parent}: {error.strerror}; TORCH_HOME moves it"
        ) from error
    with complete_or_not(target, overwrite=True) as partial:
        shutil.copyfile(source, partial)
    return letter, target


def fetch_weights(name: str) -> tuple[str, Path]:
    """Download a model's published checkpoint unless it is in the cache; its hash is checked.

    Returns
    -------
    tuple
        The model's letter and where the file lies.

    Raises
    ------
    UnknownNameError
        There is no such model.
    WeightsError
        The file cannot be had, or is not the published one.
    """
    letter = letter_of(name)
    if letter is None:
        raise unknown_model(name)
    return letter, official_file(letter)
