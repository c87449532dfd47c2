"""The first 20 steps against a plain torch loop, in the manner of the original's."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_runs import weights
from torch.nn import functional as F

import cornetkit as ck
from cornetkit.training import samples

N_CLASSES, PER_CLASS, BATCH, PER_EPOCH = 4, 10, 8, 5
RECIPE = {
    "batch_size": BATCH, "epochs": 4, "image_size": 32, "step_size": 2, "lr": 0.005,
    "log_every": 1, "keep_every": 0, "val_resize": "straight",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_augmentation(monkeypatch):
    """Leave images as they are, so that a plain loop sees the same."""
    monkeypatch.setattr(samples.transforms, "Compose", lambda steps: lambda image: image)


@pytest.fixture(scope="module")
def fixed(tmp_path_factory):
    """Noise around a colour for each class."""
    folder = tmp_path_factory.mktemp("fixed")
    rng = np.random.default_rng(0)
    values = rng.integers(0, 140, (N_CLASSES, PER_CLASS, 32, 32, 3), dtype=np.uint8)
    values += rng.integers(0, 110, (N_CLASSES, 1, 1, 1, 3), dtype=np.uint8)
    for k in range(N_CLASSES):
        for split in ("train", "val"):
            (folder / split / f"c{k}").mkdir(parents=True)
            for i in range(PER_CLASS if split == "train" else 1):
                Image.fromarray(values[k, i]).save(folder / split / f"c{k}" / f"{i}.png")
    return folder, values.reshape(-1, 32, 32, 3)


def plain(model, values, label_smoothing=0.0, lr=0.005):
    """Forward, cross-entropy, backward, SGD: float32, channels first, nothing else."""
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (torch.tensor(values).float() / 255 - mean) / std  # rounded as in the engine
    images = images.permute(0, 3, 1, 2).contiguous()
    labels = torch.arange(N_CLASSES).repeat_interleave(PER_CLASS)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2 * PER_EPOCH)
    losses = []
    model.train()
    for epoch in range(4):
        order = np.random.default_rng([0, epoch]).permutation(len(labels))
        for first in range(0, len(labels), BATCH):
            batch = torch.from_numpy(order[first : first + BATCH])
            loss = F.cross_entropy(
                model(images[batch]), labels[batch], label_smoothing=label_smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
    return losses


def logged(run):
    with (run.out / "steps.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def first_weights(letter):
    return ck.load_model(letter, "random", seed=0, num_classes=N_CLASSES)


@pytest.mark.parametrize(
    ("letter", "lr"),
    [
        ("Z", 0.005),
        ("RT", 0.005),
        pytest.param("R", 0.005, marks=pytest.mark.slow),
        # At 32 pixels its gradient has a norm of 400: at higher rates it learns nothing.
        pytest.param("S", 1e-6, marks=pytest.mark.slow),
    ],
)
def test_the_losses_of_20_steps_are_those_of_a_plain_loop(fixed, tmp_path, letter, lr):
    folder, values = fixed
    expected = plain(first_weights(letter), values, lr=lr)
    settings = RECIPE | {"lr": lr}
    run = ck.train(letter, folder, tmp_path / "r", settings=settings, progress=False)
    assert len(expected) == 20
    assert np.ptp(expected) > 0.05  # something is learned
    assert logged(run) == pytest.approx(expected, rel=1e-5)  # six digits are logged


def test_the_weights_after_20_steps_are_those_of_a_plain_loop(fixed, tmp_path):
    folder, values = fixed
    model = first_weights("Z")
    start = {name: value.clone() for name, value in model.state_dict().items()}
    plain(model, values)
    run = ck.train("Z", folder, tmp_path / "r", settings=RECIPE, progress=False)
    found = weights(run.latest)
    for name, value in model.state_dict().items():
        moved = float((value - start[name]).norm())
        assert float((found[name] - value).norm()) < 1e-2 * moved


def test_label_smoothing_is_torchs(fixed, tmp_path):
    folder, values = fixed
    expected = plain(first_weights("Z"), values, label_smoothing=0.2)
    settings = RECIPE | {"label_smoothing": 0.2}
    run = ck.train("Z", folder, tmp_path / "r", settings=settings, progress=False)
    assert logged(run) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    "changed", [{"accumulate": 2}, {"memory_format": "channels_last"}, {"fused": False}]
)
def test_how_it_is_computed_does_not_change_the_losses(fixed, tmp_path, changed):
    folder, values = fixed
    expected = plain(first_weights("Z"), values)
    run = ck.train("Z", folder, tmp_path / "r", settings=RECIPE | changed, progress=False)
    assert logged(run) == pytest.approx(expected, rel=1e-3)


def test_bf16_follows_float32_roughly(fixed, tmp_path):
    folder, values = fixed
    expected = plain(first_weights("Z"), values)
    settings = RECIPE | {"precision": "bf16"}
    found = logged(ck.train("Z", folder, tmp_path / "r", settings=settings, progress=False))
    assert found != pytest.approx(expected, rel=1e-5)
    assert found == pytest.approx(expected, rel=0.1)
