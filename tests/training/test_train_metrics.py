"""Counting what is right, against scikit-learn; what is logged."""

import csv

import numpy as np
import pytest
import torch
from sklearn.metrics import top_k_accuracy_score

from cornetkit.training.metrics import Meter, count_right
from cornetkit.training.progress import Progress, data_bound


@pytest.mark.parametrize("n_classes", [6, 40])
def test_top_k_is_scikit_learns(n_classes):
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((200, n_classes)).astype(np.float32)
    labels = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, 200 - n_classes)])
    found = count_right(torch.from_numpy(logits), torch.from_numpy(labels))
    expected = [top_k_accuracy_score(labels, logits, k=k, normalize=False) for k in (1, 5)]
    assert [float(value) for value in found] == expected


def test_with_few_classes_all_are_among_the_first_five():
    logits = torch.eye(3)
    top1, top5 = count_right(logits, torch.tensor([0, 1, 0]))
    assert (float(top1), float(top5)) == (2, 3)


def test_a_meter_weights_by_images():
    meter = Meter()
    meter.add([4.0, 2, 1, 2])
    meter.add([2.0, 1, 1, 1])
    assert meter.means == (2.0, 2 / 3, 1.0)
    meter.clear()
    assert np.isnan(meter.means).all()


def test_the_log_of_epochs_is_the_mean_of_the_log_of_steps(run):
    found = run("a", epochs=1)
    with (found.out / "steps.csv").open() as file:
        steps = list(csv.DictReader(file))
    with (found.out / "epochs.csv").open() as file:
        (epoch,) = csv.DictReader(file)
    assert len(steps) == 3
    for name in ("loss", "top1", "top5"):
        mean = np.mean([float(row[name]) for row in steps])
        assert float(epoch[f"train_{name}"]) == pytest.approx(mean, rel=1e-4)
    assert float(epoch["val_top1"]) == pytest.approx(found.top1, rel=1e-5)


def test_waiting_for_images_is_told_with_what_to_do():
    assert data_bound(0.2, 0) is None
    assert "45% of the time waits for images; try more workers (--set workers=2)" in data_bound(
        0.45, 0
    )
    assert "workers=16" in data_bound(0.45, 8)


def test_rates_and_the_warning_come_once(capsys):
    now = [0.0]
    progress = Progress(True, 1, clock=lambda: now[0])
    progress.start(100, 0)
    for _ in range(20):
        now[0] += 2.0
        progress.step(8, waited=1.0)
    assert progress.rates() == (4.0, 0.5)
    now[0] += 1.0
    progress.step(8, waited=0.9)
    assert progress.rates() == (8.0, 0.9)
    assert capsys.readouterr().err.count("data-bound") == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_loss_accuracies_speed_and_waiting_are_shown(capsys, monkeypatch, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    now = [0.0]
    progress = Progress(None if terminal else True, 1, clock=lambda: now[0])
    progress.start(100, 0)
    now[0] = 61.0
    progress.step(8, waited=1.0)
    progress.show(1.5, 0.25, 0.75, 4.0, 0.1)
    progress.close()
    words = "loss 1.500, top-1 0.250, top-5 0.750, 4 images/s, 10% waiting for images"
    shown = capsys.readouterr().err
    assert words in shown
    assert ("step 1 of 100: " in shown) == (not terminal)  # a bar, or a line a minute


def test_nothing_is_shown_where_stderr_is_no_terminal_and_nobody_asked(capsys):
    progress = Progress(None, 1)
    progress.start(10, 0)
    progress.say("words")
    progress.show(1.5, 0.25, 0.75, 4.0, 0.1)
    assert capsys.readouterr().err == ""


def test_tensorboard_gets_the_rows(run):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = run("a", tensorboard=True)
    events = EventAccumulator(str(found.out / "tensorboard")).Reload()
    values = {e.step: e.value for e in events.Scalars("epochs/val_top1")}
    assert set(values) == {3, 6}
    assert values[6] == pytest.approx(found.top1)
    assert len(events.Scalars("steps/loss")) == 6
