"""Reading one image: the conversion to RGB, and files that are none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cornetkit.errors import FileError
from cornetkit.stimuli import ImageSet
from cornetkit.stimuli.decode import read_rgb


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        *[("L", "a.png"), ("LA", "a.png"), ("RGBA", "a.png"), ("P", "a.png"), ("1", "a.png")],
        *[("P", "a.gif"), ("L", "a.jpg"), ("CMYK", "a.jpg"), ("RGB", "a.webp"), ("CMYK", "a.tif")],
    ],
)
def test_every_mode_becomes_the_rgb_of_pillow(save, mode, name):
    path = save(name, mode=mode)
    with Image.open(path) as image:
        assert image.mode == mode
        expected = np.asarray(image.convert("RGB"))
    read = read_rgb(path)
    assert read.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(read), expected)


@pytest.mark.parametrize("extension", ["png", "jpg", "gif", "bmp", "tif", "webp"])
def test_a_truncated_file_is_named(save, extension):
    path = save(f"short.{extension}", size=(64, 48))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(FileError, match=rf"short\.{extension} is (damaged|not an image)") as caught:
        read_rgb(path)
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_named(save):
    path = save("hurt.png", size=(64, 48))
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"hurt\.png is damaged or cut short"):
        read_rgb(path)


def test_an_empty_file_is_named_as_empty(tmp_path):
    (tmp_path / "nothing.jpg").touch()
    with pytest.raises(FileError, match=r"nothing\.jpg is empty \(0 bytes\)"):
        read_rgb(tmp_path / "nothing.jpg")


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / "page.png").write_text("<html>404</html>")
    with pytest.raises(FileError, match=r"page\.png is not an image"):
        read_rgb(tmp_path / "page.png")


def test_a_file_that_went_away_is_named(save):
    path = save("gone.png")
    stimuli = ImageSet(["gone"], [path])
    path.unlink()
    with pytest.raises(FileError, match=r"gone\.png is not there any more"):
        stimuli.image(0)


def test_a_file_without_permission_is_named(save, monkeypatch):
    path = save("secret.png")

    def refuse(name: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(FileError, match=r"secret\.png cannot be read: no permission; change"):
        read_rgb(path)


def test_an_image_that_is_far_too_large_is_refused_before_it_is_read(save, monkeypatch):
    path = save("wide.png", size=(40, 30))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1199)
    with pytest.warns(Image.DecompressionBombWarning), pytest.raises(FileError) as caught:
        read_rgb(path)
    assert "wide.png has more than 1,199 pixels" in str(caught.value)


def test_reading_leaves_the_filters_of_warnings_alone(save):
    import warnings

    before = list(warnings.filters)
    read_rgb(save("a.png"))
    assert list(warnings.filters) == before


def test_a_damaged_length_that_asks_for_gigabytes_is_named(save, monkeypatch):
    def exhausted(image):
        raise MemoryError

    monkeypatch.setattr("cornetkit.stimuli.decode.to_rgb", exhausted)
    with pytest.raises(FileError, match=r"a\.png is damaged, or takes more memory than there is"):
        read_rgb(save("a.png"))
