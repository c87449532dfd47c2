"""Figures of commands: checked before any work, and there whole or not at all."""

import pytest
from cornetkit_cli.figures import check_figure, save_figure
from matplotlib.figure import Figure

from cornetkit.errors import CornetkitError


@pytest.mark.parametrize("name", ["f.png", "f.PDF", "a.b.svg"])
def test_a_figure_is_written_as_its_name_says(tmp_path, name):
    check_figure(name)
    save_figure(Figure().subplots(), tmp_path / name)
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[name.lower()[-3:]]
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["f.bmp", "f", ".png"])
def test_other_kinds_are_refused(name):
    with pytest.raises(CornetkitError, match=f"--plot {name}: expected a name that ends in .png"):
        check_figure(name)


def test_a_figure_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "f.png"
    path.write_text("old")

    def fail(*given, **settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(CornetkitError, match=r"cannot write .*No space left on device"):
        save_figure(Figure().subplots(), path)
    assert path.read_text() == "old"


def test_axes_in_an_array_are_those_of_one_figure(tmp_path):
    save_figure(Figure().subplots(1, 2), tmp_path / "two.png")
    assert (tmp_path / "two.png").stat().st_size > 1000
