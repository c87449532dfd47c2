"""Going on with a run: to the bit as if nothing had happened."""

import csv

import numpy as np
import pytest
import torch
from tiny_runs import TINY, fill, same, weights

import cornetkit as ck
from cornetkit.errors import FileError, InputError
from cornetkit.training.loop import Loop


class Killed(BaseException):
    pass


def killed_after(monkeypatch, step):
    """Let a run end hard after so many steps, its last state being of an earlier one."""
    before = Loop._train

    def train(self, parts, epoch, waited):
        before(self, parts, epoch, waited)
        if self.step == step:
            raise Killed

    monkeypatch.setattr(Loop, "_train", train)


def saving_every_step(monkeypatch):
    before = Loop._go_on

    def go_on(self, parts):
        self._saved_at = -1e9
        return before(self, parts)

    monkeypatch.setattr(Loop, "_go_on", go_on)


def rows(path, name="steps.csv"):
    with (path / name).open() as file:
        kept = [dict(row) for row in csv.DictReader(file)]
    for row in kept:
        for clock in ("images_per_second", "data_wait", "seconds"):
            row.pop(clock, None)
    return kept


@pytest.mark.parametrize(
    ("step", "given"),
    [*((step, {}) for step in (1, 2, 4, 5)), (4, {"optimizer": "adamw", "lr": 1e-3})],
)
def test_a_run_killed_in_mid_epoch_reaches_the_same_weights(run, monkeypatch, step, given):
    whole = run("whole", ema_decay=0.9, **given)
    with monkeypatch.context() as patched:
        saving_every_step(patched)
        killed_after(patched, step)
        with pytest.raises(Killed):
            run("killed", ema_decay=0.9, **given)
    again = run("killed", ema_decay=0.9, **given)
    assert again.steps == whole.steps == 6
    for key in ("state_dict", "ema_state_dict"):
        assert same(weights(again.latest, key), weights(whole.latest, key))
    kept = [torch.load(r.latest, weights_only=True)["training"] for r in (again, whole)]
    for a, b in zip(*(k["optimizer"]["state"].values() for k in kept), strict=True):
        assert a
        assert same(a, b)


def test_the_log_goes_on_without_gap_or_double(run, monkeypatch):
    whole = run("whole", log_every=2)
    with monkeypatch.context() as patched:
        saving_every_step(patched)
        killed_after(patched, 5)  # after the row of step 4, in the midst of one
        with pytest.raises(Killed):
            run("killed", log_every=2)
    again = run("killed", log_every=2)
    assert rows(again.out) == rows(whole.out)
    assert rows(again.out, "epochs.csv") == rows(whole.out, "epochs.csv")
    # Every second step, and the last of each epoch.
    assert [row["step"] for row in rows(again.out)] == ["2", "3", "4", "6"]


def test_workers_do_not_change_the_weights(run):
    assert same(weights(run("a").latest), weights(run("b", workers=2).latest))


def test_the_seed_changes_the_weights(run):
    a, b, c = run("a"), run("b"), run("c", seed=1)
    assert same(weights(a.latest), weights(b.latest))
    assert not same(weights(a.latest), weights(c.latest))


def test_torchs_random_state_is_left_alone_and_plays_no_part(run):
    torch.manual_seed(3)
    a = run("a")
    torch.manual_seed(4)
    expected = torch.random.get_rng_state()
    b = run("b")
    assert torch.equal(torch.random.get_rng_state(), expected)
    assert same(weights(a.latest), weights(b.latest))


def test_a_run_is_made_again_from_its_configuration(run, tmp_path):
    a = run("a", lr=0.03, clip_norm=1.0)
    b = ck.train(out=tmp_path / "b", config=a.out / "config.json", progress=False)
    assert same(weights(a.latest), weights(b.latest))


def test_resume_takes_what_is_left_out_from_the_run(run):
    a = run("a", lr=0.03)
    before = a.latest.read_bytes()
    again = run("a", model=None, data=None, resume=True)
    assert (again.steps, again.top1) == (a.steps, a.top1)
    assert a.latest.read_bytes() == before


def test_resume_with_nothing_there_starts(run):
    found = run("new", resume=True, **{k: v for k, v in TINY.items()})
    assert found.steps == 6


def test_more_epochs_of_a_staircase_go_on_from_the_end(run):
    first = run("a", lr=0.03)
    more = run("a", resume=True, epochs=3)
    assert (first.steps, more.steps) == (6, 9)
    assert same(weights(more.latest), weights(run("b", lr=0.03, epochs=3).latest))


def test_a_complete_run_is_not_trained_again(run):
    run("a")
    with pytest.raises(FileError, match=r"holds this run, complete; give overwrite=True"):
        run("a")


def test_overwrite_starts_anew_and_leaves_other_files(run):
    a = run("a", keep_every=1)
    (a.out / "notes.txt").write_text("mine")
    b = run("a", overwrite=True, lr=0.2, epochs=1, keep_every=1)
    assert b.steps == 3
    assert not (b.out / "epoch002.pth").exists()
    assert (b.out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"lr": 0.2}, r"lr is 0.05 and 0.2 was asked for"),
        ({"model": "RT"}, r"model is Z and RT was asked for"),
        ({"recipe": "shapes"}, r"recipe is original and shapes was asked for"),
        ({"epochs": 1}, r"epochs is 2 and 1 was asked for"),
        ({"subset": 2}, r"subset is 0 and 2 was asked for"),
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_going_on_with_other_settings_is_refused_and_they_are_named(run, changed, words, resume):
    run("a")
    with pytest.raises(InputError, match=words):
        run("a", resume=resume, **changed)


def test_going_on_with_other_data_is_refused(run, images, tmp_path):
    run("a")
    with pytest.raises(InputError, match=r"data is .*images.* and .*other was asked for"):
        run("a", data=tmp_path / "other")


def test_going_on_with_images_that_changed_is_refused(run, tmp_path):
    data = tmp_path / "data"
    fill(data / "train", 2)
    fill(data / "val", 1)
    run("a", data=data)
    fill(data / "train", 3)
    with pytest.raises(InputError, match=r"are not those that the run in .* began with"):
        run("a", data=data, resume=True)


def test_what_changes_no_weight_may_change(run):
    run("a", epochs=1)
    again = run("a", resume=True, epochs=2, workers=1, log_every=3)
    assert again.steps == 6


def test_a_damaged_state_is_told(run):
    a = run("a")
    a.latest.write_bytes(a.latest.read_bytes()[:1000])
    with pytest.raises(FileError, match=r"cannot go on from .*latest.pth.*damaged"):
        run("a", resume=True)


def test_weights_alone_are_no_state_to_go_on_from(run):
    a = run("a")
    a.latest.write_bytes(a.best.read_bytes())
    with pytest.raises(FileError, match=r"holds weights alone, no state of a training"):
        run("a", resume=True)


def test_training_starts_from_given_weights(run, tmp_path):
    a = run("a")
    b = run("b", weights=str(a.best), lr=1e-12, weight_decay=0, epochs=1)
    for name, value in weights(a.best).items():
        np.testing.assert_allclose(weights(b.latest)[name], value, atol=1e-6)
