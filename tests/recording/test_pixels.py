"""Pixels as activations."""

import numpy as np
import pytest
from PIL import Image

from cornetkit.errors import FileError, InputError
from cornetkit.recording import pixels
from cornetkit.stimuli import ImageSet


def test_they_are_what_pillow_makes_of_each_image(images):
    stimuli = images(3)
    array = pixels(stimuli, size=8)["pixels"]
    assert array.dims == ("stimulus", "time", "unit")
    assert array.shape == (3, 1, 64)
    for name, path in zip(stimuli.ids, stimuli.paths, strict=True):
        with Image.open(path) as image:
            grey = image.convert("RGB").convert("L").resize((8, 8), Image.Resampling.BILINEAR)
        found = array.sel(stimulus=name).values.reshape(8, 8)
        np.testing.assert_array_equal(found, np.asarray(grey, dtype=np.float32))


def test_they_are_labelled_like_any_area(images):
    stimuli = images(2)
    acts = pixels(stimuli)
    array = acts["pixels"]
    assert list(acts) == ["pixels"]
    assert array["driven"].values.tolist() == [True]
    assert array["channel"].values.tolist() == [0] * 256
    assert array["x"].values[:17].tolist() == [*range(16), 0]
    assert acts.attrs["model"] == "pixels"
    assert acts.attrs["size"] == 16
    assert acts.attrs["stimuli_sha256"] == stimuli.sha256


def test_a_path_is_loaded_and_metadata_goes_along(images, tmp_path):
    images(2)
    table = tmp_path / "stimuli.csv"
    table.write_text("stimulus_id,filename,kind\na,stim/im0.png,car\nb,stim/im1.png,face\n")
    assert pixels(table)["pixels"]["kind"].values.tolist() == ["car", "face"]
    assert pixels(tmp_path / "stim")["pixels"]["stimulus"].values.tolist() == ["im0", "im1"]


def test_wrong_sizes_and_no_images_are_refused(images):
    with pytest.raises(InputError, match="size must be at least 1 pixel, not 0"):
        pixels(images(1), size=0)
    with pytest.raises(InputError, match="no images"):
        pixels(ImageSet([], []))


def test_a_damaged_image_is_named(images):
    stimuli = images(2)
    stimuli.paths[1].write_bytes(b"")
    with pytest.raises(FileError, match=r"im1\.png is empty"):
        pixels(stimuli)
