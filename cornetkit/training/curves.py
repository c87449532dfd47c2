"""The curves of a run, read from its log."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import FileError
from .logs import EPOCH_COLUMNS, STEP_COLUMNS, read_rows


def training_curves(run: str | Path) -> xr.Dataset:
    """Read the log of a run.

    Parameters
    ----------
    run
        Its folder.

    Returns
    -------
    Dataset
        ``loss``, ``top1``, ``top5``, ``lr``, ``images_per_second``, ``data_wait`` over ``step``
        (means over the steps since the row before; ``step_epoch`` says where in the epochs), and
        ``train_loss``, ``val_loss``, ``train_top1``, ``val_top1``, ``train_top5``, ``val_top5``
        over ``epoch``. The attributes say model and recipe.

    Raises
    ------
    FileError
        It is no folder of a run, or nothing was logged yet.
    """
    folder = Path(run)
    if not (folder / "config.json").is_file():
        raise FileError(f"{folder} is no run: it has no config.json; expected the --out of train")
    steps, epochs = read_rows(folder / "steps.csv"), read_rows(folder / "epochs.csv")
    if not steps and not epochs:
        raise FileError(f"{folder} has no logged step yet; let it train a little longer")
    held = {}
    for name in STEP_COLUMNS[2:]:
        held[name] = ("step", np.array([float(row[name]) for row in steps]))
    for name in EPOCH_COLUMNS[2:]:
        target = "epoch_lr" if name == "lr" else name
        held[target] = ("epoch", np.array([float(row[name]) for row in epochs]))
    settings = json.loads((folder / "config.json").read_text())["settings"]
    return xr.Dataset(
        held,
        coords={
            "step": [int(row["step"]) for row in steps],
            "step_epoch": ("step", [float(row["epoch"]) for row in steps]),
            "epoch": [int(row["epoch"]) for row in epochs],
        },
        attrs={"model": settings["model"], "recipe": settings["recipe"], "run": str(folder)},
    )
