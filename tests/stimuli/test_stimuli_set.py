"""The set of images: its hash, its order, its parts."""

import hashlib

import numpy as np
import pytest

from cornetkit.errors import FileError, InputError
from cornetkit.stimuli import ImageSet, load_stimuli


@pytest.fixture
def stimuli(save):
    paths = [save(f"{name}.png", seed) for seed, name in enumerate("abc")]
    return ImageSet(list("abc"), paths, {"angle": np.array([1, 2, 3])}, source="here")


def test_its_hash_does_not_depend_on_the_order(stimuli):
    assert stimuli.select([2, 0, 1]).sha256 == stimuli.sha256


def test_its_hash_depends_on_the_content(stimuli, save):
    before = stimuli.sha256
    save("b.png", 77)
    assert ImageSet(stimuli.ids, stimuli.paths).sha256 != before


def test_its_hash_depends_on_the_ids(stimuli):
    assert ImageSet(list("abd"), stimuli.paths).sha256 != stimuli.sha256
    assert ImageSet(list("acb"), stimuli.paths).sha256 != stimuli.sha256


def test_its_hash_does_not_depend_on_where_the_images_are(save, tmp_path):
    save("one/a.png", 5)
    save("two/deeper/a.png", 5)
    assert load_stimuli(tmp_path / "one").sha256 == load_stimuli(tmp_path / "two").sha256


def test_file_hashes_are_sha256_of_the_bytes(stimuli):
    expected = [hashlib.sha256(path.read_bytes()).hexdigest() for path in stimuli.paths]
    assert stimuli.file_hashes == expected


def test_hashing_names_a_file_that_went_away(stimuli):
    stimuli.paths[1].unlink()
    with pytest.raises(FileError, match=r"cannot read .*b\.png: No such file"):
        _ = stimuli.sha256


def test_a_selection_keeps_ids_files_and_metadata_together(stimuli):
    part = stimuli.select([2, 0])
    assert part.ids == ["c", "a"]
    assert [p.stem for p in part.paths] == ["c", "a"]
    assert part.metadata["angle"].tolist() == [3, 1]


def test_iterating_reads_the_images_in_order(stimuli):
    assert len(stimuli) == 3
    for image, path in zip(stimuli, stimuli.paths, strict=True):
        np.testing.assert_array_equal(np.asarray(image), np.asarray(load(path)))


def load(path):
    from PIL import Image

    with Image.open(path) as image:
        return image.convert("RGB")


def test_its_representation_says_how_many_and_where_from(stimuli):
    assert repr(stimuli) == "<ImageSet of 3 images from here>"


def test_repeated_ids_are_refused(stimuli):
    with pytest.raises(InputError, match="1 of them is repeated: a"):
        ImageSet(["a", "a", "c"], stimuli.paths)


def test_ids_files_and_metadata_must_agree_in_number(stimuli):
    with pytest.raises(InputError, match="2 stimulus ids for 3 image files"):
        ImageSet(["a", "b"], stimuli.paths)
    with pytest.raises(InputError, match="2 values of 'angle' for 3 stimuli"):
        ImageSet(stimuli.ids, stimuli.paths, {"angle": np.array([1, 2])})
