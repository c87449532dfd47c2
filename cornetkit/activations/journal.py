"""How far a file has been written, and who is writing it: a small journal beside the file.

The journal is the lock too, so two processes cannot write one output. A line is added for each
batch that is on disk and never changed, so a kill in the middle costs at most the last line.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from ..errors import FileError
from ..outputs import journal_of, partial_of

_OVERWRITING = b"overwriting\n"


class Journal:
    """The journal of one output, locked as long as it is open.

    Parameters
    ----------
    path
        The journal file; made if it is not there.
    output
        What is being written, for messages.

    Raises
    ------
    FileError
        Another process, or another writer in this one, has it.
    """

    def __init__(self, path: Path, output: Path) -> None:
        self.path = path
        # Unbuffered: what a full disk refused must not be tried again when the file is closed.
        self._file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had it may have finished and removed it before the lock was ours.
            mine = path.exists() and os.path.samestat(path.stat(), os.fstat(self._file.fileno()))
        except BlockingIOError:
            mine = False
        except BaseException:
            self._file.close()
            raise
        if not mine:
            self._file.close()
            raise FileError(
                f"another process is writing {output}; wait for it, or give another name (--out)"
            )
        self._length = len(self._complete_lines())

    def done(self) -> int:
        """Return how many stimuli are on disk."""
        return _last(self._complete_lines())

    def note(self, done: int) -> None:
        """Say that so many stimuli are on disk."""
        self._add(f"{done}\n".encode())

    def _add(self, line: bytes) -> None:
        self._file.truncate(self._length)  # a line that a full disk or a kill cut short
        if self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        os.fsync(self._file.fileno())
        self._length += len(line)

    def start(self, *, overwriting: bool = False) -> None:
        """Forget what an earlier file had got to, and keep whether the new one replaces others."""
        self._file.truncate(0)
        self._length = 0
        if overwriting:
            self._add(_OVERWRITING)

    @property
    def overwriting(self) -> bool:
        """Whether the file was begun by a call that replaces others; the same call goes on."""
        return self._complete_lines().startswith(_OVERWRITING)

    def _complete_lines(self) -> bytes:
        self._file.seek(0)
        lines, newline, _ = self._file.read().rpartition(b"\n")
        return lines + newline

    @property
    def closed(self) -> bool:
        """Whether the output is free again."""
        return self._file.closed

    def remove(self) -> None:
        """Remove the journal; call before `close`, so that nobody finds it unlocked."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the output free."""
        self._file.close()


def stimuli_written(path: str | Path) -> int:
    """Return how many stimuli the unfinished file of an output holds; 0 where there is none."""
    try:
        return _last(journal_of(Path(path)).read_bytes().rpartition(b"\n")[0])
    except OSError:
        return 0


def was_completed(path: str | Path) -> bool:
    """Say whether a recording was killed when only its journal was left to remove; remove it.

    The same call again then has nothing to do, though the file is there already.
    """
    path = Path(path)
    if not stimuli_written(path) or partial_of(path).exists() or not path.is_file():
        return False
    journal = Journal(journal_of(path), path)
    journal.remove()
    journal.close()
    return True


def _last(lines: bytes) -> int:
    last = lines.rstrip(b"\n").rpartition(b"\n")[2]
    return int(last) if last.isdigit() else 0
