"""How far a recording is: a bar on a terminal, now and then a line in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from tqdm import tqdm

from ..errors import counted

_FIRST_AFTER_BATCHES = 3
_SECONDS_BETWEEN_LINES = 60.0


def wants_words(progress: bool | None) -> bool:
    """Whether more than warnings is to be said: asked for, or somebody sits at a terminal."""
    return sys.stderr.isatty() if progress is None else progress


def say(text: str) -> None:
    """Write a line to stderr, above a progress bar."""
    tqdm.write(text, file=sys.stderr)


def with_progress(
    batches: Iterable[dict[str, np.ndarray]], total: int, done: int, progress: bool | None
) -> Iterator[dict[str, np.ndarray]]:
    """Pass batches on, showing how far they are.

    On a terminal that is a bar, unless `progress` is False; elsewhere, with `progress` True, a
    line after the first batches and then one a minute.
    """
    lines = Lines(total, done) if progress and not sys.stderr.isatty() else None
    disable = True if lines or progress is False else None
    with tqdm(
        total=total, initial=done, unit="image", desc="record", disable=disable, file=sys.stderr
    ) as bar:
        for part in batches:
            count = len(next(iter(part.values())))
            yield part
            bar.update(count)
            if lines:
                lines.update(count)


class Lines:
    """Lines for a log: after the first batches, and then one a minute at most.

    Parameters
    ----------
    total, done
        Images in all, and those that are there already.
    clock
        Seconds.
    write
        Takes each line.
    """

    def __init__(
        self,
        total: int,
        done: int,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], None] = say,
    ) -> None:
        self.total, self.done, self.before = total, done, done
        self.clock, self.write = clock, write
        self.begun = clock()
        self.batches = 0
        self.said: float | None = None

    def update(self, count: int) -> None:
        """Count a batch that is done, and say so if it is time."""
        self.done += count
        self.batches += 1
        now = self.clock()
        waited = self.said is None or now - self.said >= _SECONDS_BETWEEN_LINES
        if self.batches < _FIRST_AFTER_BATCHES or not waited or self.done >= self.total:
            return
        self.said = now
        rate = (self.done - self.before) / max(now - self.begun, 1e-9)
        left = duration((self.total - self.done) / rate)
        self.write(
            f"{self.done:,} of {counted(self.total, 'image')}, {rate:.3g} images/s, {left} left"
        )


def duration(seconds: float) -> str:
    """Say a time as a person would: ``40 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes // 60} h {minutes % 60} min"
