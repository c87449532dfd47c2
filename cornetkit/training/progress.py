"""How a training goes: a bar on a terminal, now and then a line in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

# A share of the time that is worth a word, and how long to look before saying it.
_BOUND_SHARE, _BOUND_STEPS = 0.3, 20
_SECONDS_BETWEEN_LINES = 60.0


class Progress:
    """Shows steps, and measures speed and the share of the time that waits for images.

    Parameters
    ----------
    show
        None: on terminals only; True: elsewhere a line a minute; False: nothing.
    workers
        Of the loader, for the advice.
    clock
        Seconds.
    """

    def __init__(
        self,
        show: bool | None,
        workers: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total, self.done, self.workers, self._clock = 0, 0, workers, clock
        terminal = sys.stderr.isatty()
        self._show = terminal if show is None else show
        self._lines = self._show and not terminal
        self._bar: tqdm | None = None
        self._begun = self._said = clock()
        self._waited, self._images, self._steps = 0.0, 0, 0
        self._bound_told = False

    def start(self, total: int, done: int) -> None:
        """Show the bar."""
        self.total, self.done = total, done
        if self._show and not self._lines:
            self._bar = tqdm(total=total, initial=done, unit="step", desc="train", file=sys.stderr)
        self.rest()

    def say(self, text: str) -> None:
        """Write a line to stderr, above the bar."""
        if self._show:
            tqdm.write(text, file=sys.stderr)

    def step(self, images: int, waited: float) -> None:
        """Count a step."""
        self.done += 1
        self._steps += 1
        self._images += images
        self._waited += waited
        if self._bar is not None:
            self._bar.update(1)

    def rates(self) -> tuple[float, float]:
        """Return images/s and the share of waiting since the last call, and begin anew."""
        seconds = max(self._clock() - self._begun, 1e-9)
        found = self._images / seconds, min(1.0, self._waited / seconds)
        looked = self._steps >= min(_BOUND_STEPS, self.total)
        if looked and not self._bound_told and (words := data_bound(found[1], self.workers)):
            self.say(words)
            self._bound_told = True
        self.rest()
        return found

    def rest(self) -> None:
        """Begin to measure anew: what was before is no training (validation, writing)."""
        self._begun = self._clock()
        self._waited, self._images = 0.0, 0

    def show(self, loss: float, top1: float, top5: float, rate: float, wait: float) -> None:
        """Show how it goes."""
        text = f"loss {loss:.3f}, top-1 {top1:.3f}, top-5 {top5:.3f}, {rate:.3g} images/s"
        text += f", {wait:.0%} waiting for images"
        if self._bar is not None:
            self._bar.set_postfix_str(text)
        if self._lines and self._clock() - self._said >= _SECONDS_BETWEEN_LINES:
            self._said = self._clock()
            self.say(f"step {self.done:,} of {self.total:,}: {text}")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def data_bound(share: float, workers: int) -> str | None:
    """Return a warning where training waits for images, with what to do."""
    if share <= _BOUND_SHARE:
        return None
    more = f"more workers (--set workers={max(2, 2 * workers)})"
    return (
        f"data-bound: {share:.0%} of the time waits for images; try {more}, images stored smaller "
        f"(short side about 256 pixels), or shards on a fast disk"
    )
