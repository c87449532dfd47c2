"""A folder of images: what is found in it, in which order, and by which name."""

from pathlib import Path

import pytest

from cornetkit.errors import FileError, InputError
from cornetkit.stimuli import load_stimuli
from cornetkit.stimuli.ids import natural_key


def test_images_are_found_at_any_depth_and_called_by_their_stem(save, tmp_path):
    save("a.png")
    save("faces/young/b.JPG")
    save("c.d.tif")
    stimuli = load_stimuli(tmp_path)
    assert stimuli.ids == ["a", "c.d", "b"]
    assert [p.relative_to(tmp_path).as_posix() for p in stimuli.paths] == [
        "a.png",
        "c.d.tif",
        "faces/young/b.JPG",
    ]


def test_order_is_natural(save, tmp_path):
    for name in ("im10", "im2", "im1", "IM3"):
        save(f"{name}.png")
    assert load_stimuli(str(tmp_path)).ids == ["im1", "im2", "IM3", "im10"]


def test_order_does_not_hang_on_the_file_system():
    names = ["a", "A", "10²", "10", "im01", "im1"]
    assert sorted(names, key=natural_key) == sorted(reversed(names), key=natural_key)


def test_stems_that_collide_are_all_called_by_their_relative_path(save, tmp_path):
    for name in ("x.png", "one/x.png", "two/x.jpg", "two/y.png"):
        save(name)
    assert load_stimuli(tmp_path).ids == ["one/x", "two/x", "y", "x"]


def test_two_files_that_differ_in_their_extension_only_are_named(save, tmp_path):
    save("sub/a.jpg")
    save("sub/a.png")
    save("b.png")
    with pytest.raises(InputError, match=r"2 images cannot be told apart.*sub/a\.jpg, sub/a\.png"):
        load_stimuli(tmp_path)


def test_hidden_files_are_left_out_and_other_files_are_listed(save, tmp_path):
    save("a.png")
    save(".thumbnails/a.png")
    (tmp_path / "._a.png").write_bytes(b"resource fork")
    (tmp_path / "notes.txt").write_text("by the way")
    stimuli = load_stimuli(tmp_path)
    assert stimuli.ids == ["a"]
    assert [p.as_posix() for p in stimuli.ignored] == ["notes.txt"]


def test_linked_folders_are_followed_and_a_link_in_a_circle_ends(save, tmp_path):
    save("elsewhere/b.png")
    save("stim/a.png")
    (tmp_path / "stim/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "stim/circle").symlink_to(tmp_path / "stim")
    assert load_stimuli(tmp_path / "stim").ids == ["a", "b"]


def test_a_folder_that_is_not_there_is_named_with_the_nearest(save, tmp_path):
    save("stimuli/a.png")
    with pytest.raises(FileError, match=r"no such folder.*stimul \(did you mean 'stimuli'\?\)"):
        load_stimuli(tmp_path / "stimul")
    with pytest.raises(FileError, match="no such folder"):
        load_stimuli(tmp_path / "no" / "where")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match=r"no image files in .*: it is empty; expected \.bmp"):
        load_stimuli(tmp_path)


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    for k in range(5):
        (tmp_path / f"data{k}.mat").touch()
    message = r"it holds 5 other files \(data0\.mat, data1\.mat, data2\.mat and 2 more\)"
    with pytest.raises(FileError, match=message):
        load_stimuli(tmp_path)


def test_a_file_that_is_no_table_is_refused(save):
    with pytest.raises(FileError, match=r"a\.png is a file; expected a folder of images, or a CSV"):
        load_stimuli(save("a.png"))


def test_a_file_name_that_is_no_unicode_is_refused_in_words(save, tmp_path):
    save("a.png").rename(Path(str(tmp_path), b"caf\xe9.png".decode("utf-8", "surrogateescape")))
    with pytest.raises(InputError, match=r"1 file names are no valid UTF-8: 'caf\\udce9\.png'"):
        load_stimuli(tmp_path)
