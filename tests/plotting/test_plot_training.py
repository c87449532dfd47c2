"""The curves of a training as a figure."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import InputError
from cornetkit.plotting import plot_training


@pytest.fixture
def curves():
    rng = np.random.default_rng(0)
    steps = ("loss", "top1", "top5", "lr", "images_per_second", "data_wait")
    epochs = ("train_loss", "val_loss", "train_top1", "val_top1", "train_top5", "val_top5")
    return xr.Dataset(
        {name: ("step", rng.random(8)) for name in steps}
        | {name: ("epoch", rng.random(2)) for name in epochs},
        coords={
            "step": np.arange(8),
            "step_epoch": ("step", np.arange(8) / 4),
            "epoch": [1, 2],
        },
        attrs={"model": "S", "recipe": "modern"},
    )


def test_losses_accuracies_rate_and_speed_are_drawn(curves):
    axes = plot_training(curves)
    assert len(axes) == 4
    drawn = {line.get_label(): line.get_ydata() for axis in axes for line in axis.lines}
    np.testing.assert_array_equal(drawn["validation"], curves["val_loss"])
    np.testing.assert_array_equal(drawn["training, by step"], curves["loss"])
    np.testing.assert_array_equal(drawn["validation top-1"], curves["val_top1"])
    np.testing.assert_array_equal(axes[2].lines[0].get_ydata(), curves["lr"])
    assert axes[0].figure.get_suptitle() == "CORnet-S, recipe modern"


def test_a_single_logged_step_can_be_seen(curves):
    axes = plot_training(curves.isel(step=[0], epoch=[0]))
    assert axes[2].lines[0].get_marker() == "."
    assert axes[3].lines[0].get_marker() == "."


def test_anything_else_is_refused(curves):
    with pytest.raises(InputError, match=r"the curves lack lr; expected the result of training_c"):
        plot_training(curves.drop_vars("lr"))
