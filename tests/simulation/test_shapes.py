"""Ten classes of small images."""

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.simulation import SHAPES, draw_shapes


def test_there_are_ten_classes_and_each_has_its_images():
    images, labels = draw_shapes(3)
    assert len(SHAPES) == len(set(SHAPES)) == 10
    assert images.shape == (30, 64, 64, 3)
    assert images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [3] * 10


def test_the_seed_decides_the_images():
    (a, _), (b, _), (c, _) = draw_shapes(2, rng=0), draw_shapes(2, rng=0), draw_shapes(2, rng=1)
    np.testing.assert_array_equal(a, b)
    assert not any((image == other).all() for image in a for other in c)


def test_every_image_shows_a_figure_on_a_ground():
    images, _ = draw_shapes(5)
    spread = images.reshape(len(images), -1, 3).std(axis=1).max(axis=1)
    assert (spread > 20).all()  # the noise alone has 12


def test_pixels_alone_do_not_tell_the_classes():
    train, labels = draw_shapes(30, size=16, rng=0)
    test, other = draw_shapes(20, size=16, rng=1)
    flat = [x.reshape(len(x), -1) / 255 for x in (train, test)]
    head = LogisticRegression(C=0.01, max_iter=200).fit(flat[0], labels)
    assert head.score(flat[1], other) < 0.3


def test_they_are_written_as_training_and_validation_images(tmp_path):
    folder = ck.make_shapes(tmp_path / "s", 3, 2, rng=4)
    for split, count in (("train", 3), ("val", 2)):
        assert sorted(p.name for p in (folder / split).iterdir()) == sorted(SHAPES)
        assert all(len(list((folder / split / name).iterdir())) == count for name in SHAPES)
    again = ck.make_shapes(tmp_path / "again", 3, 2, rng=4)
    for path in folder.rglob("*.png"):
        assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes()
    a = np.asarray(Image.open(folder / "train" / "star" / "star_train_0000.png"))
    b = np.asarray(Image.open(folder / "val" / "star" / "star_val_0000.png"))
    assert (a != b).any()
    assert len(ck.load_stimuli(folder / "val")) == 20


def test_too_few_or_too_small_ones_are_told():
    with pytest.raises(InputError, match=r"0 images a class of 64 pixels were asked for"):
        draw_shapes(0)
    with pytest.raises(InputError, match=r"1 images a class of 8 pixels were asked for"):
        draw_shapes(1, size=8)
