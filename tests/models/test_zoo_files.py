"""Checkpoints from local files: read without running anything, and matched to the model."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cornetkit.errors import WeightsError
from cornetkit.models import load_model
from cornetkit.models.official import OFFICIAL, OfficialCheckpoint


def state(letter: str, seed: int = 5, **kwargs: Any) -> dict[str, torch.Tensor]:
    return dict(load_model(letter, "random", seed=seed, **kwargs).state_dict())


def wrapped(letter: str, **kwargs: Any) -> dict[str, torch.Tensor]:
    return {f"module.{name}": tensor for name, tensor in state(letter, **kwargs).items()}


def same_weights(model: torch.nn.Module, expected: dict[str, torch.Tensor]) -> bool:
    found = model.state_dict()
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], tensor) for name, tensor in expected.items()
    )


@pytest.mark.parametrize("new_format", [False, True])
def test_the_originals_layout_is_read(save, hash_of, new_format):
    content = {
        "flags": {"ngpus": 4, "lr": np.float64(0.1), "model": "Z", "times": 5},
        "epoch": np.float32(24.5),
        "steps": np.int64(3),
        "best": np.bool_(True),
        "optimizer": {"state": {}, "param_groups": [{"lr": np.float64(0.01)}]},
        "state_dict": wrapped("Z"),
    }
    path = save(content, _use_new_zipfile_serialization=new_format)
    model = load_model("Z", path)
    assert same_weights(model, state("Z"))
    assert not model.training
    provenance = model.provenance
    assert provenance["weights_file_sha256"] == hash_of(path)
    assert (
        provenance["weights_sha256"]
        == load_model("Z", "random", seed=5).provenance["weights_sha256"]
    )
    assert provenance["identity"] == "verified by the checkpoint's metadata"
    assert (provenance["weights"], provenance["seed"]) == ("file", None)
    assert provenance["trained"] is True


def test_numpy_numbers_pickled_under_numpys_old_name_are_read(save):
    path = save({"lr": np.float64(0.1), "state_dict": state("Z")}, pickle_protocol=2)
    old = save({"lr": np.float64(0.1), "state_dict": state("Z")}, "old.pth",
               _use_new_zipfile_serialization=False)  # fmt: skip
    content = old.read_bytes()
    assert b"numpy._core.multiarray" in content
    old.write_bytes(content.replace(b"cnumpy._core.multiarray", b"cnumpy.core.multiarray"))
    assert same_weights(load_model("Z", old), state("Z"))
    assert same_weights(load_model("Z", path), state("Z"))


def test_a_bare_state_dict_is_read(save):
    model = load_model("Z", str(save(state("Z"))))
    assert same_weights(model, state("Z"))
    assert model.provenance["identity"] == "verified by its names and shapes"
    assert model.provenance["trained"] == "unknown"


def test_half_precision_is_read_as_single(save):
    path = save({name: tensor.half() for name, tensor in state("Z").items()})
    assert load_model("Z", path).get_parameter("V1.conv.weight").dtype == torch.float32


def test_allowing_numpy_numbers_is_not_left_behind(save):
    before = set(torch.serialization.get_safe_globals())
    load_model("Z", save(state("Z")))
    assert set(torch.serialization.get_safe_globals()) == before


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


@pytest.mark.parametrize("kind", ["zip", "old", "bare pickle", "in the flags"])
def test_a_pickled_payload_is_refused_and_never_run(refusal, save, tmp_path, kind):
    payload = Payload(tmp_path / "ran")
    if kind == "bare pickle":
        path = tmp_path / "own.pth"
        path.write_bytes(pickle.dumps({"state_dict": payload}))
    elif kind == "in the flags":
        path = save({"state_dict": state("Z"), "flags": {"lr": payload}})
    else:
        path = save({"state_dict": payload}, _use_new_zipfile_serialization=kind == "zip")
    message = refusal("Z", path, error=WeightsError)
    assert not (tmp_path / "ran").exists()
    assert str(path) in message
    if kind != "bare pickle":
        assert "was refused" in message
        assert "nothing in a file is ever run" in message


def test_a_missing_file_and_a_folder_are_told(refusal, tmp_path):
    assert "no weights file" in refusal("Z", tmp_path / "none.pth", error=WeightsError)
    assert "is a folder" in refusal("Z", tmp_path, error=WeightsError)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"\xff\xd8\xff\xe0 a photograph", "is damaged or no checkpoint"),
        (b"<html>Access denied</html>", "is damaged or no checkpoint"),
        (b"PK\x03\x04 half a zip", "is damaged or no checkpoint"),
        (b"\x80\x02", "is damaged or no checkpoint"),
    ],
)
def test_what_is_no_checkpoint_is_told_in_one_line(refusal, tmp_path, content, part):
    path = tmp_path / "own.pth"
    path.write_bytes(content)
    message = refusal("Z", path, error=WeightsError)
    assert str(path) in message
    assert part in message


@pytest.mark.parametrize("new_format", [False, True])
@pytest.mark.parametrize("kept", [0.001, 0.5, 0.999])
def test_a_truncated_file_is_told_in_one_line(refusal, save, new_format, kept):
    path = save(state("Z"), _use_new_zipfile_serialization=new_format)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    assert "is damaged" in refusal("Z", path, error=WeightsError)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ([1, 2], "holds a list"),
        (torch.zeros(3), "holds a Tensor"),
        ({}, "holds no weights, only an empty dict"),
        ({"epoch": 3}, "holds no weights, only epoch"),
        ({"state_dict": 3}, "has a int as 'state_dict'"),
    ],
)
def test_files_without_weights_are_told(refusal, save, content, part):
    message = refusal("Z", save(content), error=WeightsError)
    assert part in message
    assert "expected a torch checkpoint" in message


def test_the_same_name_with_and_without_prefix_is_refused(refusal, save):
    message = refusal("Z", save(state("Z") | wrapped("Z")), error=WeightsError)
    assert "'V1.conv.weight' twice" in message


@pytest.mark.parametrize(
    ("stored", "asked", "named"),
    [("Z", "R", "CORnet-Z"), ("RT", "S", "CORnet-R or CORnet-RT"), ("R", "Z", "CORnet-R or")],
)
def test_another_models_weights_are_named(refusal, save, stored, asked, named):
    message = refusal(asked, save(wrapped(stored)), error=WeightsError)
    assert f"looks like {named}" in message
    assert f"not CORnet-{asked}" in message


def test_another_networks_weights_are_told(refusal, save):
    message = refusal("Z", save({"layer1.weight": torch.zeros(2)}), error=WeightsError)
    assert "does not fit CORnet-Z: missing V1.conv.weight, V1.conv.bias, V2" in message
    assert "unknown layer1.weight" in message


def test_missing_and_misshapen_entries_are_named(refusal, save):
    short = state("Z")
    del short["V2.conv.bias"]
    assert "missing V2.conv.bias;" in refusal("Z", save(short), error=WeightsError)
    wrong = state("Z") | {"V2.conv.bias": torch.zeros(7)}
    message = refusal("Z", save(wrong), error=WeightsError)
    assert "'V2.conv.bias' has shape (7,), expected (128,)" in message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(refusal, save, value):
    broken = state("Z")
    broken["V4.conv.bias"][3] = value
    assert "infinite or non-float values in 'V4.conv.bias'" in refusal(
        "Z", save(broken), error=WeightsError
    )


def test_the_number_of_classes_is_the_checkpoints(save):
    model = load_model("Z", save(state("Z", num_classes=10)))
    assert model.get_parameter("decoder.linear.bias").numel() == 10
    assert model.provenance["num_classes"] == 10


@pytest.mark.parametrize("broken", ["missing", "scalar", "empty"])
def test_a_decoder_that_says_no_number_of_classes_is_refused(refusal, save, broken):
    weights = state("Z")
    old = weights.pop("decoder.linear.weight")
    if broken != "missing":
        weights["decoder.linear.weight"] = old.sum() if broken == "scalar" else old[:0]
    assert ("missing decoder.linear.weight" if broken == "missing" else " classes, ") in refusal(
        "Z", save(weights), error=WeightsError
    )


def test_another_number_of_classes_than_was_asked_for_is_told(refusal, save):
    path = save(state("Z", num_classes=10))
    message = refusal("Z", path, error=WeightsError, num_classes=1000)
    assert "has 10 classes, the model was asked for with 1000" in message
    assert "num_classes=10" in message
    assert load_model("Z", path, num_classes=10).get_parameter("decoder.linear.bias").numel() == 10


@pytest.mark.parametrize("key", ["model", "arch", "letter"])
@pytest.mark.parametrize("holder", [None, "flags", "FLAGS", "cornetkit"])
@pytest.mark.parametrize("name", ["R", "cornet_r"])
def test_metadata_tell_r_from_rt(refusal, save, key, holder, name):
    metadata = {key: name} if holder is None else {holder: {key: name}}
    path = save({"state_dict": wrapped("R"), **metadata})
    assert load_model("R", path).provenance["identity"] == "verified by the checkpoint's metadata"
    message = refusal("RT", path, error=WeightsError)
    assert "says in its metadata that it is CORnet-R, not CORnet-RT" in message


def test_the_published_hash_tells_rt_from_r(refusal, save, hash_of, monkeypatch):
    path = save({"state_dict": wrapped("RT")})
    monkeypatch.setitem(OFFICIAL, "RT", OfficialCheckpoint("http://x/y.pth", hash_of(path)[:8]))
    identity = load_model("RT", path).provenance["identity"]
    assert identity == f"verified: official CORnet-RT checkpoint {hash_of(path)[:8]}"
    message = refusal("R", path, error=WeightsError)
    assert "is the official CORnet-RT checkpoint, not CORnet-R" in message


def test_r_and_rt_without_a_sign_are_loaded_and_called_unverified(save):
    path = save({"state_dict": wrapped("RT")})
    for letter in ("R", "RT"):
        assert load_model(letter, path).provenance["identity"] == "identity not verified"


def test_metadata_that_contradict_themselves_verify_nothing(save):
    path = save({"state_dict": wrapped("RT"), "model": "R", "flags": {"model": "RT"}})
    assert load_model("RT", path).provenance["identity"] == "identity not verified"


def test_steps_of_rt_come_from_the_argument_then_the_metadata_then_the_default(save):
    path = save({"state_dict": wrapped("RT"), "flags": {"model": "RT", "times": 8}})
    assert load_model("RT", path).times == 8
    assert load_model("RT", path, times=3).times == 3
    assert load_model("RT", save(wrapped("RT"), "bare.pth")).times == 5


@pytest.fixture(scope="module")
def s_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("s") / "s.pth"
    torch.save({"state_dict": wrapped("S", times=(1, 2, 2))}, path)
    yield path
    path.unlink()  # 200 MB that pytest would keep for three runs


def test_steps_of_s_are_those_of_its_checkpoint(s_file):
    model = load_model("S", s_file)
    assert model.times == (1, 2, 2)
    assert model.provenance["lesion"] is None


def test_fewer_steps_of_s_are_called_a_lesion(s_file):
    model = load_model("S", s_file, times=(1, 2, 1))
    assert model.steps["IT"] == 1
    lesion = "lesion: run with V2/V4/IT = 1/2/1 of the checkpoint's 1/2/2 steps"
    assert model.provenance["lesion"] == lesion
    assert model.provenance["identity"] == f"verified by its names and shapes; {lesion}"
    assert torch.equal(model.get_parameter("IT.norm3_0.weight"), torch.ones(512))


def test_more_steps_of_s_than_batch_norms_are_refused(refusal, s_file):
    message = refusal("S", s_file, times=(1, 1, 3), error=WeightsError)
    assert "has batch norms for V2/V4/IT = 1/2/2 steps, fewer than the 1/1/3 asked for" in message
    assert "times=(1, 2, 2)" in message
