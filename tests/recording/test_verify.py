"""verify(): a file holds, or what of it does not."""

import json

import netCDF4
import numpy as np
import pytest
import torch

from cornetkit.errors import FileError, InputError, StimulusMismatchError
from cornetkit.models import load_model
from cornetkit.recording import record, verify
from cornetkit.stimuli import ImageSet, Transform

SMALL = Transform(size=64)


@pytest.fixture
def made(images, tmp_path, random_model):
    """Return a function that records 5 images in batches of 2 and gives the file's path."""

    def make(letter="Z", areas="IT", times=None, **settings):
        path = tmp_path / "acts.nc"
        settings = {"batch_size": 2, "transform": SMALL} | settings
        record(random_model(letter, times), images(5), path, areas=areas, **settings).close()
        return path

    return make


def _change(path, area="IT", row=0, step=0, by=1.0, **attrs):
    with netCDF4.Dataset(path, "a") as file:
        variable = file[area].variables["activation"]
        variable[row, step, 7] += by
        for name, value in attrs.items():
            file.setncattr(name, value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"areas": ["V4", "IT"], "pool": "mean"},
        {"units": 100, "reduction_seed": 3},
        {"project": 50, "logits": True},
        {"dtype": "float16"},
        {"precision": "bf16"},
        {"crop": True, "transform": None, "batch_size": 5},
    ],
)
def test_a_file_that_was_just_made_holds_exactly(made, images, settings):
    path = made(**settings)
    found = verify(path, images(5))
    assert found.holds
    assert found.exact
    batches = "1 batch" if found.n_batches == 1 else f"{found.n_batches} batches"
    assert str(found) == f"{path} holds exactly: 5 images in {batches} computed again"


@pytest.mark.parametrize(("letter", "times"), [("RT", 3), ("S", None)])
def test_recurrent_models_are_made_with_their_steps(made, images, letter, times):
    found = verify(made(letter, times=times), images(5), n=1)
    assert found.exact
    steps = 3 if letter == "RT" else 2
    assert list(found.differences) == [("IT", k) for k in range(steps)]


def test_a_decoder_of_another_size_is_made_again(images, tmp_path):
    model = load_model("Z", weights="random", seed=2, num_classes=7)
    record(model, images(3), tmp_path / "z7.nc", areas=["IT"], transform=SMALL).close()
    assert verify(tmp_path / "z7.nc", images(3)).exact


def test_a_sample_of_whole_batches_is_computed_again(made, images):
    found = verify(made(), images(5), n=1, rng=1)
    assert found.n_batches == 1
    assert found.n_images in (1, 2)
    assert verify(made(overwrite=True), images(5), n=1, rng=1).n_images == found.n_images


def test_a_changed_value_is_named_with_area_and_step(made, images):
    path = made("RT", times=3)
    _change(path, row=4, step=2)
    found = verify(path, images(5))
    assert not found.holds
    assert not found.exact
    assert len(found.problems) == 1
    assert found.problems[0].startswith("IT at step 2 differs by ")
    assert found.problems[0].endswith(" of its largest value")
    assert f"{path} does NOT hold: IT at step 2 differs by" in str(found)
    assert found.differences["IT", 0] == found.differences["IT", 1] == 0


def test_the_difference_is_a_fraction_of_the_largest_value(made, images):
    path = made(batch_size=5)
    with netCDF4.Dataset(path) as file:
        largest = float(np.abs(file["IT"].variables["activation"][:]).max())
    _change(path, by=0.25 * largest)
    assert verify(path, images(5)).differences["IT", 0] == pytest.approx(0.25, rel=1e-5)


def test_a_nan_does_not_hold(made, images):
    path = made()
    _change(path, by=np.nan)
    found = verify(path, images(5))
    assert not found.holds
    assert "IT at step 0 differs by nan" in str(found)


def test_a_difference_of_rounding_holds_and_says_what_differs(made, images):
    path = made()
    with netCDF4.Dataset(path) as file:
        largest = float(np.abs(file["IT"].variables["activation"][:]).max())
    threads = torch.get_num_threads()
    _change(path, by=2e-6 * largest, threads=threads + 3, torch_version="2.5.0")
    found = verify(path, images(5))
    assert found.holds
    assert not found.exact
    text = str(found)
    assert f"{path} holds within 1e-05 (largest difference " in text
    assert f"other thread count: {threads + 3} then, {threads} now" in text
    assert "other torch version: 2.5.0 then, " in text


def test_a_file_from_a_gpu_may_differ_by_its_rounding(made, images):
    path = made()
    with netCDF4.Dataset(path) as file:
        largest = float(np.abs(file["IT"].variables["activation"][:]).max())
    _change(path, by=1e-3 * largest)
    assert not verify(path, images(5)).holds
    if torch.cuda.is_available():
        pytest.skip("the file would be computed again on the GPU")
    _change(path, by=0.0, device="cuda")
    found = verify(path, images(5))
    assert found.holds
    assert "other device: cuda then, cpu now" in str(found)


def test_further_images_and_another_order_do_not_matter(made, images):
    path = made()
    assert verify(path, images(7).select([6, 5, 4, 3, 2, 1, 0])).exact


def test_missing_images_are_named(made, images):
    with pytest.raises(StimulusMismatchError, match=r"2 of the 5 stimuli of .* \(im3, im4\); give"):
        verify(made(), images(5).select([0, 1, 2]))


def test_changed_images_do_not_hold(made, images):
    path, stimuli = made(), images(5)
    stimuli.paths[0].write_bytes(stimuli.paths[1].read_bytes())
    found = verify(path, ImageSet(stimuli.ids, stimuli.paths))
    assert not found.holds
    assert found.problems[0].startswith("the ids are the same, but the contents of the images are")
    assert found.problems[1].startswith("IT at step 0 differs by")


def test_images_that_are_not_there_are_refused(made, tmp_path):
    with pytest.raises(FileError, match="no such folder"):
        verify(made(), tmp_path / "nowhere")


def test_other_weights_do_not_hold(made, images):
    path = made()
    _change(path, by=0.0, seed=1)
    found = verify(path, images(5))
    assert not found.holds
    assert found.problems[0].startswith("the weights are others (hash ")


def test_weights_from_a_file_are_asked_for_and_taken(images, tmp_path):
    checkpoint = tmp_path / "mine.pth"
    torch.save({"state_dict": load_model("Z", weights="random", seed=5).state_dict()}, checkpoint)
    path = tmp_path / "acts.nc"
    model = load_model("Z", weights=checkpoint)
    record(model, images(2), path, areas="IT", transform=SMALL).close()
    with pytest.raises(InputError, match=r"weights from a file, .*\(--weights ckpt\.pth\)"):
        verify(path, images(2))
    assert verify(path, images(2), weights=checkpoint).exact


def test_a_file_from_weights_with_another_number_of_classes_holds(images, tmp_path):
    checkpoint = tmp_path / "ten.pth"
    torch.save(load_model("Z", weights="random", num_classes=10).state_dict(), checkpoint)
    path = tmp_path / "acts.nc"
    model = load_model("Z", weights=checkpoint)
    record(model, images(2), path, areas="IT", logits=True, transform=SMALL).close()
    assert verify(path, images(2), weights=checkpoint).exact


def test_other_models_are_refused_in_words(tiny, images, tmp_path):
    path = tmp_path / "acts.nc"
    record(tiny, images(2), path).close()
    with pytest.raises(InputError, match="activations of 'Tiny', which cannot be made again from"):
        verify(path, images(2))


def test_a_transform_of_another_version_is_refused(made, images):
    path = made()
    stated = {"size": 64, "blur": 3}
    _change(path, by=0.0, transform=json.dumps(stated))
    with pytest.raises(InputError, match="is not one that this version knows"):
        verify(path, images(5))


@pytest.mark.parametrize(
    ("name", "by", "dim"),
    [
        *(("unit", 1, "unit"), ("channel", 1, "unit"), ("y", 1, "unit"), ("x", 1, "unit")),
        *(("time", 3, "time"), ("time_start_ms", 10.0, "time"), ("driven", 1, "time")),
    ],
)
def test_a_changed_label_does_not_hold_and_is_named(made, images, name, by, dim):
    path = made("S", areas="IT")
    with netCDF4.Dataset(path, "a") as file:
        variable = file["IT"].variables[name]
        assert variable.dimensions == (dim,)
        variable[1] = (1 - variable[1]) if name == "driven" else variable[1] + by
    found = verify(path, images(5), n=1)
    assert not found.holds
    assert not found.exact
    assert found.problems[0].startswith(f"'{name}' of IT differ (")
    assert all(far == 0 for far in found.differences.values())


def test_stimuli_in_another_order_in_one_area_do_not_hold(made, images):
    path = made(areas=["V4", "IT"])
    with netCDF4.Dataset(path, "a") as file:
        variable = file["IT"].variables["stimulus"]
        variable[:] = variable[:][::-1].copy()
    found = verify(path, images(5), n=1)
    assert found.problems == [
        "the stimuli or their order of IT differ "
        "(5 values: im4, im3, im2 and 2 more; now 5 values: im0, im1, im2 and 2 more)"
    ]


def test_columns_of_the_stimuli_need_not_be_at_hand(images, tmp_path, random_model):
    stimuli = images(2)
    with_column = ImageSet(stimuli.ids, stimuli.paths, {"angle": np.array([1.0, np.nan])})
    path = tmp_path / "acts.nc"
    record(random_model("Z"), with_column, path, areas="IT", transform=SMALL).close()
    assert verify(path, stimuli).exact


def test_a_seed_below_0_is_refused(made, images):
    with pytest.raises(InputError, match="from 0 to"):
        verify(made(), images(5), rng=-1)


def test_no_batches_are_refused(made, images):
    with pytest.raises(InputError, match="n=0 batches were asked for; give at least 1"):
        verify(made(), images(5), n=0)


def test_what_was_left_out_at_recording_is_not_missed(images, tmp_path, random_model):
    stimuli = images(4)
    stimuli.paths[1].write_bytes(b"no image")
    path = tmp_path / "acts.nc"
    settings = {"areas": "IT", "transform": SMALL, "batch_size": 2, "skip_bad": True}
    record(random_model("Z"), stimuli, path, progress=False, **settings).close()
    assert verify(path, tmp_path / "stim").exact
