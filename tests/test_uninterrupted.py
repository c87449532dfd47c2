"""Work that an interruption of the main thread must not end, nor leave running behind."""

import signal
import threading

import pytest

from cornetkit.uninterrupted import uninterrupted


class Stop(BaseException):
    pass


@pytest.fixture
def stops():
    """While it lasts SIGTERM raises `Stop` in the main thread."""

    def stop(number, frame):
        raise Stop

    before = signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


def test_what_is_returned_or_raised_comes_out():
    assert uninterrupted(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        uninterrupted(divmod, 7, 0)


def test_the_work_is_over_when_an_interruption_goes_on(stops):
    steps = []

    def work():
        signal.raise_signal(signal.SIGTERM)
        threading.Event().wait(0.05)
        signal.raise_signal(signal.SIGTERM)  # pressed again
        threading.Event().wait(0.05)
        steps.append("over")

    with pytest.raises(Stop):
        uninterrupted(work)
    assert steps == ["over"]


def test_an_interruption_before_the_thread_is_there_leaves_nothing_to_run(monkeypatch):
    threads, steps = [], []

    def interrupted(thread):
        threads.append(thread)
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(Stop):
            uninterrupted(steps.append, "begun")
    threads[0].start()
    threads[0].join()
    assert steps == []


def test_an_interruption_when_the_thread_has_just_begun_waits_for_its_end(monkeypatch):
    start, steps = threading.Thread.start, []
    begun, go_on = threading.Event(), threading.Event()

    def interrupted(thread):
        start(thread)
        begun.wait()
        monkeypatch.undo()
        threading.Timer(0.05, go_on.set).start()
        raise Stop

    def work():
        begun.set()
        go_on.wait()
        steps.append("over")

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(Stop):
        uninterrupted(work)
    assert steps == ["over"]
