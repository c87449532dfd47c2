"""Taking up an unfinished file: never with other settings, never with wrong rows."""

import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from cornetkit.activations import open_activations
from cornetkit.activations.unfinished import differences
from cornetkit.errors import FileError, InputError


def test_a_file_that_is_taken_up_becomes_the_undisturbed_one(write, path, tmp_path):
    write(path=tmp_path / "undisturbed.nc")
    write(stop=2)
    assert path.with_name("acts.nc.partial").exists()
    write()
    assert path.read_bytes() == (tmp_path / "undisturbed.nc").read_bytes()


def test_a_writer_says_how_far_the_file_is(write, make_writer):
    write(stop=3)
    writer = make_writer()
    assert writer.done == 3
    writer.close()
    assert make_writer().done == 3


def test_a_kill_in_the_middle_loses_nothing_that_was_written(path, tmp_path):
    code = """
import os, signal, sys
import numpy as np
from cornetkit.activations import ActivationWriter, AreaLayout
writer = ActivationWriter(sys.argv[1], [AreaLayout("IT", (0, 1), (50,))], list(range(9)))
values = np.arange(900, dtype="float32").reshape(9, 2, 50)
for begin in range(writer.done, 9, 2):
    if begin == 6 and sys.argv[2] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    writer.write({"IT": values[begin : begin + 2]})
writer.finish()
"""
    killed = subprocess.run([sys.executable, "-c", code, path, "kill"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.with_name("acts.nc.partial.journal").read_text() == "2\n4\n6\n"
    subprocess.run([sys.executable, "-c", code, path, "go on"], check=True)
    whole = tmp_path / "whole.nc"
    subprocess.run([sys.executable, "-c", code, whole, "go on"], check=True)
    assert path.read_bytes() == whole.read_bytes()
    with open_activations(path) as acts:
        np.testing.assert_array_equal(acts["IT"].values.reshape(-1), np.arange(900))


def test_a_line_of_the_journal_that_was_cut_short_does_not_count(write, path, make_writer):
    write(stop=2)
    with path.with_name("acts.nc.partial.journal").open("a") as journal:
        journal.write("4")
    assert make_writer().done == 2


def test_the_journal_of_an_earlier_file_does_not_count_for_a_new_one(write, path, make_writer):
    write(stop=2)
    path.with_name("acts.nc.partial").unlink()
    writer = make_writer()
    assert writer.done == 0
    assert path.with_name("acts.nc.partial.journal").read_text() == ""
    writer.close()
    write(stop=2)
    writer = make_writer(overwrite=True)
    assert writer.done == 0
    assert path.with_name("acts.nc.partial.journal").read_text() == "overwriting\n"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"attrs": {"model": "X", "seed": 4}}, "seed was 3, is 4;"),
        ({"attrs": {"model": "Y", "seed": 4}}, "model was X, is Y, seed was 3, is 4;"),
        ({"attrs": {"batch_size": 8}}, "batch_size was None, is 8"),
        ({"attrs": {"times": [2, 4, 4]}}, r"times was \[2 4 2\], is \[2, 4, 4\]"),
        (
            {"ids": ["a", "b", "é", "c"]},
            "the stimuli or their order of V4 differ .*b, a.*now.*a, b",
        ),
        ({"ids": ["b", "a", "é", "d"]}, "the stimuli or their order"),
        ({"metadata": {}}, "the file held the column 'object_name'"),
        ({"dtype": "float64"}, "dtype was float32, is float64"),
    ],
)
def test_other_settings_are_refused_by_name(write, make_writer, path, changed, message):
    write(stop=2)
    before = path.with_name("acts.nc.partial").read_bytes()
    with pytest.raises(InputError, match="was begun with other settings: .*" + message) as caught:
        make_writer(**changed)
    assert "\n" not in str(caught.value)
    assert path.with_name("acts.nc.partial").read_bytes() == before
    writer = make_writer()  # and the lock is free again
    assert writer.done == 2
    writer.close()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', ["how b was 2, is 3"]),
        ('{"a": 1, "b": 2}', '{"a": 0, "b": 3}', ["how a was 1, is 0", "how b was 2, is 3"]),
        ('{"a": 1, "b": 2}', '{"a": 1}', ["how was a, b, is a"]),
        ('{"a": 1}', "none", ['how was {"a": 1}, is none']),
        ("{a", "{b", ["how was {a, is {b"]),
        ("x" * 80 + "y", "x" * 80 + "z", [f"how was ...{'x' * 10}y, is ...{'x' * 10}z"]),
        ("y" * 80, "z", [f"how was {'y' * 57}..., is z"]),
    ],
)
def test_what_differs_in_a_long_attribute_is_what_is_told(old, new, told):
    assert differences({"how": old}, {"how": new}) == told


def test_other_areas_are_refused_by_name(write, make_writer, layouts):
    write(stop=2)
    with pytest.raises(InputError, match="areas were V4, IT, are IT;"):
        make_writer(layouts=layouts[1:])


def test_other_metadata_values_are_refused(write, make_writer):
    write(stop=2)
    other = {"object_name": np.array(list("wxyz")), "angle": np.array([1.5, 2, np.nan, 4])}
    with pytest.raises(InputError, match="'object_name' of V4 differ"):
        make_writer(metadata=other)


def test_another_version_of_cornetkit_may_go_on(write, make_writer):
    write(stop=2, attrs={"cornetkit_version": "0.1.0"})
    assert make_writer(attrs={"cornetkit_version": "0.2.0"}).done == 2


def test_overwriting_starts_an_unfinished_file_anew(write, make_writer):
    write(stop=2)
    writer = make_writer(attrs={"seed": 9}, overwrite=True)
    assert writer.done == 0
    writer.close()


def test_the_same_overwriting_call_goes_on_and_the_old_file_stays_until_the_end(
    write, make_writer, path, values
):
    write(attrs={"model": "old"})
    old = path.read_bytes()
    write(stop=2, overwrite=True)
    assert path.read_bytes() == old
    writer = make_writer(overwrite=True)
    assert writer.done == 2
    writer.close()
    assert path.read_bytes() == old
    write(overwrite=True)
    assert os.listdir(path.parent) == ["acts.nc"]
    with open_activations(path) as acts:
        assert acts.attrs["model"] == "X"
        np.testing.assert_array_equal(acts["IT"].values, values["IT"])


@pytest.mark.parametrize("changed", [{"attrs": {"seed": 9}}, {"ids": list("bcda")}])
def test_an_overwriting_call_with_other_settings_starts_anew(write, make_writer, changed):
    write(stop=2, overwrite=True)
    writer = make_writer(**changed, overwrite=True)
    assert writer.done == 0
    writer.close()


def test_an_overwriting_call_starts_a_damaged_file_anew(write, make_writer, path):
    write(stop=2, overwrite=True)
    path.with_name("acts.nc.partial").write_bytes(b"not netCDF")
    writer = make_writer(overwrite=True)
    assert writer.done == 0
    writer.close()
    assert os.listdir(path.parent) == []


def test_without_overwrite_a_file_begun_with_it_is_gone_on_with(write, make_writer):
    write(stop=2, overwrite=True)
    writer = make_writer()
    assert writer.done == 2
    writer.close()


def test_a_damaged_unfinished_file_is_named(write, make_writer, path):
    write(stop=2)
    path.with_name("acts.nc.partial").write_bytes(b"not netCDF")
    with pytest.raises(FileError, match=r"acts\.nc\.partial is damaged and cannot be taken up"):
        make_writer()


def test_a_complete_file_under_its_unfinished_name_only_needs_its_name(make_writer, values, path):
    writer = make_writer()
    writer.write(values)
    writer.close()
    writer = make_writer()
    assert writer.done == 4
    writer.finish()
    assert os.listdir(path.parent) == ["acts.nc"]


def test_an_unfinished_file_is_never_read_as_a_whole_one(write, path):
    write(stop=2)
    partial = path.with_name("acts.nc.partial")
    with pytest.raises(FileError, match=r"is an unfinished recording \(2 stimuli so far\)"):
        open_activations(partial)
    shutil.copy(partial, path.with_name("copy.nc"))
    with pytest.raises(FileError, match=r"copy\.nc is an unfinished recording, with zeros"):
        open_activations(path.with_name("copy.nc"))
    write()
    with open_activations(path) as acts:
        assert "complete" not in acts.attrs
