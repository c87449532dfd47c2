"""The log of a run: a CSV of steps, a CSV of epochs, and TensorBoard events."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import FileError, MissingExtraError

STEP_COLUMNS = ("step", "epoch", "lr", "loss", "top1", "top5", "images_per_second", "data_wait")
EPOCH_COLUMNS = (
    *("epoch", "step", "lr", "train_loss", "train_top1", "train_top5"),
    *("val_loss", "val_top1", "val_top5", "seconds", "bad_images"),
)


def check_tensorboard() -> None:
    """Raise `MissingExtraError` unless TensorBoard is installed."""
    if importlib.util.find_spec("tensorboard") is None:
        raise MissingExtraError(
            "TensorBoard events need tensorboard: pip install 'cornetkit[tensorboard]'"
        )


class Log:
    """Rows as they come; a disk that is full is told, and training goes on.

    Parameters
    ----------
    folder
        Of the run.
    step
        Rows after this step are of a part that is done again, and are taken out.
    tensorboard
        Write events too.
    say
        Takes a line for the user.
    """

    def __init__(
        self, folder: Path, step: int, *, tensorboard: bool, say: Callable[[str], None]
    ) -> None:
        self._say, self._told = say, False
        self._files = {
            "steps": (folder / "steps.csv", STEP_COLUMNS),
            "epochs": (folder / "epochs.csv", EPOCH_COLUMNS),
        }
        for path, columns in self._files.values():
            kept = [row for row in read_rows(path) if int(row["step"]) <= step]
            _write(path, "w", [columns, *([row[c] for c in columns] for row in kept)])
        self._events: Any = None
        if tensorboard:
            check_tensorboard()
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def add(self, name: str, row: dict[str, Any]) -> None:
        """Add a row to ``"steps"`` or ``"epochs"``."""
        path, columns = self._files[name]
        try:
            _write(path, "a", [[_shown(row[column]) for column in columns]])
            if self._events is not None:
                for column, value in row.items():
                    if column not in ("step", "epoch"):
                        self._events.add_scalar(f"{name}/{column}", value, row["step"])
                self._events.flush()
        except OSError as error:
            if not self._told:
                self._say(f"cannot write {path} ({error.strerror or error}): rows will be missing")
            self._told = True

    def close(self) -> None:
        """Close what is open."""
        if self._events is not None:
            self._events.close()


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the whole rows of a log; none where there is no file."""
    try:
        with path.open(newline="") as file:
            return [row for row in csv.DictReader(file) if None not in row.values()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def _write(path: Path, mode: str, rows: list[Any]) -> None:
    with path.open(mode, newline="") as file:
        csv.writer(file).writerows(rows)


def _shown(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
