"""Small images in classes, and runs that take a fraction of a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import TINY, fill

import cornetkit as ck


@pytest.fixture(scope="session")
def images(tmp_path_factory) -> Path:
    """train/ with 6 images of each of 3 classes, val/ with 2."""
    folder = tmp_path_factory.mktemp("images")
    fill(folder / "train", 6)
    fill(folder / "val", 2, seed=1)
    return folder


@pytest.fixture
def run(tmp_path, images) -> Callable[..., Any]:
    """Return a function that trains CORnet-Z for 6 steps; settings by name, folder by `out`."""

    def call(out: str = "run", data: Any = images, model: str | None = "Z", **given: Any) -> Any:
        arguments = {
            name: given.pop(name)
            for name in ("recipe", "config", "resume", "overwrite", "progress")
            if name in given
        }
        settings = given if arguments.get("resume") else TINY | given
        return ck.train(
            model, data, tmp_path / out, settings=settings, **({"progress": False} | arguments)
        )

    return call
