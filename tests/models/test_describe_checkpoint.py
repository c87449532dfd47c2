"""What is said of a checkpoint without loading it into a model."""

import pytest
import torch

import cornetkit as ck
from cornetkit.errors import WeightsError
from cornetkit.models import describe_checkpoint


@pytest.mark.parametrize(
    ("letter", "told", "identity"),
    [
        ("Z", "Z", "verified by its names and shapes"),
        ("R", None, "identity not verified"),  # or RT: these have the same names
    ],
)
def test_bare_weights_are_told_by_their_names(tmp_path, letter, told, identity):
    model = ck.load_model(letter, weights="random")
    torch.save(model.state_dict(), tmp_path / "w.pth")
    found = describe_checkpoint(tmp_path / "w.pth")
    assert (found["model"], found["identity"]) == (told, identity)
    assert found["n_arrays"] == len(model.state_dict())
    assert found["n_values"] == sum(x.numel() for x in model.state_dict().values())
    assert (found["training"], found["classes"]) == ({}, [])
    assert not found["running_mean"]
    assert not found["resumable"]


def test_a_checkpoint_of_a_training_says_all_of_it(tmp_path):
    settings = {"image_size": 32, "subset": 2, "epochs": 1, "keep_every": 0, "ema_decay": 0.9}
    run = ck.train("Z", "shapes", tmp_path / "z", settings=settings, progress=False)
    found = describe_checkpoint(run.best)
    assert found["identity"] == "verified by the checkpoint's metadata"
    assert found["training"]["recipe"] == found["training"]["data"] == "shapes"
    assert found["classes"] == ck.load_model(run.best).classes
    assert (found["running_mean"], found["resumable"]) == (True, False)
    assert describe_checkpoint(run.best.with_name("latest.pth"))["resumable"]


def test_another_models_weights_are_described_too(tmp_path):
    torch.save({"state_dict": torch.nn.Linear(2, 3).state_dict()}, tmp_path / "other.pth")
    found = describe_checkpoint(tmp_path / "other.pth")
    assert (found["model"], found["n_values"]) == (None, 9)


def test_what_it_says_against_what_it_holds_is_shown(tmp_path):
    model = ck.load_model("Z", weights="random")
    content = {"state_dict": model.state_dict(), "cornetkit": {"model": "S"}}
    torch.save(content, tmp_path / "w.pth")
    found = describe_checkpoint(tmp_path / "w.pth")
    assert found["model"] is None
    assert found["identity"] == "contradictory: it says CORnet-S and looks like CORnet-Z"


def test_what_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "x.pth").write_text("no checkpoint")
    with pytest.raises(WeightsError, match="damaged or no checkpoint"):
        describe_checkpoint(tmp_path / "x.pth")
