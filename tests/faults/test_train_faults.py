"""Training killed in its midst, with workers; training on a disk that is really full."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

pytestmark = pytest.mark.slow
SETTINGS = {"image_size": 32, "batch_size": 6, "keep_every": 0, "log_every": 1, "lr": 0.01}


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """Two splits of three classes."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("val", 2)):
        for name in ("ant", "bee", "cow"):
            (folder / split / name).mkdir(parents=True)
            for k in range(count):
                pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{name}{k}.png")
    return folder


def command(images, out, **settings):
    values = [f"--set={name}={value}" for name, value in (SETTINGS | settings).items()]
    start = [sys.executable, "-m", "cornetkit_cli", "train", "--model", "Z", "--quiet"]
    return [*start, "--data", str(images), "--out", str(out), *values]


def train(*arguments, **settings):
    return subprocess.run(
        command(*arguments, **settings),
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def weights(out):
    return torch.load(out / "checkpoints" / "latest.pth", weights_only=True)["state_dict"]


def test_a_run_killed_with_its_workers_at_work_goes_on_at_once(images, tmp_path):
    settings = {"workers": 2, "epochs": 10, "checkpoint_minutes": 1e-9}
    killed = subprocess.Popen(
        command(images, tmp_path / "a", **settings),
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    log, deadline = tmp_path / "a" / "steps.csv", time.monotonic() + 100
    while not log.exists() or len(log.read_text().splitlines()) < 5:
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    state = torch.load(tmp_path / "a" / "checkpoints" / "latest.pth", weights_only=True)
    assert 0 < state["training"]["step"] < 30
    done = train(images, tmp_path / "a", **settings)  # its workers may live for a while
    assert done.returncode == 0, done.stderr
    assert train(images, tmp_path / "b", epochs=10).returncode == 0
    a, b = weights(tmp_path / "a"), weights(tmp_path / "b")
    assert all(torch.equal(a[name], b[name]) for name in b)


def test_a_disk_that_is_really_full_leaves_the_last_state_to_go_on_from(images, out, mount):
    # The best weights take 6.2 MB, a state that has begun 12.4: no room for a second such state.
    mount("24m")
    folder = out.parent / "run"
    full = train(images, folder, epochs=2)
    assert full.returncode == 1
    assert "Error: cannot write" in full.stderr
    assert "the last state is kept in" in full.stderr
    assert len(full.stderr.splitlines()) == 1
    state = torch.load(folder / "checkpoints" / "latest.pth", weights_only=True)
    assert state["training"]["step"] == 3  # of 6
    mount("64m")
    again = train(images, folder, epochs=2)
    assert again.returncode == 0, again.stderr
    whole = out.parent.parent / "whole"
    assert train(images, whole, epochs=2).returncode == 0
    a, b = weights(folder), weights(whole)
    assert all(torch.equal(a[name], b[name]) for name in b)
    shutil.rmtree(folder)
