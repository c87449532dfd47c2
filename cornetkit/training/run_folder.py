"""The folder of a run: what lies where, and whether a training may go on there."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import FileError, InputError, listing
from .config import check_values, differences, read_config, resolve
from .recipes import letter_of_model
from .settings import FREE, Settings, with_values


class RunFolder:
    """Where a run's files lie.

    Parameters
    ----------
    path
        The folder: ``config.json``, ``steps.csv``, ``epochs.csv``, ``epochNNN.pth`` (weights
        along training) and ``checkpoints/`` with ``latest.pth`` (all that is needed to go on)
        and ``best.pth`` (the weights with the best top-1 on the validation images).
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise FileError(f"{self.path} is a file; expected a folder for the run (--out)")

    @property
    def config(self) -> Path:
        """The resolved settings."""
        return self.path / "config.json"

    @property
    def latest(self) -> Path:
        """The state to go on from."""
        return self.path / "checkpoints" / "latest.pth"

    @property
    def best(self) -> Path:
        """The best weights."""
        return self.path / "checkpoints" / "best.pth"

    def epoch(self, number: int) -> Path:
        """The weights after so many epochs."""
        return self.path / f"epoch{number:03d}.pth"

    def exists(self) -> bool:
        """Whether a run was begun here that can be gone on with."""
        return self.config.is_file() and self.latest.is_file()

    def check_whole(self, *, can_begin: bool) -> None:
        """Raise `FileError` where no run can be gone on with, and none may be begun.

        Parameters
        ----------
        can_begin
            Whether it was told what to train.
        """
        if self.exists():
            return
        for path, gone in ((self.latest, self.config), (self.best, self.latest)):
            if path.is_file():
                raise FileError(
                    f"{self.path} holds {path.relative_to(self.path)} of a run whose "
                    f"{gone.relative_to(self.path)} is gone: it cannot be gone on with; give "
                    "another --out, or --overwrite to start anew"
                )
        if not can_begin:
            raise FileError(
                f"{self.path} holds no run to go on with; give --model and --data to begin one, or "
                "the --out of a run"
            )

    def make(self) -> None:
        """Make the folders."""
        try:
            self.latest.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"cannot make the folder {self.path}: {error.strerror or error}; give another "
                "place (--out)"
            ) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from training into this folder; the system forgets it with the process.

        Raises
        ------
        FileError
            Another process does already.
        """
        self.make()
        with (self.path / ".lock").open("w") as file:
            try:
                # Of the process alone: workers that for a while outlive a killed one hold none.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                raise FileError(
                    f"another process is training into {self.path}; wait for it, or give another "
                    "--out"
                ) from None
            except OSError:
                pass  # a file system without locks, as some that clusters share
            yield

    def clear(self) -> None:
        """Take away what a run wrote; other files in the folder stay."""
        for name in ("checkpoints", "tensorboard"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for pattern in ("epoch[0-9]*.pth", "steps.csv", "epochs.csv", "config.json"):
            for path in self.path.glob(pattern):
                path.unlink()


def settle(
    folder: RunFolder | None,
    model: str | None,
    data: str | None,
    recipe: str | None,
    values: Mapping[str, Any],
    config: Mapping[str, Any] | None,
    resume: bool,
) -> tuple[Settings, str]:
    """Return the settings and data of a run that begins or goes on.

    `folder` is that of a run to go on with, or None. With `resume`, what is left out is as the
    run has it.

    Raises
    ------
    InputError
        The run in that folder was made with other settings or data; they are named.
    """
    check_values(values)
    if folder is None:
        return resolve(model, data, recipe, values, config)
    stored, stored_data = resolve(None, None, None, {}, read_config(folder.config))
    if resume and config is None:
        asked = with_values(stored, dict(values), "--set")
        wanted = {"model": letter_of_model(model) if model else None, "recipe": recipe}
        asked = with_values(asked, {n: v for n, v in wanted.items() if v is not None}, "--set")
        data = data or stored_data
    else:
        asked, data = resolve(model, data, recipe, values, config)
    differ = differences(stored, asked, FREE)
    if stored.schedule == asked.schedule == "staircase" and asked.epochs > stored.epochs:
        differ = [text for text in differ if not text.startswith("epochs ")]
    if str(data) != stored_data:
        differ.append(f"data is {stored_data} and {data} was asked for")
    if differ:
        raise InputError(
            f"{folder.path} holds a run with other settings: {listing(differ, 8)}; give its own "
            "(--resume alone takes them from there), another --out, or --overwrite to start anew"
        )
    return asked, str(data)
