"""What the model tests share."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cornetkit.errors import CornetkitError
from cornetkit.models import load_model


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Call `load_model`, expect an error of ours, and return its one line."""

    def load_and_fail(*args: Any, error: type[Exception] = CornetkitError, **kwargs: Any) -> str:
        with pytest.raises(error) as caught:
            load_model(*args, **kwargs)
        message = str(caught.value)
        assert "\n" not in message
        return message

    return load_and_fail


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Save something as a checkpoint file and return its path."""

    def write(content: Any, name: str = "own.pth", **kwargs: Any) -> Path:
        torch.save(content, tmp_path / name, **kwargs)
        return tmp_path / name

    return write


@pytest.fixture
def hash_of() -> Callable[[Path], str]:
    """Return a file's SHA-256, computed apart from the package."""
    return lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
