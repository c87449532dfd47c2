"""The curves of a training as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    import xarray as xr

_TRAIN, _VAL = "#4c72b0", "#dd8452"
_NEEDED = ("loss", "lr", "train_loss", "val_loss", "train_top1", "val_top1", "val_top5")


def plot_training(curves: xr.Dataset, *, title: str | None = None) -> np.ndarray:
    """Draw loss, accuracy, learning rate and speed of a training.

    Parameters
    ----------
    curves
        From `training_curves`.
    title
        Of the figure.

    Returns
    -------
    array of Axes
        Four: loss over epochs, top-1 and top-5 over epochs, learning rate, and images a second
        with the share of the time that waited for images. Their figure is not pyplot's: save it
        with ``axes[0].figure.savefig(...)``.

    Raises
    ------
    InputError
        What was given is not the curves of a training.
    """
    from matplotlib.figure import Figure

    if missing := [name for name in _NEEDED if name not in curves]:
        raise InputError(
            f"the curves lack {', '.join(missing)}; expected the result of training_curves"
        )
    figure = Figure(figsize=(11.0, 6.5), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True).ravel()
    at, epochs = curves["step_epoch"].values, curves["epoch"].values
    loss, accuracy, rate, speed = axes
    # A line through one point is not seen.
    dot = "." if len(at) == 1 else ""
    loss.plot(at, curves["loss"], color=_TRAIN, alpha=0.4, lw=0.8, marker=dot,
              label="training, by step")  # fmt: skip
    loss.plot(epochs, curves["train_loss"], color=_TRAIN, marker=".", label="training")
    loss.plot(epochs, curves["val_loss"], color=_VAL, marker=".", label="validation")
    loss.set_ylabel("cross-entropy")
    for name, colour, style, label in (
        ("train_top1", _TRAIN, "-", "training top-1"),
        ("val_top1", _VAL, "-", "validation top-1"),
        ("val_top5", _VAL, ":", "validation top-5"),
    ):
        accuracy.plot(epochs, curves[name], style, color=colour, marker=".", label=label)
    accuracy.set_ylabel("share of images")
    accuracy.set_ylim(0, 1)
    rate.plot(at, curves["lr"], color="black", marker=dot)
    rate.set_ylabel("learning rate")
    speed.plot(at, curves["images_per_second"], color="black", marker=dot, label="images/s")
    speed.set_ylabel("images/s")
    speed.set_ylim(bottom=0)
    waiting = speed.twinx()
    waiting.plot(at, curves["data_wait"], color="grey", ls=":", marker=dot,
                 label="waiting for images")  # fmt: skip
    waiting.set_ylim(0, 1)
    waiting.set_ylabel("share waiting for images (dotted)", color="grey")
    for axis in (loss, accuracy):
        axis.legend(fontsize=8, frameon=False)
    for axis in (rate, speed):
        axis.set_xlabel("epoch")
    model, recipe = curves.attrs.get("model"), curves.attrs.get("recipe")
    if title or model:
        figure.suptitle(title or f"CORnet-{model}, recipe {recipe}", fontsize=10)
    return axes
