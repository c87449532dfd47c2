"""Opening training data in its forms, and what is said of data that does not fit."""

import io
import shutil
import tarfile

import numpy as np
import pytest
from PIL import Image
from tiny_runs import CLASSES, fill

from cornetkit.errors import CornetkitError, FileError, InputError
from cornetkit.simulation import SHAPES
from cornetkit.training.data_open import open_data, open_validation, relabelled


@pytest.fixture
def copied(images, tmp_path):
    """The folder of images, to be changed."""
    return shutil.copytree(images, tmp_path / "data")


def pixels(split):
    return [np.asarray(split.read(k)) for k in range(len(split))]


def test_folders_give_images_classes_and_labels(images):
    data = open_data(images)
    assert data.classes == list(CLASSES)
    assert data.train.labels.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert len(data.val) == 6
    means = [image.mean(axis=(0, 1)).argmax() for image in pixels(data.train)]
    assert means == data.train.labels.tolist()  # the colour of each class


def test_the_originals_name_of_the_validation_folder_is_taken(copied):
    expected = open_data(copied).val.labels
    (copied / "val").rename(copied / "val_in_folders")
    np.testing.assert_array_equal(open_data(copied).val.labels, expected)


def test_a_manifest_gives_the_same_images(copied, images):
    rows = ["filename,class,split,colour"]
    for split in ("val", "train"):
        for name in reversed(CLASSES):
            for path in sorted((copied / split / name).iterdir()):
                rows.append(f"{split}/{name}/{path.name},{name},{split},red")
    (copied / "m.csv").write_text("\n".join(rows))
    data, expected = open_data(copied / "m.csv"), open_data(images)
    assert data.classes == expected.classes
    found, wanted = (
        {name.rpartition("/")[2]: int(k) for name, k in zip(s.names, s.labels, strict=True)}
        for s in (data.train, expected.train)
    )
    assert found == wanted
    assert len(data.val) == 6


def shards(folder, split, entries):
    """Write a shard of (key, extension, bytes)."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / f"{split}-000000.tar", "w") as archive:
        for name, content in entries:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder


def as_png(value):
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), value, dtype=np.uint8)).save(file, "png")
    return file.getvalue()


@pytest.fixture
def tars(tmp_path):
    for split in ("train", "val"):
        entries = []
        for k in (1, 0, 2):
            entries += [(f"d/{k}.img.png", as_png(40 * k)), (f"d/{k}.cls", str(k).encode())]
        # A key ends at the first dot of the base name: '0.img.png' belongs to '0'.
        entries = [(name.replace(".img", ""), content) for name, content in entries]
        shards(tmp_path / "tars", split, entries)
    return tmp_path / "tars"


def test_shards_give_their_images_by_place(tars):
    data = open_data(tars)
    assert data.classes == ["0", "1", "2"]
    assert data.train.labels.tolist() == [1, 0, 2]
    assert [image.mean() for image in pixels(data.train)] == [40, 0, 80]


def test_the_classes_of_shards_are_named_by_a_file(tars):
    (tars / "classes.txt").write_text("ant\nbee\ncow\n")
    assert open_data(tars).classes == list(CLASSES)
    (tars / "classes.txt").write_text("ant\nbee\n")
    with pytest.raises(InputError, match=r"names 2 classes, but the shards hold class 2"):
        open_data(tars)


def test_shards_without_classes_are_told(tmp_path):
    folder = shards(tmp_path / "t", "train", [("a.png", as_png(1)), ("b.png", as_png(1))])
    with pytest.raises(InputError, match=r"has 2 images without a class \(a, b\)"):
        open_data(folder)


def test_a_damaged_shard_is_told(tars):
    (tars / "val-000000.tar").write_bytes(b"no tar at all")
    with pytest.raises(FileError, match=r"val-000000.tar cannot be read as a tar file"):
        open_data(tars)


def test_shards_of_one_split_only_are_told(tars):
    (tars / "val-000000.tar").unlink()
    with pytest.raises(FileError, match=r"has no val-\*.tar"):
        open_data(tars)


def test_the_built_in_shapes_are_there():
    data = open_data("shapes", subset=2)
    assert data.classes == list(SHAPES)
    assert (len(data.train), len(data.val)) == (20, 500)


def test_a_subset_has_so_many_images_of_each_class(images):
    data = open_data(images, subset=2)
    assert np.bincount(data.train.labels).tolist() == [2, 2, 2]
    assert len(data.val) == 6
    assert [name.rpartition("/")[2] for name in data.train.names][:2] == ["ant0.png", "ant1.png"]
    assert np.asarray(data.train.read(2)).mean(axis=(0, 1)).argmax() == 1


def test_a_missing_split_is_told(copied):
    shutil.rmtree(copied / "val")
    with pytest.raises(FileError, match=r"has no val/ \(or val_in_folders/\): it holds train; ex"):
        open_data(copied)
    (copied / "train").rename(copied / "val")
    with pytest.raises(FileError, match=r"has no train/: it holds val; expected train/ and val/"):
        open_data(copied)


def test_classes_that_differ_are_named(copied):
    (copied / "val" / "cow").rename(copied / "val" / "dog")
    words = r"1 only in .*train \(cow\); 1 only in .*val \(dog\); both splits need the same \(2 "
    with pytest.raises(InputError, match=words):
        open_data(copied)


def test_an_empty_class_folder_is_named(copied):
    for path in (copied / "train" / "bee").iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"1 of 3 class folders in .*train hold no image: bee"):
        open_data(copied)


def test_a_split_without_class_folders_is_told(tmp_path):
    for name in ("train", "val"):
        (tmp_path / name).mkdir()
    with pytest.raises(FileError, match=r"train has no folders; expected one a class"):
        open_data(tmp_path)


def test_imagenet_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=r"ImageNet is not downloaded.*image-net.org.*train/"):
        open_data("imagenet")


def test_data_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=r"no such data: shape \(did you mean 'shapes'\?\)"):
        open_data("shape")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("filename,label,split\na,b,train", r"expected filename, class, split: class is missing"),
        ("filename,class,split\na,b,test", r"has the splits test; expected train and val"),
        ("filename,class,split\na.png,b,train", r"1 of 1 images of .* are not there: .*a.png"),
    ],
)
def test_a_wrong_manifest_is_told(tmp_path, text, words):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(CornetkitError, match=words):
        open_data(tmp_path / "m.csv")


def test_a_manifest_of_one_split_is_told(images):
    path = images / "one.csv"
    path.write_text("filename,class,split\ntrain/ant/ant0.png,ant,train")
    try:
        with pytest.raises(InputError, match=r"has no row with split val"):
            open_data(path)
    finally:
        path.unlink()


def test_labels_follow_names_not_positions(tmp_path):
    fill(tmp_path / "val", 1)
    split, classes = open_validation(tmp_path / "val")
    moved = relabelled(split, classes, ["cow", "ant", "bee"])
    assert moved.labels.tolist() == [1, 2, 0]
    with pytest.raises(InputError, match=r"1 only in the data \(cow\); 1 only in the checkpoint"):
        relabelled(split, classes, ["ant", "bee", "dog"])


def test_the_fingerprint_follows_names_and_labels_only(images, copied):
    same = open_data(images).fingerprint()
    assert open_data(copied).fingerprint() == same
    (copied / "train" / "ant" / "ant0.png").rename(copied / "train" / "ant" / "other.png")
    assert open_data(copied).fingerprint() != same
