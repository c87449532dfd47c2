"""Ctrl-C and a polite kill: one exception for both, one line, the usual exit code."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

# What is said for it; a shell's exit code for a signal is 128 more than its number.
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
AGAIN = "; give the same command again"


class Stopped(BaseException):
    """SIGINT or SIGTERM came. No KeyboardInterrupt, of which click makes an empty line."""


class Stopping:
    """While entered, SIGINT and SIGTERM raise `Stopped`; which of them came is kept.

    Attributes
    ----------
    signal : signal.Signals or None
        The first that came. An import that is interrupted may raise anything instead of `Stopped`.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            for number in WORDS:
                before = signal.getsignal(number)
                if before not in (signal.SIG_IGN, None):  # whoever started this wants it ignored
                    self._before[number] = before
                    signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Pressed again while the interpreter clears up, Ctrl-C would print a traceback after all.
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_IGN if self.signal else before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.signal = self.signal or signal.Signals(number)
        raise Stopped

    def last_words(self, error: BaseException) -> tuple[str, int]:
        """Return what to say and the exit code; what comes from now on is ignored."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)
        number = self.signal or signal.SIGINT
        how_far = " ".join(getattr(error, "__notes__", ())) or AGAIN
        return f"{WORDS[number]}{how_far}", 128 + number


@contextmanager
def telling_how_far(out: str, total: int, *, complete: bool = False) -> Iterator[None]:
    """Add how many of all images are on disk to what is said when a recording is stopped.

    Parameters
    ----------
    out
        The file that is written.
    total
        Images.
    complete
        Whether it was complete before, and is only being looked at.
    """
    before = _state(out)
    try:
        yield
    except (Stopped, KeyboardInterrupt) as stop:
        from cornetkit.activations import stimuli_written

        now = _state(out)
        if complete or now not in (None, before):  # a file gets its name when it is complete
            stop.add_note(f"; {out} is complete")
        elif done := stimuli_written(out):
            stop.add_note(
                f" after {done:,} of {total:,} images, which are kept: the recording goes on from "
                f"there{AGAIN}"
            )
        else:
            images = "image" if total == 1 else "images"
            stop.add_note(f" before the first of {total:,} {images} was written{AGAIN}")
        raise


def _state(path: str) -> tuple[int, int] | None:
    """Say which file has that name now."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_mtime_ns
