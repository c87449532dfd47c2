"""record() looks at every image before the first forward, and can crop or leave bad ones out."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from cornetkit.errors import FileError, InputError
from cornetkit.recording import Recorder, record
from cornetkit.stimuli import Transform


@pytest.fixture
def with_bad(images):
    """Seven images, of which im2 and im6 are empty."""
    stimuli = images(7)
    for k in (2, 6):
        stimuli.paths[k].write_bytes(b"")
    return stimuli


def test_a_bad_image_in_the_last_batch_is_found_before_the_first_forward(tiny, with_bad, tmp_path):
    tiny.register_forward_pre_hook(lambda *_: 1 / 0)
    with pytest.raises(FileError, match=r"2 of 7 images cannot be read: .*im2\.png is empty"):
        record(tiny, with_bad, tmp_path / "acts.nc", batch_size=2)
    assert [path.name for path in tmp_path.iterdir()] == ["stim"]


def test_bad_images_are_left_out_and_the_others_keep_their_values(tiny, with_bad, tmp_path, capsys):
    acts = record(tiny, with_bad, tmp_path / "acts.nc", batch_size=2, skip_bad=True)
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("left out")]
    assert said == [
        "left out 2 of 7 images, which cannot be read: im2 is empty (0 bytes), im6 is empty "
        "(0 bytes)"
    ]
    good = with_bad.select([0, 1, 3, 4, 5])
    expected = record(tiny, good, batch_size=2)
    assert acts["late"]["stimulus"].values.tolist() == good.ids
    np.testing.assert_array_equal(acts["late"], expected["late"])
    reasons = {"im2": "is empty (0 bytes)", "im6": "is empty (0 bytes)"}
    assert json.loads(acts.attrs["skipped"]) == reasons
    assert acts.attrs["n_stimuli"] == 5
    assert acts.attrs["stimuli_sha256"] == good.sha256


def test_nothing_is_said_of_them_without_progress(tiny, with_bad, capsys):
    record(tiny, with_bad, skip_bad=True, progress=False)
    assert capsys.readouterr().err == ""


def test_a_batch_is_no_larger_than_what_is_left(tiny, with_bad):
    acts = record(tiny, with_bad, batch_size=7, skip_bad=True)
    assert acts.attrs["batch_size"] == 5


def test_where_none_is_bad_leaving_bad_ones_out_changes_nothing(tiny, images, tmp_path):
    stimuli = images(3)
    for name, skip in (("one.nc", False), ("two.nc", True)):
        record(tiny, stimuli, tmp_path / name, skip_bad=skip).close()
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_the_same_line_returns_a_complete_file_from_which_bad_ones_were_left_out(
    tiny, with_bad, tmp_path
):
    out = tmp_path / "acts.nc"
    record(tiny, with_bad, out, skip_bad=True).close()
    tiny.register_forward_pre_hook(lambda *_: 1 / 0)
    with record(tiny, with_bad, out, skip_bad=True, resume=True) as acts:
        assert len(acts["late"]) == 5


def test_a_crop_is_what_the_model_is_shown(tiny, images):
    stimuli = images(2)
    acts = record(tiny, stimuli, crop=True, batch_size=2)
    assert json.loads(acts.attrs["transform"])["resize"] == "crop"
    shown = torch.from_numpy(Transform(32, resize="crop").batch(list(stimuli)))
    with torch.no_grad(), Recorder(tiny) as recorder:
        tiny(shown)
    expected = recorder.activations()["late"]
    np.testing.assert_allclose(
        acts["late"], expected, rtol=0, atol=1e-5 * float(abs(expected).max())
    )
    assert abs(acts["late"].values - record(tiny, stimuli)["late"].values).max() > 1e-3


def test_a_crop_beside_a_transform_is_refused(tiny, images):
    with pytest.raises(InputError, match="crop=True and a transform were both given; give one"):
        record(tiny, images(1), crop=True, transform=Transform(32))


def test_an_image_too_narrow_to_crop_is_named(tiny, tmp_path):
    Image.new("RGB", (60000, 1)).save(tmp_path / "strip.png")
    with pytest.raises(FileError, match=r"1 of 1 image .*strip\.png is too narrow to crop"):
        record(tiny, tmp_path, tmp_path / "acts.nc", crop=True)


def test_images_too_narrow_to_crop_are_left_out_with_the_bad_ones(tiny, images, tmp_path):
    images(2)
    # A JPEG is checked at an eighth of its size, but cropped from the whole.
    Image.new("RGB", (1, 60000)).save(tmp_path / "stim" / "a.jpg")
    Image.new("RGB", (60000, 1)).save(tmp_path / "stim" / "b.png")
    acts = record(tiny, tmp_path / "stim", crop=True, skip_bad=True, progress=False)
    assert acts["early"]["stimulus"].values.tolist() == ["im0", "im1"]
    skipped = json.loads(acts.attrs["skipped"])
    assert list(skipped) == ["a", "b"]
    assert all(reason.startswith("is too narrow to crop: ") for reason in skipped.values())
    assert record(tiny, tmp_path / "stim", progress=False)["early"].sizes["stimulus"] == 4
