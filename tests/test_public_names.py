"""The public names."""

import importlib
import inspect
from pathlib import Path

import pytest

import cornetkit as ck

ROOMS = sorted(
    path.name
    for path in Path(ck.__file__).parent.iterdir()
    if path.is_dir() and (path / "__init__.py").exists()
)


@pytest.mark.parametrize("name", ck.__all__)
def test_every_public_name_is_there(name):
    assert getattr(ck, name) is not None
    assert name in dir(ck)


@pytest.mark.parametrize("name", [n for n in ck.__all__ if n != "__version__"])
def test_every_public_name_is_public_in_its_room(name):
    room = importlib.import_module(f"cornetkit.{ck._HOMES[name]}")
    assert getattr(ck, name) is getattr(room, name)
    if hasattr(room, "__all__"):
        assert name in room.__all__


def test_names_are_listed_once():
    assert len(set(ck.__all__)) == len(ck.__all__)


def test_no_room_has_the_name_of_a_public_function():
    functions = set(ck.__all__)
    assert {"models", "predictivity", "similarity"} <= set(ROOMS)
    for room in ROOMS:
        functions |= set(getattr(importlib.import_module(f"cornetkit.{room}"), "__all__", []))
    assert functions.isdisjoint(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_resolves(room):
    module = importlib.import_module(f"cornetkit.{room}")
    names = getattr(module, "__all__", [])
    # Kernels are imported from their files.
    assert bool(names) == (room != "kernels")
    for name in names:
        assert getattr(module, name) is not None


def test_whatever_saves_opens_or_lists_results_is_public():
    """save_*, open_* and *_table of every room are names of cornetkit itself."""
    found = {
        name
        for room in ROOMS
        for name in getattr(importlib.import_module(f"cornetkit.{room}"), "__all__", [])
        if name.startswith(("save_", "open_")) or name.endswith("_table")
    }
    assert {"save_scores", "open_ceiling", "rsa_table"} <= found
    assert found <= set(ck.__all__)


def test_whatever_is_saved_can_be_opened():
    saved = {name.removeprefix("save_") for name in ck.__all__ if name.startswith("save_")}
    opened = {name.removeprefix("open_") for name in ck.__all__ if name.startswith("open_")}
    assert saved
    assert saved <= opened


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'cornetkit' has no attribute 'predikt'"):
        _ = ck.predikt
    with pytest.raises(ImportError):
        from cornetkit import predikt  # noqa: F401


def test_a_name_is_loaded_once():
    assert ck.predict is ck.predict
    assert "predict" in vars(ck)


@pytest.mark.parametrize("name", [n for n in ck.__all__ if n != "__version__"])
def test_every_public_name_is_documented(name):
    assert inspect.getdoc(getattr(ck, name))


def test_the_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert ck.__version__ == version("cornetkit")
