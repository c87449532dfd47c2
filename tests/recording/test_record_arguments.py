"""Arguments of record() that cannot be are refused before any work is done."""

import os
from pathlib import Path

import pytest
import torch

from cornetkit.errors import FileError, InputError, UnknownNameError
from cornetkit.recording import record


@pytest.fixture
def refused(tiny, images):
    """Return a function that records with arguments, expecting an error before any forward."""
    stimuli = images(2)
    tiny.register_forward_pre_hook(lambda *_: 1 / 0)

    def call(error=InputError, **arguments) -> str:
        with pytest.raises(error) as caught:
            record(tiny, stimuli, **arguments)
        message = str(caught.value)
        assert "\n" not in message
        return message

    return call


@pytest.mark.parametrize("size", [0, -1, 2.5, "4", True, None])
def test_a_batch_size_that_is_none_is_refused(refused, size):
    assert refused(batch_size=size).startswith("batch_size must be a whole number of at least 1")


def test_another_precision_is_refused(refused):
    assert refused(precision="fp16") == "precision must be 'float32' or 'bf16', not 'fp16'"


def test_an_unknown_device_is_refused(refused):
    assert refused(device="gpu").startswith("unknown device 'gpu'; expected cpu, cuda")


def test_a_gpu_that_is_not_there_is_refused(refused, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "torch sees no GPU here; use cpu" in refused(device="cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert refused(device="cuda:2") == "device 'cuda:2' was asked for, but torch sees 2 GPUs"


def test_an_unknown_area_is_refused_with_the_nearest(refused, tmp_path):
    message = refused(UnknownNameError, areas="earyl", out=tmp_path / "acts.nc")
    assert "(did you mean 'early'?)" in message
    assert not (tmp_path / "acts.nc.partial").exists()


def test_what_is_no_model_is_refused(images):
    with pytest.raises(InputError, match=r"expected a torch\.nn\.Module, got str"):
        record("S", images(1))


def test_stimuli_that_are_not_there_are_refused(tiny, tmp_path):
    with pytest.raises(FileError, match="no such folder or CSV file"):
        record(tiny, tmp_path / "nowhere")


def test_a_missing_output_folder_is_refused(refused, tmp_path):
    assert "does not exist; make it" in refused(FileError, out=tmp_path / "no" / "acts.nc")


@pytest.mark.parametrize("resume", [False, True])
def test_an_output_that_is_a_folder_is_refused(refused, tmp_path, resume):
    message = refused(FileError, out=tmp_path, resume=resume)
    assert "is a folder; give a file name" in message


def test_an_output_without_permission_is_refused(refused, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != tmp_path)
    assert "no permission to write into" in refused(FileError, out=tmp_path / "acts.nc")


def test_a_layer_that_changes_its_shape_leaves_no_file(random_model, images, tmp_path):
    with pytest.raises(InputError, match=r"'IT\.conv2' changes its shape|'IT\.conv1' changes"):
        record(random_model("S"), images(1), tmp_path / "acts.nc", areas="IT.conv1")
    assert [path.name for path in tmp_path.iterdir()] == ["stim"]


def test_a_damaged_image_is_named_and_leaves_no_file_if_it_is_in_the_first_batch(
    tiny, images, tmp_path
):
    stimuli = images(3)
    content = stimuli.paths[1].read_bytes()
    stimuli.paths[1].write_bytes(content[: len(content) // 2])
    with pytest.raises(FileError, match=r"im1\.png is damaged or cut short"):
        record(tiny, stimuli, tmp_path / "acts.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["stim"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_image_or_the_table_of_images_is_not_replaced(tiny, images, tmp_path, overwrite):
    stimuli = images(2)
    before = stimuli.paths[1].read_bytes()
    with pytest.raises(FileError, match="is also one of the images; give another name"):
        record(tiny, stimuli, stimuli.paths[1], overwrite=overwrite)
    assert stimuli.paths[1].read_bytes() == before
    table = tmp_path / "stim.csv"
    table.write_text("filename\n" + "\n".join(str(path) for path in stimuli.paths))
    with pytest.raises(FileError, match="is also the table of images"):
        record(tiny, table, table, overwrite=overwrite)


def test_the_file_of_the_weights_is_not_replaced(images, tmp_path):
    import cornetkit as ck

    weights = tmp_path / "z.pth"
    torch.save(ck.load_model("Z", weights="random").state_dict(), weights)
    model = ck.load_model("Z", weights=weights)
    assert model.weights_file == weights
    with pytest.raises(FileError, match="is also the file of the weights"):
        record(model, images(1), weights, overwrite=True)
    torch.load(weights, weights_only=True)
