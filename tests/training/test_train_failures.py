"""What goes wrong in a long run, and what is left of it."""

import errno
import os

import numpy as np
import pytest
import torch
from tiny_runs import fill, same, weights

import cornetkit as ck
from cornetkit.errors import FileError, InputError
from cornetkit.training import checkpoints
from cornetkit.training.loop import Loop


@pytest.fixture
def damaged(tmp_path):
    """Images of which one cannot be read."""
    data = tmp_path / "damaged"
    fill(data / "train", 6)
    fill(data / "val", 2, seed=1)
    (data / "train" / "bee" / "bee3.png").write_bytes(b"no image")
    return data


def test_an_image_that_cannot_be_read_is_named_and_all_is_saved(run, damaged):
    with pytest.raises(FileError, match=r"bee3.png is not an image that can be read.*--skip-bad"):
        run("a", data=damaged)
    found = torch.load(damaged.parent / "a" / "checkpoints" / "latest.pth", weights_only=True)
    assert found["training"]["step"] < 3


def test_skip_bad_counts_it_and_trains_on_the_others(run, damaged):
    found = run("a", data=damaged, skip_bad=True)
    assert found.steps == 6
    assert found.bad_images == 2  # once an epoch


def test_a_run_that_met_a_bad_image_goes_on_when_it_was_mended(run, damaged):
    with pytest.raises(FileError):
        run("a", data=damaged)
    fill(damaged / "train", 6)
    again = run("a", data=damaged)
    assert same(weights(again.latest), weights(run("whole", data=damaged).latest))


def test_a_batch_of_bad_images_only_changes_nothing(run, damaged):
    for path in (damaged / "train").rglob("*.png"):
        path.write_bytes(b"no image")
    found = run("a", data=damaged, skip_bad=True, epochs=1)
    start = ck.load_model("Z", "random", num_classes=3).state_dict()
    assert found.bad_images == 18
    assert same(weights(found.latest), dict(start))


def test_a_loss_that_is_no_number_stops_with_the_step_and_its_images(run, monkeypatch):
    before = Loop._train

    def train(self, parts, epoch, waited):
        if self.step == 4:
            with torch.no_grad():
                self.engine.model.decoder.linear.bias[:] = float("nan")
        before(self, parts, epoch, waited)

    monkeypatch.setattr(Loop, "_train", train)
    words = r"no finite number at step 4 \(epoch 1, batch 1\); its images: .*\.png.*lower learning"
    with pytest.raises(InputError, match=words):
        run("a")


def test_a_diverging_run_keeps_its_last_good_state(run, tmp_path):
    with pytest.raises(InputError, match="the last good state is"):
        run("a", lr=1e30, checkpoint_minutes=1e-9)
    kept = weights(tmp_path / "a" / "checkpoints" / "latest.pth")
    assert all(torch.isfinite(value).all() for value in kept.values())


def full_disk(monkeypatch, fails):
    """Let writing a checkpoint fail as on a full disk, by the number of the call."""
    calls = []
    before = torch.save

    def save(content, file):
        calls.append(1)
        if fails(len(calls)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        before(content, file)

    monkeypatch.setattr(checkpoints.torch, "save", save)
    return calls


def test_a_disk_that_is_full_for_a_while_costs_nothing(run, monkeypatch, capsys):
    expected = weights(run("whole").latest)
    full_disk(monkeypatch, lambda n: n in (2, 3))  # best and latest of the first epoch
    found = run("a", progress=True)
    assert same(weights(found.latest), expected)
    assert "No space left on device; training goes on" in " ".join(capsys.readouterr().err.split())


def test_a_disk_that_stays_full_leaves_the_last_state_and_is_told(run, monkeypatch, tmp_path):
    full_disk(monkeypatch, lambda n: n > 3)
    with pytest.raises(FileError, match=r"No space left on device; the last state is kept in .*la"):
        run("a")
    state = torch.load(tmp_path / "a" / "checkpoints" / "latest.pth", weights_only=True)
    assert state["training"]["step"] == 3
    assert not list((tmp_path / "a").rglob("*.partial"))


def test_a_disk_that_is_full_at_the_start_is_told_before_any_work(run, monkeypatch):
    calls = full_disk(monkeypatch, lambda n: True)
    with pytest.raises(FileError, match=r"cannot write .*latest.pth: No space left on device"):
        run("a")
    assert len(calls) == 1


def test_states_are_saved_by_minutes(run, monkeypatch):
    saved = []
    before = Loop._save

    def save(self):
        saved.append(self.step)
        before(self)

    monkeypatch.setattr(Loop, "_save", save)
    run("a", checkpoint_minutes=1e-9)
    assert saved == [0, 1, 2, 3, 3, 4, 5, 6]
    saved.clear()
    run("b", checkpoint_minutes=0)
    assert saved == [3, 6]


def test_an_output_that_is_a_file_is_told(run, tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(FileError, match=r"a is a file; expected a folder for the run \(--out\)"):
        run("a")


def test_a_batch_that_does_not_divide_is_told(run):
    words = r"a batch of 6 does not divide by 1 processes x 4 parts; give --set batch_size=8"
    with pytest.raises(InputError, match=words):
        run("a", accumulate=4)


def test_too_few_steps_of_rt_are_told(run):
    words = r"CORnet-RT with 3 steps: the image never arrives in IT, .* give times=4 or more"
    with pytest.raises(InputError, match=words):
        run("a", model="RT", times=3)


def test_one_class_is_told(run, tmp_path):
    for split in ("train", "val"):
        fill(tmp_path / "one" / split, 2, classes=("ant",))
    with pytest.raises(InputError, match=r"has one class \(ant\); expected 2 or more"):
        run("a", data=tmp_path / "one")


def test_a_device_that_is_not_there_is_told(images, tmp_path):
    with pytest.raises(InputError, match=r"unknown device 'gpu'; expected cpu, cuda, cuda:1, mps"):
        ck.train("Z", images, tmp_path / "a", device="gpu", progress=False)


def test_tensorboard_that_is_not_installed_is_told(run, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'cornetkit\[tensorboard\]'"):
        run("a", tensorboard=True)


def test_sync_batch_norm_on_the_cpu_is_told(run):
    with pytest.raises(InputError, match="sync_batch_norm needs GPUs"):
        run("a", sync_batch_norm=True)


def test_validation_leaves_out_what_it_cannot_read(run, damaged):
    fill(damaged / "train", 6)
    whole = run("a", data=damaged, epochs=1)
    (damaged / "val" / "cow" / "cow0.png").write_bytes(b"")
    found = run("b", data=damaged, epochs=1)
    assert np.isfinite(found.top1)
    assert found.loss != whole.loss


def test_validation_says_what_it_cannot_read(run, damaged, capsys):
    fill(damaged / "train", 6)
    (damaged / "val" / "cow" / "cow0.png").write_bytes(b"")
    run("a", data=damaged, epochs=1, progress=True)
    said = " ".join(capsys.readouterr().err.split())
    assert "warning: 1 validation image cannot be read and left out: " in said
    assert "cow0.png" in said


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("config.json", r"a holds checkpoints/latest.pth of a run whose config.json is gone"),
        ("checkpoints/latest.pth", r"a holds checkpoints/best.pth of a run whose .*latest.pth is"),
    ],
)
def test_a_run_of_which_a_part_is_gone_is_not_trained_over(run, tmp_path, gone, words):
    run("a", epochs=1)
    (tmp_path / "a" / gone).unlink()
    with pytest.raises(FileError, match=words):
        run("a", epochs=1)
    assert run("a", epochs=1, overwrite=True).steps == 3


def test_going_on_where_no_run_is_and_no_model_was_given_is_told(run):
    with pytest.raises(FileError, match="a holds no run to go on with; give --model and --data"):
        run("a", model=None, data=None, resume=True)
