"""Work on a file that Ctrl-C must not end in its midst."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def uninterrupted(
    function: Callable[_Arguments, _Result],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> _Result:
    """Call a function that an interruption must not end in its midst, and return what it returns.

    xarray gives back its lock on a file in more than one step: an interruption between them, where
    it comes after any longer write, leaves the lock taken, and closing the file waits for ever.
    Interruptions are raised in the main thread only, so the work is done in another one. It is
    over, or has not begun and never will, when the interruption goes on from here: also one that
    comes while that thread is being started, of which an executor would know nothing yet.
    """
    turn = threading.Lock()
    over = threading.Event()
    outcome: Future[_Result] = Future()

    def work() -> None:
        if not turn.acquire(blocking=False):
            return  # whoever asked for it has gone
        try:
            outcome.set_result(function(*arguments, **named))
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            over.set()

    try:
        threading.Thread(target=work).start()
        return outcome.result()
    finally:
        if not turn.acquire(blocking=False):
            while not over.is_set():
                with contextlib.suppress(BaseException):  # Ctrl-C again, with one on its way
                    over.wait()
