"""Files that appear under their name when they are complete, and never in place of an input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .errors import FileError

# What is read: one path, several, or None, by what it is called.
Inputs = Mapping[str, str | Path | Iterable[str | Path] | None]


def partial_of(path: Path) -> Path:
    """Return the name that a file has until it is complete."""
    return _beside(path, ".partial")


def journal_of(path: Path) -> Path:
    """Return the name of the journal of an unfinished recording."""
    return _beside(path, ".partial.journal")


def _beside(path: Path, suffix: str) -> Path:
    if not path.name:  # '', '.' and '/' name a folder
        raise _folder(path)
    return path.with_name(path.name + suffix)


def _folder(path: Path) -> FileError:
    return FileError(f"{path} is a folder; give a file name in it, such as {path / 'out.nc'}")


def check_output(
    path: Path,
    *,
    overwrite: bool,
    inputs: Inputs | None = None,
    name: str = "the output",
) -> None:
    """Raise `FileError` when a result cannot be put at `path`, before any work is done.

    Parameters
    ----------
    path
        Where to.
    overwrite
        Whether a file that is there may be replaced.
    inputs
        What is read by what it is called (``"--neural"``): one path, several, or None. None of
        these files may be replaced, nor one that has the temporary name of the output.
    name
        What the output is called: ``"--out"``.
    """
    try:
        _check_output(path, overwrite, inputs or {}, name)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        # Such as a folder above it that may not be looked into.
        raise FileError(
            f"cannot write {path}: {error.strerror or error}; give another place (--out)"
        ) from error


def _check_output(path: Path, overwrite: bool, inputs: Inputs, name: str) -> None:
    if not path.name:
        raise _folder(path)
    if not path.parent.is_dir():
        if path.parent.exists():
            raise FileError(
                f"{path.parent} is a file and holds no {path.name}; give another place (--out)"
            )
        raise FileError(
            f"the folder {path.parent} of the output {path.name} does not exist; make it first"
        )
    # The longest name that is needed on the way.
    longest = os.pathconf(path.parent, "PC_NAME_MAX") - len(journal_of(Path("x")).name) + 1
    if (length := len(os.fsencode(path.name))) > longest:
        raise FileError(
            f"the name {path.name[:20]}... of the output is {length} bytes long; give one of at "
            f"most {longest}"
        )
    if path.is_dir():
        raise _folder(path)
    if path.exists() and not path.is_file():
        raise FileError(f"{path} is not a file that can be replaced; give another name")
    _check_inputs(path, inputs, name)
    if path.exists() and not overwrite:
        raise FileError(
            f"{path} is there already; give overwrite=True (--overwrite) to replace it, or another "
            "name"
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise FileError(f"no permission to write into {path.parent}; give another place (--out)")


def _check_inputs(path: Path, inputs: Inputs, name: str) -> None:
    """Refuse to replace what is read; links and other spellings of a path are the same file."""
    for target in (path, partial_of(path), journal_of(path)):
        there = target.stat() if target.exists() else None
        for other, given in inputs.items():
            paths = [given] if isinstance(given, (str, Path)) else given or ()
            if not any(_same(target, there, source) for source in paths):
                continue
            if target == path:
                raise FileError(f"{name} {path} is also {other}; give another name")
            raise FileError(
                f"{name} {path} is written as {target.name} at first, which is also {other}; "
                "give another name"
            )


def _same(target: Path, there: os.stat_result | None, source: str | Path) -> bool:
    if there is None:  # not made yet: then another output may be meant to have its place
        same_name = os.path.basename(source) == target.name
        return same_name and os.path.realpath(source) == os.path.realpath(target)
    try:
        return os.path.samestat(there, os.stat(source))
    except (OSError, ValueError):  # nothing is there: told where it is opened
        return False


@contextmanager
def complete_or_not(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary name to write to; it becomes `path` when the block ends without an error.

    Raises
    ------
    FileError
        Something is in the way, an unfinished recording has the temporary name, or the place
        cannot be written.
    """
    check_output(path, overwrite=overwrite)
    partial = partial_of(path)
    if journal_of(path).exists():
        raise FileError(
            f"an unfinished recording of that name is there ({partial}); finish it with its record "
            "command, delete it, or give another name"
        )
    try:
        yield partial
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # netCDF4 reports HDF5 errors as RuntimeError
        if isinstance(error, FileError):
            raise
        raise FileError(f"cannot write {path}: {what_failed(error)}") from error
    finally:
        partial.unlink(missing_ok=True)  # gone already where all went well


def what_failed(error: OSError | RuntimeError) -> str:
    """Say why a file could not be written."""
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return f"{error}, so the disk is probably full"  # HDF5 tells no more than that
