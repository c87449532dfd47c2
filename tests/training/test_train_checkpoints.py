"""What checkpoints hold, and how they are loaded."""

import json
import shutil

import numpy as np
import pytest
import torch
from tiny_runs import CLASSES, TINY, same, weights

import cornetkit as ck
from cornetkit.errors import FileError, InputError, UnknownNameError, WeightsError


@pytest.fixture(scope="module")
def trained(images, tmp_path_factory):
    """A run of RT with 4 steps and a running mean of the weights."""
    settings = TINY | {"times": 4, "ema_decay": 0.5, "keep_every": 1, "epochs": 2}
    out = tmp_path_factory.mktemp("runs") / "rt"
    return ck.train("RT", images, out, settings=settings, progress=False)


def test_a_path_alone_is_enough_to_load_a_checkpoint(trained):
    model = ck.load_model(trained.latest)
    assert (model.letter, model.times, model.classes) == ("RT", 4, list(CLASSES))
    assert (model.input_size, model.mean) == (32, (0.485, 0.456, 0.406))
    assert not model.training
    assert same(dict(model.state_dict()), weights(trained.latest))


def test_the_provenance_says_how_it_was_trained(trained, images):
    provenance = ck.load_model(trained.latest).provenance
    assert provenance["identity"] == "verified by the checkpoint's metadata"
    assert provenance["trained"] is True
    assert provenance["training_recipe"] == "original"
    assert provenance["training_data"] == str(images)
    assert (provenance["training_epoch"], provenance["training_step"]) == (2.0, 6)


def test_the_metadata_holds_transform_settings_and_hash(trained):
    held = torch.load(trained.latest, weights_only=True)["cornetkit"]
    assert held["weights_sha256"] == ck.load_model(trained.latest).provenance["weights_sha256"]
    assert json.loads(held["transform"])["resize"] == "crop"
    assert held["settings"]["lr"] == 0.05
    assert held["classes"] == list(CLASSES)


def test_the_running_mean_is_chosen_by_name(trained):
    last, mean = ck.load_model(trained.latest), ck.load_model(trained.latest, ema=True)
    assert same(dict(mean.state_dict()), weights(trained.latest, "ema_state_dict"))
    assert not same(dict(mean.state_dict()), dict(last.state_dict()))
    assert mean.provenance["identity"].endswith("; running mean of the weights")


def test_a_running_mean_that_is_not_there_is_told(run):
    found = run("a", epochs=1)
    with pytest.raises(WeightsError, match=r"holds no running mean of the weights \(ema\)"):
        ck.load_model(found.latest, ema=True)
    with pytest.raises(InputError, match=r"ema=True is for checkpoints of a training; weights"):
        ck.load_model("Z", "random", ema=True)


def test_weights_along_training_are_kept_from_the_untrained_on(trained):
    files = sorted(path.name for path in trained.out.glob("epoch*.pth"))
    assert files == ["epoch000.pth", "epoch001.pth", "epoch002.pth"]
    untrained = ck.load_model("RT", "random", times=4, num_classes=3)
    first = ck.load_model(trained.out / files[0])
    assert same(dict(first.state_dict()), dict(untrained.state_dict()))
    assert first.provenance["trained"] == "unknown"
    assert "training" not in torch.load(trained.out / files[1], weights_only=True)


def test_a_checkpoint_of_r_given_for_rt_is_refused(trained):
    with pytest.raises(WeightsError, match=r"says in its metadata that it is CORnet-RT, not CORne"):
        ck.load_model("R", trained.latest)


def test_a_checkpoint_that_does_not_say_its_model_is_told(trained, tmp_path):
    torch.save({"state_dict": weights(trained.latest)}, tmp_path / "x.pth")
    with pytest.raises(WeightsError, match=r"does not say which model .*CORnet-R and RT have the"):
        ck.load_model(tmp_path / "x.pth")


def test_two_checkpoints_at_once_are_told(trained):
    with pytest.raises(InputError, match=r"two checkpoints were given"):
        ck.load_model(trained.latest, weights="other.pth")


def test_a_misspelt_model_is_still_an_unknown_model():
    with pytest.raises(UnknownNameError, match=r"unknown model 'SS' \(did you mean 'S'\?\)"):
        ck.load_model("SS")


def test_a_checkpoint_is_recorded_at_the_size_it_was_trained_with(trained, images, tmp_path):
    model = ck.load_model(trained.best)
    acts = ck.record(model, images / "val", tmp_path / "a.nc", areas=["IT"], progress=False)
    assert acts["IT"].shape == (6, 4, 512)
    assert acts.attrs["training_step"] in (3, 6)
    assert ck.verify(tmp_path / "a.nc", images / "val", weights=trained.best) is not None


def test_an_export_has_the_originals_keys_and_loads(trained, tmp_path):
    path = ck.export_weights(trained.latest, tmp_path / "rt.pth")
    held = torch.load(path, weights_only=True)
    assert all(name.startswith("module.") for name in held["state_dict"])
    assert len(held["state_dict"]) == 30
    assert same(dict(ck.load_model("RT", path).state_dict()), weights(trained.latest))
    mean = ck.export_weights(trained.latest, tmp_path / "mean.pth", ema=True)
    expected = weights(trained.latest, "ema_state_dict")
    assert same(dict(ck.load_model(mean).state_dict()), expected)


def test_an_export_replaces_nothing_unasked(trained, tmp_path):
    path = ck.export_weights(trained.latest, tmp_path / "rt.pth")
    with pytest.raises(FileError, match="is there already"):
        ck.export_weights(trained.latest, path)
    copied = shutil.copy(trained.latest, tmp_path / "copy.pth")
    with pytest.raises(WeightsError, match="is the checkpoint itself"):
        ck.export_weights(copied, copied, overwrite=True)


def test_the_best_weights_are_those_of_the_best_epoch(trained):
    curves = ck.training_curves(trained.out)
    top1 = curves["val_top1"].values
    assert trained.best_top1 == pytest.approx(top1.max(), rel=1e-5)
    epoch = int(ck.load_model(trained.best).provenance["training_epoch"])
    assert epoch == int(curves["epoch"].values[np.argmax(top1)])


def test_the_curves_of_a_folder_that_is_no_run_are_told(tmp_path):
    with pytest.raises(FileError, match=r"is no run: it has no config.json"):
        ck.training_curves(tmp_path)
