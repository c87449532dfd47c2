"""Whether a result can be put somewhere, and never in place of what it is made from."""

from pathlib import Path

import pytest

from cornetkit.errors import FileError
from cornetkit.outputs import check_output, journal_of, partial_of


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "it.nc"
    path.write_bytes(b"recordings")
    return path


def refusal(path, **inputs):
    with pytest.raises(FileError) as caught:
        check_output(path, overwrite=True, inputs=inputs, name="--out")
    return str(caught.value)


def test_an_input_is_not_replaced_under_any_of_its_names(source, tmp_path, monkeypatch):
    (tmp_path / "hard.nc").hardlink_to(source)
    (tmp_path / "soft.nc").symlink_to(source)
    (tmp_path / "folder").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = ["it.nc", "./it.nc", "hard.nc", "soft.nc", "folder/it.nc", str(source)]
    for name in names:
        assert refusal(Path(name), neural=source) == (
            f"--out {Path(name)} is also neural; give another name"
        )


def test_an_input_is_told_before_overwriting_is_advised(source):
    with pytest.raises(FileError, match="is also --neural"):
        check_output(source, overwrite=False, inputs={"--neural": str(source)})


def test_one_of_several_inputs_is_found(source, tmp_path):
    others = [tmp_path / "a.nc", str(source)]
    assert "is also acts" in refusal(source, neural=None, acts=others)


def test_two_outputs_of_one_name_are_refused_before_either_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "is also plot" in refusal(Path("a.png"), plot=str(tmp_path / "a.png"))


@pytest.mark.parametrize("of", [partial_of, journal_of])
def test_an_input_that_has_the_temporary_name_is_not_written_over(of, tmp_path):
    out = tmp_path / "a.nc"
    source = of(out)
    source.write_bytes(b"recordings")
    assert f"is written as {source.name} at first, which is also neural" in refusal(
        out, neural=source
    )


def test_other_files_do_not_matter(source, tmp_path):
    inputs = {"neural": source, "acts": [tmp_path / "none.nc"], "images": None}
    check_output(tmp_path / "out.nc", overwrite=False, inputs=inputs)


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_name_that_is_none_is_a_folder(name):
    for function in (partial_of, journal_of, lambda path: check_output(path, overwrite=True)):
        with pytest.raises(FileError, match="is a folder; give a file name in it, such as"):
            function(Path(name))
