"""`cornetkit train`."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

import cornetkit as ck

OPTIONS = (
    *("--set", "image_size=32", "--set", "batch_size=6", "--epochs", "1"),
    *("--set", "keep_every=0", "--set", "lr=.05"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two splits of three classes."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for split, count in (("train", 4), ("val", 2)):
        for name in ("ant", "bee", "cow"):
            (folder / split / name).mkdir(parents=True)
            for k in range(count):
                pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{name}{k}.png")
    return folder


@pytest.fixture
def trained(run, data, tmp_path):
    done = run("train", "--model", "Z", "--data", data, "--out", tmp_path / "r", *OPTIONS)
    assert done.code == 0, done.err
    return done, tmp_path / "r"


def test_it_says_batch_rule_and_recipe_and_where_the_weights_are(trained):
    done, out = trained
    assert "effective batch 6 = 1 x 1 x 6 (processes x parts x images)" in done.err
    assert "learning rate 0.05, times 0.1 every 10 epochs; 1 epochs" in done.err
    assert "recipe original: as published" in done.err
    assert re.search(r"epoch 1 of 1: loss .*validation loss .*top-5 1.000", done.err)
    assert done.out.startswith(f"{out}: 1 epoch, 2 steps; validation top-1 ")
    assert f"the best weights: {out / 'checkpoints' / 'best.pth'}" in done.out


def test_its_weights_are_loaded_and_recorded(trained, run, data, tmp_path):
    _, out = trained
    best = out / "checkpoints" / "best.pth"
    done = run("record", "--model", "Z", "--weights", best, "--images", data / "val", "--quiet",
               "--areas", "IT", "--out", tmp_path / "a.nc")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert ck.open_activations(tmp_path / "a.nc")["IT"].shape == (6, 1, 512)


def test_json_and_quiet(run, data, tmp_path):
    done = run("train", "--model", "Z", "--data", data, "--out", tmp_path / "q", *OPTIONS,
               "--quiet", "--json")  # fmt: skip
    found = json.loads(done.out)
    assert done.err == ""
    assert (found["steps"], found["epochs"]) == (2, 1)


def test_the_same_line_again_is_complete_and_resume_says_so(trained, run, data):
    _, out = trained
    again = run("train", "--model", "Z", "--data", data, "--out", out, *OPTIONS)
    assert again.code == 1
    assert "holds this run, complete; give overwrite=True (--overwrite)" in again.err
    resumed = run("train", "--resume", "--out", out)
    assert resumed.code == 0
    assert "complete: after step 2 of 2" in resumed.err


def test_a_configuration_is_given_back(trained, run, tmp_path):
    _, out = trained
    done = run("train", "--config", out / "config.json", "--out", tmp_path / "b", "--quiet")
    assert done.code == 0
    a, b = (
        ck.load_model(folder / "checkpoints" / "latest.pth").provenance["weights_sha256"]
        for folder in (out, tmp_path / "b")
    )
    assert a == b


def test_the_report_draws_the_curves(trained, run):
    _, out = trained
    done = run("train", "--report", out)
    assert done.code == 0
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert re.search(r"^    1 +\d", done.out, flags=re.MULTILINE)
    again = json.loads(run("train", "--report", out, "--json").out)
    assert len(again["val_top1"]) == 1


def test_weights_are_exported(trained, run, tmp_path):
    _, out = trained
    latest = out / "checkpoints" / "latest.pth"
    done = run("train", "--export", latest, "--to", tmp_path / "x.pth")
    assert done.code == 0
    assert ck.load_model("Z", tmp_path / "x.pth").provenance["num_classes"] == 3
    assert "belong together" in run("train", "--export", latest).error
    mean = run("train", "--export", latest, "--to", tmp_path / "y.pth", "--ema")
    assert "holds no running mean of the weights (ema)" in mean.error


def test_all_settings_are_listed(run):
    found = json.loads(run("train", "--settings", "--model", "RT", "--recipe", "modern").out)
    assert (found["model"], found["label_smoothing"], found["precision"]) == ("RT", 0.1, "bf16")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--data", "shapes", "--out", "r"), "no model was given; expected --model Z, R, RT or S"),
        (("--model", "Z", "--out", "r"), "no data was given; expected --data"),
        (("--model", "Z", "--data", "shapes"), "no --out was given; expected a folder"),
        (
            ("--model", "Z", "--data", "imagenet", "--out", "r"),
            "ImageNet is not downloaded",
        ),
        (
            ("--model", "Z", "--data", "shapes", "--out", "r", "--set", "lrr=1"),
            "unknown setting 'lrr' (did you mean 'lr'?)",
        ),
        (
            ("--model", "Q", "--data", "shapes", "--out", "r"),
            "unknown model 'Q'",
        ),
        (
            ("--model", "Z", "--data", "shapes", "--out", "r", "--set", "seed=1", "--seed", "2"),
            "seed was given twice, by --set and by its own option; keep one",
        ),
        (("--report", "nothing"), "nothing is no run: it has no config.json"),
        (("--report", "r", "--model", "Z"), "--model has no use with --report; leave it out"),
        (("--settings", "--set", "lr=1"), "--set has no use with --settings; leave it out"),
        (("--export", "a", "--to", "b", "--json"), "--json has no use with --export"),
        (("--export", "missing.pth", "--to", "b"), "missing.pth; expected a torch checkpoint"),
    ],
)
def test_a_mistake_is_one_line(run, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    done = run("train", *options)
    assert done.code == 1
    assert words in done.error
    assert list(tmp_path.iterdir()) == []


def test_bad_images_are_named_or_left_out_and_counted(run, data, tmp_path):
    copied = shutil.copytree(data, tmp_path / "data")
    (copied / "train" / "bee" / "bee1.png").write_bytes(b"no image")
    line = ("train", "--model", "Z", "--data", copied, "--quiet", *OPTIONS)
    done = run(*line, "--out", tmp_path / "a")
    assert done.code == 1
    assert "bee1.png is not an image that can be read" in done.error
    assert "go on with --set skip_bad=true (--skip-bad); all is saved up to step " in done.error
    done = run(*line, "--out", tmp_path / "b", "--skip-bad")
    assert (done.code, done.err) == (0, "")
    assert "images that could not be read were met 1 time and left out" in done.out


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("val", "has no val/ (or val_in_folders/): it holds train; expected train/ and val/"),
        ("train", "has no train/: it holds val; expected train/ and val/, each with a folder a"),
        ("val/cow", "the classes differ: 1 only in"),
        ("val/cow/*", "1 of 3 class folders in"),
    ],
)
def test_data_that_does_not_fit_is_told_in_one_line(run, data, tmp_path, gone, words):
    copied = shutil.copytree(data, tmp_path / "data")
    for path in copied.glob(gone):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = run("train", "--model", "Z", "--data", copied, "--out", tmp_path / "r")
    assert done.code == 1
    assert words in done.error
    assert not (tmp_path / "r").exists()


def test_a_batch_that_does_not_divide_is_told_in_one_line(run, data, tmp_path):
    done = run("train", "--model", "Z", "--data", data, "--out", tmp_path / "r", *OPTIONS,
               "--set", "accumulate=4")  # fmt: skip
    assert done.code == 1
    assert "a batch of 6 does not divide by 1 processes x 4 parts" in done.error


def test_another_model_or_recipe_in_the_same_folder_is_refused(trained, run):
    _, out = trained
    done = run("train", "--resume", "--model", "RT", "--out", out)
    assert done.code == 1
    assert "model is Z and RT was asked for" in done.error
    done = run("train", "--resume", "--recipe", "modern", "--out", out)
    assert done.code == 1
    assert "recipe is original and modern was asked for" in done.error
