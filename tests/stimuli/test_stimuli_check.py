"""The pass over all images before anything is recorded."""

import warnings

import numpy as np
import pytest
from PIL import Image

from cornetkit.errors import FileError
from cornetkit.stimuli import load_stimuli
from cornetkit.stimuli.decode import check_image, read_rgb


@pytest.fixture
def mixed(save, tmp_path):
    """Six images, of which the first, third and fifth are bad."""
    paths = [save(f"im{k}.png", k, size=(40, 30)) for k in range(6)]
    paths[0].write_bytes(b"")
    paths[2].write_bytes(paths[2].read_bytes()[:-900])
    paths[4].write_text("<html>404</html>")
    return load_stimuli(tmp_path)


def test_a_good_set_is_returned_itself(save, tmp_path):
    save("a.png")
    save("b.jpg", 1)
    stimuli = load_stimuli(tmp_path)
    assert stimuli.check() is stimuli.check(skip_bad=True) is stimuli
    assert stimuli.skipped == {}


def test_one_error_counts_the_bad_images_and_names_them(mixed):
    with pytest.raises(FileError) as caught:
        mixed.check()
    message = str(caught.value)
    assert message.startswith("3 of 6 images cannot be read: ")
    assert "im0.png is empty (0 bytes), " in message
    assert "im2.png is damaged or cut short (" in message
    assert "im4.png is not an image that can be read; replace them, or leave them" in message
    assert "skip_bad=True (--skip-bad)" in message
    assert "\n" not in message


def test_of_many_bad_images_the_first_three_are_named(tmp_path):
    for k in range(5):
        (tmp_path / f"im{k}.png").touch()
    with pytest.raises(FileError, match=r"5 of 5 .*im2\.png is empty \(0 bytes\) and 2 more; "):
        load_stimuli(tmp_path).check()


def test_bad_images_can_be_left_out_with_their_reasons(mixed, tmp_path):
    kept = mixed.check(skip_bad=True)
    assert kept.ids == ["im1", "im3", "im5"]
    assert [p.stem for p in kept.paths] == kept.ids
    assert list(kept.skipped) == ["im0", "im2", "im4"]
    assert kept.skipped["im0"] == "is empty (0 bytes)"
    assert kept.skipped["im2"].startswith("is damaged or cut short (")
    assert str(tmp_path) not in "".join(kept.skipped.values())
    assert len(mixed) == 6
    assert mixed.skipped == {}


def test_metadata_stay_with_their_images(save, table):
    save("a.png")
    save("c.png")
    save("b.png").write_bytes(b"")
    path = table("filename,angle", "a.png,1", "b.png,2", "c.png,3")
    assert load_stimuli(path).check(skip_bad=True).metadata["angle"].tolist() == [1, 3]


def test_a_part_of_a_set_remembers_what_was_left_out(mixed):
    assert list(mixed.check(skip_bad=True).select([0]).skipped) == ["im0", "im2", "im4"]


def test_a_set_of_bad_images_only_is_refused_all_the_same(tmp_path):
    for k in range(2):
        (tmp_path / f"im{k}.png").touch()
    message = r"2 of 2 images cannot be read: .*im0\.png is empty.*; nothing is left to record"
    with pytest.raises(FileError, match=message):
        load_stimuli(tmp_path).check(skip_bad=True)


def test_an_image_that_is_far_too_large_is_named_without_a_warning(save, tmp_path, monkeypatch):
    save("wide.png", size=(40, 30))
    save("small.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1199)
    filters = list(warnings.filters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FileError, match=r"1 of 2 .*wide\.png has more than 1,199 pixels; rep"):
            load_stimuli(tmp_path).check()
    assert list(warnings.filters) == filters


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_short_anywhere_is_found_as_by_reading_it(tmp_path, mode, progressive):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels).convert(mode).save(path, progressive=progressive)
    content = path.read_bytes()
    lengths = [*range(2, len(content) - 2, len(content) // 40), len(content) - 3, len(content)]
    found = []
    for length in lengths:
        path.write_bytes(content[:length])
        assert _fails(check_image, path) == _fails(read_rgb, path)
        found.append(_fails(check_image, path))
    assert found[0]
    assert found[len(lengths) // 2]
    assert not found[-1]


def _fails(read, path):
    try:
        read(path)
    except FileError:
        return True
    return False


@pytest.mark.realdata
def test_real_images_are_all_good(shared_folder):
    stimuli = load_stimuli(shared_folder / "data" / "v4_cowley2023" / "images")
    assert len(stimuli) == 640
    assert stimuli.check() is stimuli
