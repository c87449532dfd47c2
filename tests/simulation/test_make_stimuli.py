"""Drawn stimuli."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import cornetkit as ck
from cornetkit.errors import FileError, InputError
from cornetkit.simulation import OBJECTS, make_stimuli


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return make_stimuli(tmp_path_factory.mktemp("stim"), 24, size=32)


def contents(table):
    return {p.name: p.read_bytes() for p in sorted((table.parent / "images").iterdir())}


def test_the_same_seed_gives_the_same_bytes(table, tmp_path):
    again = make_stimuli(tmp_path, 24, size=32)
    assert contents(again) == contents(table)
    assert again.read_bytes() == table.read_bytes()


def test_another_seed_gives_other_images(table, tmp_path):
    other = make_stimuli(tmp_path, 24, size=32, rng=1)
    assert all(
        a != b for a, b in zip(contents(table).values(), contents(other).values(), strict=True)
    )


def test_no_two_images_are_alike(table):
    assert len(set(contents(table).values())) == 24


def test_objects_take_turns(table):
    counts = pd.read_csv(table)["object_name"].value_counts()
    assert set(counts.index) == set(OBJECTS)
    assert (counts == 3).all()


def test_images_are_rgb_of_the_size_asked_for(table):
    for path in (table.parent / "images").iterdir():
        with Image.open(path) as image:
            assert (image.mode, image.size) == ("RGB", (32, 32))
            assert np.asarray(image).std() > 5


def test_the_table_loads_as_stimuli_with_metadata(table):
    stimuli = ck.load_stimuli(table)
    rows = pd.read_csv(table)
    assert len(stimuli) == 24
    assert set(stimuli.ids) == set(rows["stimulus_id"])
    assert stimuli.metadata["object_name"].tolist() == [name.split("_")[0] for name in stimuli.ids]


def test_objects_stay_inside_the_image(table):
    rows = pd.read_csv(table)
    for axis in ("position_x", "position_y"):
        assert (rows[axis] - rows["size"] >= 0).all()
        assert (rows[axis] + rows["size"] <= 1).all()


@pytest.mark.parametrize("settings", [{"n_stimuli": 0}, {"size": 8}], ids=str)
def test_nothing_to_draw(tmp_path, settings):
    with pytest.raises(InputError, match="at least 1 of 16"):
        make_stimuli(tmp_path, **settings)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="cannot make the folder"):
        make_stimuli(tmp_path / "file", 8, size=16)
