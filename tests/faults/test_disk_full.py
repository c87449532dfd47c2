"""A full disk: one line, what was written stays, and the same line completes it with more room."""

import pytest
from setups import ENDLESS_DISK, at

ROW = 4 * 25_088  # bytes of one image's IT, the last area in the file
SLOW = pytest.mark.slow


def limit(size: int) -> str:
    """Let no file of the process grow beyond a size, as a quota would (SIGXFSZ is ignored)."""
    return f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, -1))"


def names(out):
    return sorted(path.name for path in out.parent.iterdir())


@pytest.mark.parametrize("whole_end", [False, pytest.param(True, marks=SLOW)])
def test_a_disk_that_fills_keeps_what_is_written(server, line, out, undisturbed, whole_end):
    room = len(undisturbed.content) - 3 * ROW  # for the first four images
    setup = at("journal.Journal.note", "after", 2, limit(room))
    full = server.run(*line(out), setup=setup, whole_end=whole_end)
    assert full.code == 1
    assert "acts.nc.partial failed after 4 of 7 stimuli: " in full.line
    assert "the disk is probably full; mend that and give the same command again: it goes on" in (
        full.line
    )
    assert names(out) == ["acts.nc.partial", "acts.nc.partial.journal"]
    still_full = server.run(*line(out), setup=at("os.path.samestat", "before", 1, limit(room)))
    assert (still_full.code, still_full.line) == (1, full.line)
    again = server.run(*line(out))
    assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == undisturbed.content


def test_a_disk_that_fills_with_the_journal_costs_one_batch(server, line, out, undisturbed):
    journal = out.with_name("acts.nc.partial.journal")
    setup = at("journal.Journal.note", "before", 2, limit(3))
    setup += at("writer.ActivationWriter.close", "before", 1, limit(-1))  # for the line on stderr
    full = server.run(*line(out), setup=setup)
    assert full.code == 1
    assert "failed after 2 of 7 stimuli: No space left on device; mend that" in full.line
    assert journal.read_text() == "2\n4"
    # The half line must not become a part of the next one: 44 of 7.
    killed = server.run(*line(out), setup=at("journal.Journal.note", "after", 1))
    assert killed.code == -9
    assert journal.read_text() == "2\n4\n"
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


@pytest.mark.parametrize(
    "room",
    [2_000, *(pytest.param(x, marks=SLOW) for x in (300_000, 5_000_000, 10_000_000))],
)
def test_a_disk_that_is_full_at_the_creation_leaves_nothing(server, line, out, undisturbed, room):
    full = server.run(*line(out), setup=f"import resource\n{limit(room)}", whole_end=room == 10**7)
    assert full.code == 1
    assert full.line.startswith(f"Error: cannot write {out}: ")
    assert "the disk is probably full" in full.line
    assert names(out) == []
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


@SLOW
@pytest.mark.parametrize(("size", "done"), [("12m", 4), ("8m", 0), ("2m", None)])
def test_a_real_disk_that_is_full(server, line, out, undisturbed, mount, size, done):
    mount(size)
    refused = server.run(*line(out))
    assert refused.code == 1
    assert "would take 16.6 MB, but" in refused.line
    assert names(out) == []
    full = server.run(*line(out), setup=ENDLESS_DISK, whole_end=True)
    assert full.code == 1
    assert ("cannot write" if done is None else f"after {done} of 7 stimuli: ") in full.line
    assert names(out) == (["acts.nc.partial", "acts.nc.partial.journal"] if done else [])
    mount("40m")
    again = server.run(*line(out))
    assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == undisturbed.content
