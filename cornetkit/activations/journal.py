"""How far a file has been written, and who is writing it: a small journal beside the file.

The journal is the lock too, so two processes cannot write one output. A line is added for each
batch that is on disk and never changed, so a kill in the middle costs at most the last line.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ..errors import FileError


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
        self._file = path.open("a+")
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
                f"another process is writing {output}; wait for it, or give another --out"
            )

    def done(self) -> int:
        """Return how many stimuli are on disk."""
        self._file.seek(0)
        complete = [line for line in self._file.readlines() if line.endswith("\n")]
        return int(complete[-1]) if complete and complete[-1].strip().isdigit() else 0

    def note(self, done: int) -> None:
        """Say that so many stimuli are on disk."""
        self._file.write(f"{done}\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def start(self) -> None:
        """Forget what an earlier file had got to."""
        self._file.truncate(0)

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
