"""record() to a file: what it holds and where it comes from."""

import json

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import cornetkit
from cornetkit.activations import open_activations
from cornetkit.models import hash_weights, load_model
from cornetkit.recording import Recorder, record
from cornetkit.stimuli import ImageSet, Transform


def test_the_file_holds_what_is_recorded_in_memory(tiny, images, tmp_path):
    stimuli = images(5)
    in_memory = record(tiny, stimuli, batch_size=2)
    from_file = record(tiny, stimuli, tmp_path / "acts.nc", batch_size=2)
    assert list(from_file) == list(in_memory) == ["early", "late"]
    assert from_file.attrs == in_memory.attrs
    for area in in_memory:
        xr.testing.assert_identical(from_file[area].load(), in_memory[area])


def test_it_holds_what_a_recorder_sees_of_the_transformed_images(tiny, images):
    stimuli = images(3)
    acts = record(tiny, stimuli, batch_size=3)
    pixels = torch.from_numpy(Transform(size=32).batch(list(stimuli)))
    with torch.no_grad(), Recorder(tiny) as recorder:
        tiny(pixels)
    for area, expected in recorder.activations().items():
        scale = float(abs(expected).max())
        np.testing.assert_allclose(acts[area], expected, rtol=0, atol=1e-5 * scale)
    assert acts["late"]["stimulus"].values.tolist() == ["im0", "im1", "im2"]


def test_a_cornet_is_recorded_with_all_its_labels(random_model, images, tmp_path):
    record(random_model("Z"), images(2), tmp_path / "z.nc", areas=["IT"])
    with xr.open_dataset(tmp_path / "z.nc", group="IT") as dataset:
        assert dataset["activation"].dims == ("stimulus", "time", "unit")
        assert dataset["activation"].shape == (2, 1, 512 * 7 * 7)
        assert dataset["driven"].dtype == bool
        assert dataset["driven"].values.tolist() == [True]
        assert dataset["time_start_ms"].values.tolist() == [100]
        assert set(dataset["channel"].values) == set(range(512))


def test_columns_of_a_table_become_coordinates_on_stimulus(tiny, images, tmp_path):
    stimuli = images(2)
    table = tmp_path / "stimuli.csv"
    table.write_text(
        "stimulus_id,filename,object_name,angle\n001,stim/im1.png,é,3.5\n002,stim/im0.png,,4\n"
    )
    acts = record(tiny, table, tmp_path / "acts.nc")
    for area in acts:
        assert acts[area]["stimulus"].values.tolist() == ["001", "002"]
        assert acts[area]["object_name"].values.tolist() == ["é", ""]
        assert acts[area]["angle"].values.tolist() == [3.5, 4]
        assert acts[area]["angle"].dims == ("stimulus",)
    plain = record(tiny, stimuli)
    np.testing.assert_array_equal(
        acts["late"].sel(stimulus="001"), plain["late"].sel(stimulus="im1")
    )


def test_other_models_have_no_driven_coordinate_and_no_milliseconds(tiny, images, tmp_path):
    acts = record(tiny, images(2), tmp_path / "acts.nc", areas={"first": "early"})
    assert list(acts) == ["first"]
    assert not {"driven", "time_start_ms"} & set(acts["first"].coords)


def test_the_provenance_is_complete(images, tmp_path):
    model, stimuli = load_model("Z", weights="random", seed=7), images(3)
    attrs = record(model, stimuli, tmp_path / "z.nc", areas="IT", batch_size=2).attrs
    transform = json.loads(attrs.pop("transform"))
    assert transform == {
        **{"size": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        **{"resize": "straight", "interpolation": "bilinear", "colour": "RGB"},
    }
    assert json.loads(attrs.pop("areas")) == {"IT": "IT.output"}
    assert attrs == {
        "schema_version": "1",
        "cornetkit_version": cornetkit.__version__,
        "model": "Z",
        "times": attrs["times"],
        "weights": "random",
        "num_classes": 1000,
        "seed": 7,
        "weights_sha256": hash_weights(model),
        "weights_file_sha256": "none",
        "identity": "untrained (random weights, seed 7)",
        "trained": "false",
        "lesion": "none",
        "stimuli_sha256": stimuli.sha256,
        "n_stimuli": 3,
        "reduction_pool": "none",
        "reduction_units": "none",
        "reduction_project": "none",
        "reduction_seed": "none",
        "stored_dtype": "float32",
        "batch_size": 2,
        "precision": "float32",
        "device": "cpu",
        "threads": torch.get_num_threads(),
        "torch_version": torch.__version__,
    }


@pytest.mark.parametrize(("letter", "times"), [("S", [2, 4, 2]), ("RT", 5)])
def test_the_step_counts_are_in_the_provenance(letter, times, random_model, images):
    attrs = record(random_model(letter), images(1), areas="IT").attrs
    assert attrs["times"] == times


def test_weights_of_other_models_are_hashed_too(tiny, images):
    attrs = record(tiny, images(1)).attrs
    assert attrs["model"] == "Tiny"
    assert attrs["weights_sha256"] == hash_weights(tiny)
    assert attrs["identity"] == attrs["weights"] == "not stated"
    assert attrs["times"] == attrs["seed"] == "none"


def test_weights_that_were_changed_after_loading_are_not_passed_off_as_the_loaded_ones(images):
    model = load_model("Z", weights="random")
    with torch.no_grad():
        model.IT.conv.bias += 1
    attrs = record(model, images(1), areas="IT").attrs
    assert attrs["weights_sha256"] == hash_weights(model) != model.provenance["weights_sha256"]
    assert attrs["identity"].startswith("weights changed after loading; before: untrained")


def test_equal_inputs_give_equal_bytes(tiny, images, tmp_path):
    for name in ("one.nc", "two.nc"):
        record(tiny, images(3), tmp_path / name, batch_size=2).close()
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_the_mode_of_the_model_and_gradients_do_not_matter(tiny, images):
    stimuli = images(3)
    expected = record(tiny, stimuli)["late"]
    tiny.train()
    assert record(tiny, stimuli)["late"].equals(expected)
    assert tiny.training
    assert torch.is_grad_enabled()


def test_the_transform_can_be_given(tiny, images):
    acts = record(tiny, images(1), transform=Transform(64, (0, 0, 0), (1, 1, 1)))
    assert acts["early"].sizes["unit"] == 4 * 16 * 16
    assert json.loads(acts.attrs["transform"])["size"] == 64


def test_bf16_is_close_to_float32_and_says_so(random_model, images):
    stimuli = images(2)
    exact = record(random_model("Z"), stimuli)
    rounded = record(random_model("Z"), stimuli, precision="bf16")
    assert rounded.attrs["precision"] == "bf16"
    for area in exact:
        assert rounded[area].dtype == np.float32
        error = np.linalg.norm(rounded[area] - exact[area]) / np.linalg.norm(exact[area])
        assert 0 < error < 0.02


def test_stimuli_may_be_a_path(tiny, images, tmp_path):
    images(2)
    for source in (tmp_path / "stim", str(tmp_path / "stim")):
        assert record(tiny, source)["early"].sizes["stimulus"] == 2


def test_the_file_opens_again(tiny, images, tmp_path):
    acts = record(tiny, images(2), str(tmp_path / "acts.nc"))
    with open_activations(tmp_path / "acts.nc") as again:
        assert again["late"].load().identical(acts["late"].load())


class Spread(nn.Module):
    """A model on two devices."""

    def __init__(self) -> None:
        super().__init__()
        self.here = nn.Linear(2, 2)
        self.there = nn.Linear(2, 2, device="meta")


def test_a_model_on_several_devices_is_refused(images):
    with pytest.raises(cornetkit.CornetkitError, match="the model is spread over cpu, meta"):
        record(Spread(), images(1), areas="here")


def test_no_images_are_refused(tiny):
    with pytest.raises(cornetkit.CornetkitError, match="no images to record"):
        record(tiny, ImageSet([], []))
