"""`cornetkit record`: the happy path, and what is said of each wrong input."""

import json

import numpy as np
import pytest
import torch

import cornetkit as ck

RANDOM = ("--weights", "random", "--quiet")


def test_record_writes_a_file_that_opens(run, images, tmp_path):
    out = tmp_path / "acts.nc"
    result = run("record", "--model", "Z", "--images", images, "--out", out, "--weights", "random")
    assert result.code == 0
    assert "untrained (random weights, seed 0)" in result.err
    assert "images/s" in result.err
    assert result.out == ""
    acts = ck.open_activations(out)
    assert list(acts) == ["V1", "V2", "V4", "IT"]
    assert acts["IT"].shape == (24, 1, 25088)


def test_json_says_what_was_written(run, images, tmp_path):
    out = tmp_path / "acts.nc"
    result = run(
        "record",
        "--model",
        "Z",
        "--images",
        images,
        "--out",
        out,
        "--areas",
        "IT",
        *RANDOM,
        "--json",
    )
    found = json.loads(result.out)
    assert found["areas"] == {"IT": {"steps": 1, "units": 25088}}
    assert found["n_stimuli"] == 24


def test_times_and_seed_reach_the_model(run, images, tmp_path):
    out = tmp_path / "acts.nc"
    arguments = ["--model", "RT", "--times", "3", "--areas", "V1", "--seed", "4"]
    result = run("record", "--images", images, "--out", out, *arguments, *RANDOM)
    assert result.code == 0, result.err
    acts = ck.open_activations(out)
    assert acts["V1"]["time"].values.tolist() == [0, 1, 2]
    assert acts.attrs["seed"] == 4


def test_bf16_is_close_to_float32(run, images, acts, tmp_path):
    out = tmp_path / "half.nc"
    arguments = ["--model", "Z", "--areas", "IT", "--precision", "bf16"]
    run("record", "--images", images, "--out", out, *arguments, *RANDOM)
    half, full = ck.open_activations(out)["IT"].values, ck.open_activations(acts)["IT"].values
    assert half.dtype == np.float32
    assert 0 < np.abs(half - full).max() < 0.1 * np.abs(full).max()


def test_complete_file_is_kept_unless_overwrite_or_resume(run, images, acts):
    before = acts.read_bytes()
    command = ["record", "--model", "Z", "--images", images, "--out", acts, "--areas", "V4,IT"]
    refused = run(*command, *RANDOM)
    assert refused.code == 1
    assert "is there already; give overwrite=True" in refused.error
    kept = run(*command, "--weights", "random", "--resume")
    assert kept.code == 0
    assert "complete already" in kept.err
    assert acts.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--images": "nowhere"}, "no such folder or CSV file: nowhere"),
        ({"--model": "T"}, "unknown model 'T'"),
        ({"--model": "CORnet-RS"}, "did you mean 'CORnet-S'"),
        ({"--areas": "TI"}, "unknown area or layer 'TI' (did you mean 'IT'?)"),
        ({"--areas": ","}, "the list of areas is empty"),
        ({"--times": "many"}, "--times many is not a number of steps"),
        ({"--weights": "ckpt.pth"}, "ckpt.pth"),
        ({"--device": "tpu9"}, "unknown device 'tpu9'"),
        ({"--out": "no/such/folder/a.nc"}, "does not exist"),
    ],
)
def test_wrong_input_is_one_line_and_leaves_nothing(run, images, tmp_path, change, message):
    options = {
        "--model": "Z",
        "--images": str(images),
        "--out": str(tmp_path / "a.nc"),
        "--weights": "random",
    } | change
    result = run("record", *[part for pair in options.items() for part in pair], "--quiet")
    assert result.code == 1
    assert message in result.error
    assert result.error.startswith("Error: ")
    assert list(tmp_path.iterdir()) == []


def test_empty_folder_and_folder_without_images(run, tmp_path):
    folder = tmp_path / "stim"
    folder.mkdir()
    command = ["record", "--model", "Z", "--images", folder, "--out", tmp_path / "a.nc", *RANDOM]
    assert "no image files in" in run(*command).error
    (folder / "notes.txt").write_text("hello")
    assert "it holds 1 other files (notes.txt)" in run(*command).error


def test_damaged_image_is_named_and_what_was_written_stays(run, tmp_path, images):
    folder = tmp_path / "stim"
    folder.mkdir()
    for name in ("im0.png", "im1.png"):
        (folder / name).write_bytes((images / name).read_bytes())
    (folder / "im2.png").write_bytes((images / "im2.png").read_bytes()[:200])
    result = run("record", "--model", "Z", "--images", folder, "--out", tmp_path / "a.nc", *RANDOM)
    assert result.code == 1
    assert "im2.png" in result.error
    assert not (tmp_path / "a.nc").exists()


def test_checkpoint_with_a_pickle_payload_is_never_run(run, images, tmp_path):
    mark = tmp_path / "ran"

    class Payload:
        def __reduce__(self):
            return (mark.write_text, ("ran",))

    weights = tmp_path / "evil.pth"
    torch.save({"state_dict": Payload()}, weights)
    result = run(
        "record", "--model", "Z", "--images", images, "--out", tmp_path / "a.nc",
        "--weights", weights, "--quiet",
    )  # fmt: skip
    assert result.code == 1
    assert "evil.pth" in result.error
    assert not mark.exists()


def test_checkpoint_of_another_model_is_refused(run, images, tmp_path):
    weights = tmp_path / "z.pth"
    torch.save({"state_dict": ck.load_model("Z", weights="random").state_dict()}, weights)
    result = run(
        "record", "--model", "RT", "--images", images, "--out", tmp_path / "a.nc",
        "--weights", weights, "--quiet",
    )  # fmt: skip
    assert result.code == 1
    assert "CORnet-Z" in result.error


def test_imagenet_weights_without_a_network_say_what_to_do(run, images, tmp_path, monkeypatch):
    from cornetkit.models import official

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    nowhere = official.OfficialCheckpoint("http://127.0.0.1:9/cornet_z-5c427c9c.pth", "5c427c9c")
    monkeypatch.setitem(official.OFFICIAL, "Z", nowhere)
    result = run("record", "--model", "Z", "--images", images, "--out", tmp_path / "a.nc")
    assert result.code == 1
    assert "http://127.0.0.1:9/cornet_z-5c427c9c.pth" in result.error
    assert "cache" in result.error
    assert "--weights" in result.error


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seed", 1], "--seed 1 is of random weights, and these are imagenet; leave it out"),
        (
            ["--weights", "random", "--reduction-seed", 2, "--pool", "mean"],
            "--reduction-seed 2 is of --units and --project",
        ),
    ],
)
def test_seeds_of_nothing_are_refused(run, images, tmp_path, more, message):
    out = tmp_path / "x.nc"
    assert message in run("record", "--model", "Z", "--images", images, "--out", out, *more).error
    assert not out.exists()
