"""SIGTERM and SIGINT: noted at once, answered between two steps."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class StopRequest:
    """While entered, the first SIGTERM or SIGINT is only noted; a second one acts at once.

    Attributes
    ----------
    number : signal.Signals or None
        Which came.
    """

    def __init__(self) -> None:
        self.number: signal.Signals | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.getsignal(number)
                if before not in (signal.SIG_IGN, None):  # whoever started this wants it ignored
                    self._before[number] = before
                    signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._give_back()

    def answer(self, how_far: str) -> None:
        """Do what the signal would have done, now that all is saved.

        Parameters
        ----------
        how_far
            Becomes a note of what is raised.
        """
        self._give_back()
        try:
            signal.raise_signal(self.number or signal.SIGTERM)
        except BaseException as stop:
            stop.add_note(how_far)
            raise

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.number is not None:
            self._give_back()
            signal.raise_signal(number)
            return
        self.number = signal.Signals(number)

    def _give_back(self) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}
