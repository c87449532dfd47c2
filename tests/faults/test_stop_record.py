"""Ctrl-C and a polite kill: one line, the usual exit code, and the same line goes on."""

import os
import signal

import pytest
from setups import at

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
SLOW = pytest.mark.slow
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
BOTH = pytest.mark.parametrize("number", list(CODES), ids=["SIGINT", "SIGTERM"])
NOTHING = " before the first of 7 images was written; give the same command again"
PART = " after {} of 7 images, which are kept: the recording goes on from there; give the same "
PART += "command again"

# What the process is about to do, or has done, when the signal comes; the images then on disk.
STEPS = {
    "first batch computed": ("batches.Batches._forward", "after", 1, 0),
    "file half made": ("writer.ActivationWriter._create", "before", 1, 0),
    "first batch in the journal": ("journal.Journal.note", "after", 1, 2),
    "third batch on disk, not in the journal": ("journal.Journal.note", "before", 3, 4),
    "third batch begun": ("batches.Batches._forward", "before", 3, 4),
    "complete, not named": ("os.replace", "before", 1, 7),
    "named, not cleared up": ("os.replace", "after", 1, 7),
}


# Each signal at one step in the fast suite.
FAST = {("third batch begun", signal.SIGINT), ("complete, not named", signal.SIGTERM)}
ALL = [
    pytest.param(step, number, marks=[] if (step, number) in FAST else [SLOW])
    for step in STEPS
    for number in CODES
]


@pytest.mark.parametrize(("step", "number"), ALL)
def test_a_signal_at_any_step_is_one_line_and_costs_nothing_but_time(
    server, line, out, undisturbed, number, step
):
    what, when, count, done = STEPS[step]
    action = f"signal.raise_signal({int(number)})"
    stopped = server.run(*line(out), setup=at(what, when, count, action))
    said = PART.format(done) if done else NOTHING
    if step == "named, not cleared up":
        said = f"; {out} is complete"
    assert stopped.line == WORDS[number] + said
    assert stopped.code == CODES[number]
    left = sorted(path.name for path in out.parent.iterdir())
    first = "acts.nc" if step == "named, not cleared up" else "acts.nc.partial"
    assert left == ([first, "acts.nc.partial.journal"] if done else [])
    again = server.run(*line(out))
    assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == undisturbed.content
    assert [path.name for path in out.parent.iterdir()] == ["acts.nc"]


@BOTH
@pytest.mark.parametrize(
    "part", [0.6, pytest.param(0.2, marks=SLOW), pytest.param(0.9, marks=SLOW)]
)
def test_a_signal_from_outside_is_one_line_and_costs_nothing_but_time(
    server, line, out, undisturbed, number, part
):
    child = server.start(*line(out), whole_end=part == 0.9)
    while child.written() < part * undisturbed.written and child.running():
        pass
    os.kill(child.pid, number)
    stopped = child.wait()
    if stopped.code != 0:  # 0: it was over before the signal came
        assert stopped.code == CODES[number]
        assert stopped.line.startswith(WORDS[number])
        journal = out.with_name("acts.nc.partial.journal")
        done = journal.read_text().split()[-1] if journal.exists() else ""
        if out.exists():
            assert stopped.line == f"{WORDS[number]}; {out} is complete"
            assert out.read_bytes() == undisturbed.content
            return
        assert (f"after {done} of 7 images" if done else "before the first of") in stopped.line
        again = server.run(*line(out))
        assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == undisturbed.content


@BOTH
def test_a_signal_while_the_file_is_made_does_not_leave_a_lock_taken(
    server, line, out, undisturbed, number
):
    # After the write of an array Python looks for signals first where xarray gives back its lock.
    action = f"signal.raise_signal({int(number)})"
    stopped = server.run(*line(out), setup=at("locks.CombinedLock.release", "before", 9, action))
    assert (stopped.line, stopped.code) == (WORDS[number] + NOTHING, CODES[number])
    assert list(out.parent.iterdir()) == []
    killed = server.run(*line(out), setup=at("journal.Journal.note", "after", 2))
    assert killed.code == -signal.SIGKILL
    stopped = server.run(*line(out), setup=at("locks.CombinedLock.release", "before", 2, action))
    assert (stopped.line, stopped.code) == (WORDS[number] + PART.format(4), CODES[number])
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


def test_a_signal_when_the_file_is_complete_says_so(server, line, out, undisturbed):
    finished = at("writer.ActivationWriter.finish", "after", 1, "signal.raise_signal(2)")
    stopped = server.run(*line(out), setup=finished)
    assert (stopped.line, stopped.code) == (f"interrupted; {out} is complete", 130)
    assert out.read_bytes() == undisturbed.content
    assert [path.name for path in out.parent.iterdir()] == ["acts.nc"]
    looking = at("cornetkit.recording.record._as_it_is", "before", 1, "signal.raise_signal(2)")
    looking = looking.replace("cornetkit.recording.record._", "sys.modules[R]._")
    looking = f"import sys\nR = 'cornetkit.recording.record'\n{looking}"
    stopped = server.run(*line(out, "--resume"), setup=looking)
    assert (stopped.line, stopped.code) == (f"interrupted; {out} is complete", 130)


def test_the_same_overwriting_line_goes_on_and_keeps_the_old_file_until_then(
    server, line, out, undisturbed
):
    assert server.run(*line(out, "--seed", 1)).code == 0
    old = out.read_bytes()
    same = line(out, "--overwrite")
    stop = at("journal.Journal.note", "after", 2, "signal.raise_signal(2)")
    stopped = server.run(*same, setup=stop)
    assert (stopped.line, stopped.code) == ("interrupted" + PART.format(4), 130)
    assert out.read_bytes() == old
    count = at("journal.Journal.note", "before", 1, "print(args[1], flush=True)")
    again = server.run(*same, setup=count)
    assert (again.code, again.err, again.out) == (0, "", "6\n")
    assert out.read_bytes() == undisturbed.content


@pytest.mark.parametrize("when", ["before", "after"])
def test_ctrl_c_while_the_thread_that_makes_the_file_is_started_leaves_nothing(
    server, line, out, when
):
    setup = at("writer.ActivationWriter._create", "before", 1, "time.sleep(0.3)")
    setup += f"""
import threading
from cornetkit import uninterrupted as u
class Thread(threading.Thread):
    def start(self):
        {"super().start()" if when == "after" else "pass"}
        signal.raise_signal(2)
u.threading = type("threading", (), dict(vars(threading), Thread=Thread))
"""
    stopped = server.run(*line(out), setup=setup)
    assert (stopped.line, stopped.code) == ("interrupted" + NOTHING, 130)
    assert list(out.parent.iterdir()) == []


def test_ctrl_c_pressed_again_while_python_ends_prints_nothing_more(server, line, out):
    again = "import atexit, signal\natexit.register(signal.raise_signal, 2)\n"
    again += at("cornetkit.load_model", "before", 1, "signal.raise_signal(2)")
    stopped = server.run(*line(out), setup=again, whole_end=True)
    assert (stopped.line, stopped.code) == ("interrupted; give the same command again", 130)


@BOTH
def test_a_signal_before_the_recording_is_one_line(server, line, out, number):
    action = f"signal.raise_signal({int(number)})"
    stopped = server.run(*line(out), setup=at("cornetkit.load_model", "before", 1, action))
    assert stopped.line == f"{WORDS[number]}; give the same command again"
    assert stopped.code == CODES[number]
    assert list(out.parent.iterdir()) == []


def test_what_an_interrupted_import_raises_instead_counts_as_the_interruption(server, line, out):
    action = """
            try:
                signal.raise_signal(2)
            except BaseException:
                raise ImportError("numpy._core.multiarray failed to import")
"""
    stopped = server.run(*line(out), setup=at("cornetkit.load_model", "before", 1, action))
    assert (stopped.line, stopped.code) == ("interrupted; give the same command again", 130)


def test_ctrl_c_pressed_again_during_the_clearing_up_is_still_one_line(
    server, line, out, undisturbed
):
    action = "signal.raise_signal(2)"
    twice = at("journal.Journal.note", "after", 2, action)
    twice += at("writer.ActivationWriter.close", "before", 1, action)
    stopped = server.run(*line(out), setup=twice)
    assert (stopped.line, stopped.code) == ("interrupted" + PART.format(4), 130)
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


def test_a_command_started_deaf_to_ctrl_c_stays_so(server, line, out, undisturbed):
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    deaf += at("journal.Journal.note", "after", 2, "signal.raise_signal(2)")
    assert server.run(*line(out), setup=deaf).code == 0
    assert out.read_bytes() == undisturbed.content


@SLOW  # the whole end of an interpreter
def test_the_handlers_are_as_before_when_the_command_is_over(server, line, out):
    before = """
import atexit, signal
atexit.register(lambda: print(signal.getsignal(15) == 0, signal.getsignal(2)))
"""
    ended = server.run(*line(out), setup=before, whole_end=True)
    assert ended.out.startswith("True <built-in function default_int_handler>")
