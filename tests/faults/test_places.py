"""Places that cannot be written to, or go away: one line each."""

import os
import tempfile
from pathlib import Path

import pytest
from setups import at


@pytest.fixture
def place():
    """A folder that every user may enter and only its owner may write to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "locked").mkdir()
        (folder / "locked").chmod(0o555)
        (folder / "closed").mkdir()
        (folder / "closed").chmod(0o000)
        folder.chmod(0o755)
        yield folder
        (folder / "closed").chmod(0o700)


def nobody(*images: Path) -> str:
    """Become a user that owns nothing, if this one may write everywhere; let it read the images."""
    for folder in images:
        for parent in [folder, *folder.parents][:4]:
            if parent.stat().st_uid == os.geteuid() and parent != Path(tempfile.gettempdir()):
                parent.chmod(parent.stat().st_mode | 0o055)
        for image in folder.iterdir():
            image.chmod(0o644)
    return "import os\nos.setuid(65534)" if os.geteuid() == 0 else ""


def test_a_folder_without_permission_is_refused(server, line, stimuli, place):
    refused = server.run(*line(place / "locked" / "acts.nc"), setup=nobody(stimuli))
    assert refused.code == 1
    assert f"no permission to write into {place / 'locked'}; give another place" in refused.line


def test_a_folder_that_may_not_be_entered_is_refused(server, line, stimuli, place):
    refused = server.run(*line(place / "closed" / "acts.nc"), setup=nobody(stimuli))
    assert refused.code == 1
    assert refused.line.startswith("Error: ")
    assert "ermission" in refused.line
    deeper = server.run(*line(place / "closed" / "in" / "acts.nc"), setup=nobody(stimuli))
    assert "Permission denied; give another place" in deeper.line


def test_permission_that_is_lost_at_the_end_costs_only_the_name(
    server, line, stimuli, place, undisturbed
):
    out = place / "own" / "acts.nc"
    out.parent.mkdir()
    out.parent.chmod(0o777)
    lost = "pathlib.Path(args[1]).parent.chmod(0o555) if os.geteuid() else os.setuid(65534)"
    if os.geteuid() == 0:
        lost = f"os.chmod({str(out.parent)!r}, 0o555); os.setuid(65534)"
    refused = server.run(*line(out), setup=at("os.replace", "before", 1, lost))
    assert refused.code == 1
    assert "failed after 7 of 7 stimuli: Permission denied; mend that" in refused.line
    out.parent.chmod(0o777)
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


@pytest.mark.parametrize(
    ("step", "done"),
    [
        (("writer.ActivationWriter.write", "before", 3), 4),
        (("batches.Batches._forward", "after", 3), 4),
        (("os.replace", "before", 1), 7),
    ],
)
def test_a_folder_that_vanishes_midway_is_said_at_once(server, line, out, undisturbed, step, done):
    action = f"shutil.rmtree({str(out.parent)!r})"
    gone = server.run(*line(out), setup=at(*step, action))
    assert gone.code == 1
    assert "acts.nc.partial has gone while it was being written, after" in gone.line
    assert f"after {done} of 7 stimuli" in gone.line
    out.parent.mkdir()
    assert server.run(*line(out)).code == 0
    assert out.read_bytes() == undisturbed.content


def test_a_folder_that_vanishes_before_the_first_batch_is_said(server, line, out):
    action = f"shutil.rmtree({str(out.parent)!r})"
    gone = server.run(*line(out), setup=at("batches.Batches._forward", "after", 1, action))
    assert gone.code == 1
    assert f"the folder {out.parent} of the output acts.nc does not exist" in gone.line


def test_a_name_is_refused_only_where_what_is_needed_on_the_way_is_too_long(server, line, out):
    longest = os.pathconf(out.parent, "PC_NAME_MAX") - len(".partial.journal")
    kept = out.with_name("é" + "x" * (longest - 2))
    assert server.run(*line(kept)).code == 0
    for more in (1, 100, 10_000):
        refused = server.run(*line(out.with_name("é" + "x" * (longest - 2 + more))))
        assert refused.code == 1
        assert f"bytes long; give one of at most {longest}" in refused.line
    assert [path.name for path in out.parent.iterdir()] == [kept.name]


def test_a_path_that_is_too_long_is_refused(server, line, out):
    refused = server.run(*line(out.parent / "/".join(["x" * 100] * 60) / "acts.nc"))
    assert refused.code == 1
    assert "File name too long; give another place" in refused.line


def test_a_file_in_place_of_the_folder_is_refused(server, line, out):
    out.write_text("a file")
    refused = server.run(*line(out / "more.nc"))
    assert refused.code == 1
    assert f"{out} is a file and holds no more.nc; give another place" in refused.line
    assert server.run(*line(out / "a" / "b.nc")).code == 1


def test_what_is_no_file_is_not_replaced(server, line, out):
    os.mkfifo(out)
    refused = server.run(*line(out, "--overwrite"))
    assert refused.code == 1
    assert f"{out} is not a file that can be replaced; give another name" in refused.line


def test_stimuli_that_vanish_midway_are_named_and_what_is_written_stays(
    server, line, stimuli, tmp_path, out, undisturbed
):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(stimuli, copy)
    arguments = line(out, "--images", copy)
    action = f"shutil.rmtree({str(copy)!r})"
    gone = server.run(*arguments, setup=at("writer.ActivationWriter.write", "after", 1, action))
    assert gone.code == 1
    assert ".png" in gone.line
    shutil.copytree(stimuli, copy)
    again = server.run(*arguments)
    assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == undisturbed.content
