"""Two processes on one machine, as torchrun starts them."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from tiny_runs import TINY, same, weights

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.training import recipe_settings
from cornetkit.training.data_open import open_data
from cornetkit.training.processes import Processes, joined
from cornetkit.training.settings import with_values
from cornetkit.training.train import _check


def losses(out):
    with (out / "steps.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def torchrun(data, out, *options, model="Z"):
    """Train with two gloo processes."""
    values = [f"--set={name}={value}" for name, value in (TINY | {"lr": 0.01}).items()]
    return subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", "2", "-m", "cornetkit_cli", "train", "--model", model),
            *("--data", data, "--out", out, "--quiet", *values, *options),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("model", ["Z", "RT"])
def test_two_processes_have_the_losses_of_one(images, tmp_path, model):
    done = torchrun(images, tmp_path / "two", model=model)
    assert done.returncode == 0, done.stderr
    settings = TINY | {"lr": 0.01}
    one = ck.train(model, images, tmp_path / "one", settings=settings, progress=False)
    assert losses(tmp_path / "two") == pytest.approx(losses(one.out), rel=1e-4)
    a = weights(tmp_path / "two" / "checkpoints" / "latest.pth")
    for name, value in weights(one.latest).items():
        np.testing.assert_allclose(a[name], value, atol=1e-4)


@pytest.mark.slow
def test_two_processes_are_the_same_run_each_time(images, tmp_path):
    for name in ("a", "b"):
        done = torchrun(images, tmp_path / name)
        assert done.returncode == 0, done.stderr
    a, b = (weights(tmp_path / name / "checkpoints" / "latest.pth") for name in ("a", "b"))
    assert same(a, b)


@pytest.mark.slow
def test_a_rest_that_leaves_a_process_without_images_is_trained_on(images, tmp_path):
    # 9 images: 8 and 1.
    done = torchrun(images, tmp_path / "two", "--subset=3", "--set=batch_size=8")
    assert done.returncode == 0, done.stderr
    settings = TINY | {"lr": 0.01, "subset": 3, "batch_size": 8}
    one = ck.train("Z", images, tmp_path / "one", settings=settings, progress=False)
    assert losses(tmp_path / "two") == pytest.approx(losses(one.out), rel=1e-4)


@pytest.mark.slow
def test_a_run_of_two_processes_goes_on_with_one(images, tmp_path):
    done = torchrun(images, tmp_path / "two", "--set=epochs=1")
    assert done.returncode == 0, done.stderr
    again = ck.train(out=tmp_path / "two", resume=True, settings={"epochs": 2}, progress=False)
    settings = TINY | {"lr": 0.01}
    one = ck.train("Z", images, tmp_path / "one", settings=settings, progress=False)
    assert losses(again.out) == pytest.approx(losses(one.out), rel=1e-4)


@pytest.mark.slow
def test_a_batch_that_does_not_divide_by_the_processes_is_told_by_torchrun(images, tmp_path):
    done = torchrun(images, tmp_path / "two", "--set=batch_size=7")
    assert done.returncode != 0
    assert "a batch of 7 does not divide by 2 processes x 1 parts" in done.stderr


def test_a_batch_has_to_divide_by_the_processes(images):
    settings = with_values(recipe_settings("Z"), {"batch_size": 256}, "test")
    three = Processes(0, 3, torch.device("cpu"))
    words = r"a batch of 256 does not divide by 3 processes x 1 parts; give --set batch_size=255"
    with pytest.raises(InputError, match=words):
        _check(settings, open_data(images), three)


def test_one_process_needs_no_others():
    with joined() as processes:
        assert (processes.rank, processes.world, processes.main) == (0, 1, True)
        assert processes.total(1.5, 2) == [1.5, 2]
        processes.wait()
