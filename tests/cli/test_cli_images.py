"""`cornetkit record`: odd and bad images, --skip-bad and --crop."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

import cornetkit as ck


@pytest.fixture
def stim(images, tmp_path):
    """A folder of four good images."""
    folder = tmp_path / "stim"
    folder.mkdir()
    for k in range(4):
        shutil.copy(images / f"im{k}.png", folder)
    return folder


@pytest.fixture
def record(run, stim, tmp_path):
    """Return a function that records IT of an untrained Z for the folder, with more options."""

    def call(*options):
        fixed = ("--model", "Z", "--areas", "IT", "--weights", "random", "--out", tmp_path / "a.nc")
        return run("record", *fixed, "--images", stim, *options)

    return call


def make_empty(folder):
    (folder / "bad.png").touch()


def make_text(folder):
    (folder / "bad.png").write_text("<html>404</html>")


def make_short(folder):
    content = (folder / "im0.png").read_bytes()
    (folder / "bad.png").write_bytes(content[: len(content) // 2])


def make_float(folder):
    Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)).save(folder / "bad.tif")


def make_signed(folder):
    Image.fromarray(np.arange(64, dtype=np.int32).reshape(8, 8)).save(folder / "bad.tif")


def make_huge(folder):
    Image.new("1", (10_000, 9_000)).save(folder / "bad.png")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (make_empty, "bad.png is empty (0 bytes)"),
        (make_text, "bad.png is not an image that can be read"),
        (make_short, "bad.png is damaged or cut short (image file is truncated"),
        (make_float, "bad.tif has floating-point values, and nothing says which is black"),
        (make_signed, "bad.tif has signed or 32-bit values, and nothing says which is black"),
        (make_huge, "bad.png has more than 89,478,485 pixels"),
    ],
)
def test_a_bad_image_is_one_line_and_leaves_no_file(record, stim, tmp_path, make, message):
    make(stim)
    result = record("--quiet")
    assert result.code == 1
    assert result.error.startswith("Error: 1 of 5 images cannot be read: ")
    assert message in result.error
    assert "(--skip-bad)" in result.error
    assert [path.name for path in tmp_path.iterdir()] == ["stim"]


def test_skip_bad_leaves_them_out_and_says_which(record, stim, tmp_path):
    make_empty(stim)
    result = record("--skip-bad", "--json")
    assert result.code == 0, result.err
    said = "left out 1 of 5 images, which cannot be read: bad is empty (0 bytes)"
    assert [line for line in result.err.splitlines() if "left out" in line] == [said]
    found = json.loads(result.out)
    assert found["n_stimuli"] == 4
    assert found["skipped"] == {"bad": "is empty (0 bytes)"}
    acts = ck.open_activations(tmp_path / "a.nc")
    assert acts["IT"]["stimulus"].values.tolist() == ["im0", "im1", "im2", "im3"]
    assert json.loads(acts.attrs["skipped"]) == {"bad": "is empty (0 bytes)"}


def test_skip_bad_with_nothing_left_is_an_error(record, stim, tmp_path):
    for path in stim.iterdir():
        path.write_bytes(b"")
    result = record("--skip-bad", "--quiet")
    assert result.code == 1
    assert "4 of 4 images cannot be read" in result.error
    assert "nothing is left to record" in result.error
    assert [path.name for path in tmp_path.iterdir()] == ["stim"]


def test_crop_is_in_the_provenance_and_straight_is_the_default(record, tmp_path):
    for options, way in (((), "straight"), (("--crop", "--overwrite"), "crop")):
        assert record(*options, "--quiet").code == 0
        with ck.open_activations(tmp_path / "a.nc") as acts:
            assert json.loads(acts.attrs["transform"])["resize"] == way


def test_a_file_recorded_straight_is_not_gone_on_with_cropped(record, tmp_path):
    record("--quiet")
    # As a kill before the last batch leaves it.
    (tmp_path / "a.nc").rename(tmp_path / "a.nc.partial")
    (tmp_path / "a.nc.partial.journal").write_text("2\n")
    result = record("--quiet", "--crop")
    assert result.code == 1
    assert "transform resize was straight, is crop" in result.error


def test_odd_images_are_recorded(record, stim):
    noise = np.random.default_rng(0).integers(0, 65_536, (20, 30), dtype=np.uint16)
    colour = Image.fromarray(np.stack([noise >> 8] * 3, axis=-1).astype(np.uint8))
    Image.fromarray(noise).save(stim / "grey16.png")
    colour.convert("CMYK").save(stim / "cmyk.jpg")
    colour.convert("RGBA").save(stim / "alpha.webp")
    colour.convert("P").save(stim / "frames.gif", save_all=True, append_images=[colour])
    result = record("--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["n_stimuli"] == 8


def test_a_table_without_ids_is_said_to_be_named_by_its_files(record, stim, tmp_path):
    table = tmp_path / "stim.csv"
    table.write_text("filename\nstim/im0.png\nstim/im1.png\n")
    notes = [n for n in record("--images", table).err.splitlines() if n.startswith("note: ")]
    named = "stimuli are called by their file names (im0, im1)"
    assert notes == [f"note: {table} has no column stimulus_id: {named}"]
