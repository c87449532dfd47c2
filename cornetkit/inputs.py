"""Whether a file can be read, asked before anything is opened that might wait for ever."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from .errors import CornetkitError, FileError, did_you_mean

# What a path may lead to that is no file; reading a pipe would wait for ever for its writer.
_NO_FILES = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def look(path: Path, error: type[CornetkitError] = FileError) -> os.stat_result | None:
    """Return what is at a path, links followed, or None where nothing is.

    Raises
    ------
    FileError
        (or `error`) No file can have that name, or a folder above it may not be looked into.
    """
    try:
        return path.stat()
    except ValueError:  # a name with a null character
        return None
    except OSError as found:
        if found.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        if found.errno == errno.ENAMETOOLONG:
            raise error(
                f"no file can be called {str(path)[:40]}...: a name of "
                f"{max(len(os.fsencode(part)) for part in path.parts)} bytes in a path of "
                f"{len(os.fsencode(path))} is too long; check what was given"
            ) from found
        raise error(f"cannot look at {path}: {found.strerror or found}; check the path") from found


def is_file(path: Path) -> bool:
    """Say whether a file is there: a pipe is none, and no file has a name that is too long."""
    try:
        found = look(path)
    except FileError as error:
        if getattr(error.__cause__, "errno", None) == errno.ENAMETOOLONG:
            return False
        raise
    return found is not None and stat.S_ISREG(found.st_mode)


def check_input(
    path: Path,
    what: str,
    *,
    expected: str = "",
    missing: Callable[[], str] | None = None,
    error: type[CornetkitError] = FileError,
) -> None:
    """Raise unless a file is at `path` that can be read.

    Parameters
    ----------
    path
        What was given.
    what
        The kind of file, for messages: ``"activation file"``.
    expected
        The same at length, in place of "expected a <what>".
    missing
        Returns what to add to the message where nothing is there.
    error
        What is raised.

    Raises
    ------
    FileError
        (or `error`) Nothing is there, or a folder, a pipe or a device; it may not be read; or no
        file can have that name.
    """
    expected = expected or f"expected a {what}"
    found = look(path, error)
    if found is None:
        raise error(f"no {what} {path}{_nearest(path)}{missing() if missing else f'; {expected}'}")
    if stat.S_ISDIR(found.st_mode):
        raise error(f"{path} is a folder; {expected}")
    if not stat.S_ISREG(found.st_mode):
        kind = _NO_FILES.get(stat.S_IFMT(found.st_mode), "something else")
        raise error(f"{path} is {kind} and no file; {expected}: save it as a file first")
    if not os.access(path, os.R_OK):
        raise error(f"{path} is there but may not be read; ask for the permission (chmod +r)")


# Names in a folder that are looked at for one like the given one.
_MOST_NAMES = 2000


def _nearest(path: Path) -> str:
    """Say that the folder is not there either, or which file in it has a name like this."""
    if look(path.parent) is None:
        return f" (there is no folder {path.parent})"
    try:
        names = [entry.name for entry in islice(os.scandir(path.parent), _MOST_NAMES)]
    except OSError:  # no folder, or one that may not be read
        return ""
    # A link that leads nowhere has this very name; of unfinished files their readers know more.
    others = (name for name in names if name != path.name and not name.endswith(".partial"))
    return did_you_mean(path.name, sorted(others))
