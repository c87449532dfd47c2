"""What is said of how far a recording is, where there is no terminal."""

import pytest

from cornetkit.recording import record
from cornetkit.recording.progress import Lines, duration


def _lines(total, batches, seconds_a_batch, done=0, size=10):
    now, said = [0.0], []
    lines = Lines(total, done, clock=lambda: now[0], write=said.append)
    for _ in range(batches):
        now[0] += seconds_a_batch
        lines.update(size)
    return said


def test_the_first_line_comes_after_three_batches():
    assert _lines(1000, 2, 5) == []
    assert _lines(1000, 3, 5) == ["30 of 1,000 images, 2 images/s, about 8 min left"]


def test_then_a_line_a_minute_at_most():
    said = _lines(1000, 40, 5)
    assert [line.split()[0] for line in said] == ["30", "150", "270", "390"]
    assert [line.split()[0] for line in _lines(1000, 6, 100)] == ["30", "40", "50", "60"]


def test_the_rate_is_that_of_this_run():
    assert _lines(1000, 3, 5, done=900) == ["930 of 1,000 images, 2 images/s, about 35 s left"]


def test_the_end_needs_no_line():
    assert _lines(30, 3, 5) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 1 s"),
        (89, "about 89 s"),
        (90, "about 2 min"),
        (5370, "about 90 min".replace("90 min", "1 h 30 min")),
        (7800, "about 2 h 10 min"),
    ],
)
def test_durations_are_said_as_a_person_would(seconds, words):
    assert duration(seconds) == words


def test_a_log_gets_what_it_takes_and_lines_but_no_bar(tiny, images, tmp_path, capsys):
    record(tiny, images(5), tmp_path / "acts.nc", batch_size=1, units=300, progress=True)
    said = capsys.readouterr().err
    assert "\r" not in said
    first, second, third = said.splitlines()
    assert "acts.nc: " in first
    assert "on disk, peak memory about" in first
    assert second == "fewer than 300 units, all recorded: early (256), late (256)"
    assert third.startswith("4 of 5 images, ")  # the first batch is written before the counting


def test_without_a_file_the_memory_is_said(tiny, images, capsys):
    record(tiny, images(2), progress=True)
    assert capsys.readouterr().err.startswith("peak memory about ")


@pytest.mark.parametrize("progress", [None, False])
def test_nothing_is_said_in_a_log_unless_asked_for(tiny, images, tmp_path, capsys, progress):
    record(tiny, images(5), tmp_path / "acts.nc", batch_size=1, progress=progress)
    assert capsys.readouterr().err == ""
