"""Whether a file can be read: asked before anything is opened."""

import os
from pathlib import Path

import pytest

from cornetkit.errors import FileError, WeightsError
from cornetkit.inputs import check_input, is_file, look

LONG = "a" * 300


@pytest.fixture
def pipe(tmp_path):
    """A named pipe that nobody writes to: opening it would wait for ever."""
    path = tmp_path / "pipe.nc"
    os.mkfifo(path)
    return path


def test_a_file_that_can_be_read_passes(tmp_path):
    (tmp_path / "a.nc").write_bytes(b"")
    check_input(tmp_path / "a.nc", "file")
    (tmp_path / "link").symlink_to("a.nc")
    check_input(tmp_path / "link", "file")


def test_what_is_not_there_is_named_with_what_was_expected(tmp_path):
    with pytest.raises(FileError, match=r"^no score file .*a\.nc; expected a score file$"):
        check_input(tmp_path / "a.nc", "score file")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileError, match=r"^no score file .*loop, make one$"):
        check_input(tmp_path / "loop", "score file", missing=lambda: ", make one")


def test_a_folder_a_pipe_and_a_device_are_no_files(tmp_path, pipe):
    with pytest.raises(FileError, match="is a folder; expected a file"):
        check_input(tmp_path, "file")
    with pytest.raises(FileError, match=r"pipe\.nc is a pipe and no file; give .nc: save it as a"):
        check_input(pipe, "file", expected="give .nc")
    with pytest.raises(FileError, match="is a device and no file"):
        check_input(Path(os.devnull), "file")


def test_the_error_is_of_the_kind_that_is_asked_for(tmp_path, pipe):
    for path in (tmp_path, pipe, tmp_path / "none", tmp_path / LONG):
        with pytest.raises(WeightsError):
            check_input(path, "weights file", error=WeightsError)


@pytest.mark.parametrize("name", [LONG, "ä" * 150, f"{LONG}/a.nc", "a/" * 3000])
def test_a_name_that_no_file_can_have_is_told_in_a_short_line(tmp_path, name):
    with pytest.raises(FileError, match=r"no file can be called .* is too long") as caught:
        look(tmp_path / name)
    assert len(str(caught.value)) < 200
    assert not is_file(tmp_path / name)


def test_only_a_regular_file_is_a_file(tmp_path, pipe):
    (tmp_path / "a").write_bytes(b"")
    found = {path: is_file(path) for path in (tmp_path / "a", tmp_path, pipe, tmp_path / "b")}
    assert list(found.values()) == [True, False, False, False]
    assert not is_file(tmp_path / "null\0character")


def test_a_missing_file_is_told_from_one_of_a_like_name_and_from_a_missing_folder(tmp_path):
    (tmp_path / "acts.nc").touch()
    with pytest.raises(FileError, match=r"no file \S+act\.nc \(did you mean 'acts\.nc'\?\); exp"):
        check_input(tmp_path / "act.nc", "file")
    with pytest.raises(FileError, match=r"no file \S+xyz\.bin; expected"):
        check_input(tmp_path / "xyz.bin", "file")
    with pytest.raises(FileError, match=r"a\.nc \(there is no folder \S+nowhere\); expected"):
        check_input(tmp_path / "nowhere" / "a.nc", "file")
