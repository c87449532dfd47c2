"""`record`, killed at any moment: the same line again gives the undisturbed file."""

import os
import signal

import pytest
from setups import at

# Parts of all bytes that a whole run writes: creation is the first third, then come four batches.
MOMENTS = [(k + 0.5) / 20 for k in range(20)]
FAST = {MOMENTS[3], MOMENTS[10], MOMENTS[17]}

# What the process has just done, or is about to do, when it is killed.
STEPS = {
    "journal made": ("journal.Journal.start", "before", 1),
    "journal emptied": ("journal.Journal.start", "after", 1),
    "file made": ("writer.ActivationWriter._create", "after", 1),
    "third batch on disk, not in the journal": ("journal.Journal.note", "before", 3),
    "third batch in the journal": ("journal.Journal.note", "after", 3),
    "last batch in the journal": ("journal.Journal.note", "after", 4),
    "complete, not named": ("os.replace", "before", 1),
    "named, not cleared up": ("os.replace", "after", 1),
    "cleared up": ("journal.Journal.remove", "after", 1),
}
FAST_STEPS = {"third batch on disk, not in the journal", "named, not cleared up"}


@pytest.mark.parametrize(
    "part", [m if m in FAST else pytest.param(m, marks=pytest.mark.slow) for m in MOMENTS]
)
def test_a_kill_after_any_number_of_bytes_costs_nothing_but_time(
    server, line, out, undisturbed, part
):
    child = server.start(*line(out))
    while child.written() < part * undisturbed.written and child.running():
        pass
    os.kill(child.pid, signal.SIGKILL)
    killed = child.wait()
    if killed.code == 0:  # it was over before the kill came
        assert part > 0.9
    else:
        assert killed.code == -signal.SIGKILL
        assert not out.exists()
        again = server.run(*line(out))
        assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == undisturbed.content
    assert [path.name for path in out.parent.iterdir()] == ["acts.nc"]


@pytest.mark.parametrize(
    "step", [s if s in FAST_STEPS else pytest.param(s, marks=pytest.mark.slow) for s in STEPS]
)
def test_a_kill_between_two_steps_costs_nothing_but_time(server, line, out, undisturbed, step):
    assert server.run(*line(out), setup=at(*STEPS[step])).code == -signal.SIGKILL
    again = server.run(*line(out))
    if step == "cleared up":
        assert "is there already" in again.line
    else:
        assert again.code == 0, again.err
    assert out.read_bytes() == undisturbed.content
    assert [path.name for path in out.parent.iterdir()] == ["acts.nc"]


@pytest.mark.slow
def test_two_kills_cost_nothing_but_time(server, line, out, undisturbed):
    for _ in range(2):
        killed = server.run(*line(out), setup=at("journal.Journal.note", "after", 1))
        assert killed.code == -signal.SIGKILL
    assert out.with_name("acts.nc.partial.journal").read_text() == "2\n4\n"
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


@pytest.mark.parametrize("batches", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_going_on_costs_one_forward_more_than_what_was_missing(server, line, out, batches):
    server.run(*line(out), setup=at("journal.Journal.note", "after", batches))
    count = """
import os, cornetkit.recording.batches as b
forward = b.Batches._forward
def counting(*args):
    print("forward", flush=True)
    forward(*args)
b.Batches._forward = counting
"""
    again = server.run(*line(out), setup=count)
    assert again.code == 0
    assert again.out.split() == ["forward"] * (1 + 4 - batches)
