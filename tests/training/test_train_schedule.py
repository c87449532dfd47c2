"""The learning rate over steps."""

import math

import pytest
import torch

from cornetkit.training import recipe_settings
from cornetkit.training.schedule import learning_rate, rule
from cornetkit.training.settings import with_values


@pytest.mark.filterwarnings("ignore:The epoch parameter", "ignore:Detected call of")
@pytest.mark.parametrize("model", ["Z", "R", "RT", "S"])
def test_the_original_recipes_fall_as_torchs_step_lr_fed_with_fractions_of_an_epoch(model):
    settings = recipe_settings(model)
    per_epoch = 7
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=settings.lr)
    oracle = torch.optim.lr_scheduler.StepLR(optimizer, step_size=int(settings.step_size))
    found, expected = [], []
    for step in range(settings.epochs * per_epoch):
        found.append(learning_rate(settings, step, per_epoch))
        oracle.step(step / per_epoch)
        expected.append(optimizer.param_groups[0]["lr"])
    assert found == expected  # to the bit
    assert len(set(found)) == -(-settings.epochs // int(settings.step_size))


@pytest.mark.parametrize(
    ("model", "lr", "step_size", "epochs"),
    [("Z", 0.01, 10, 25), ("R", 0.1, 10, 25), ("RT", 0.1, 10, 25), ("S", 0.1, 20, 43)],
)
def test_the_original_recipes_are_as_published(model, lr, step_size, epochs):
    found = recipe_settings(model)
    assert (found.lr, found.step_size, found.epochs) == (lr, step_size, epochs)
    assert (found.momentum, found.weight_decay, found.batch_size) == (0.9, 1e-4, 256)
    assert (found.image_size, found.crop_scale_min, found.flip) == (224, 0.08, True)
    assert (found.label_smoothing, found.ema_decay, found.clip_norm) == (0, 0, 0)
    assert found.decay_norms
    assert not found.nesterov


def test_the_cosine_rises_to_the_learning_rate_and_falls_to_nearly_nothing():
    settings = with_values(
        recipe_settings("Z"), {"schedule": "cosine", "warmup_epochs": 2, "epochs": 10}, "test"
    )
    found = [learning_rate(settings, step, 10) for step in range(100)]
    assert found[:20] == pytest.approx([0.01 * (k + 1) / 20 for k in range(20)])
    assert found[20] == 0.01
    half = 0.01 * 0.5 * (1 + math.cos(math.pi / 2))
    assert found[60] == pytest.approx(half)
    assert 0 < found[-1] < 1e-5
    assert max(found) == 0.01


def test_a_warm_up_of_a_part_of_a_step_stays_below_the_learning_rate():
    settings = with_values(
        recipe_settings("Z"), {"schedule": "cosine", "warmup_epochs": 0.5, "epochs": 2}, "test"
    )
    assert max(learning_rate(settings, step, 3) for step in range(6)) <= settings.lr


def test_the_rule_is_told_in_words():
    assert rule(recipe_settings("S")) == "learning rate 0.1, times 0.1 every 20 epochs"
    assert "over 5 epochs, then half a cosine to 0 at epoch 90" in rule(
        recipe_settings("S", "modern")
    )
