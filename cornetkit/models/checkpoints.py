"""Reading a checkpoint file: tensors and plain values, and nothing is ever run."""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import WeightsError, listing
from ..inputs import check_input
from .official import file_sha256

WRAPPERS = ("module.", "_orig_mod.")
EXPECTED = "expected a torch checkpoint (a dict with 'state_dict', or a state dict itself)"

# torch keeps its allow-list for the whole process: two readers must not take it from each other.
_ALLOW_LIST = threading.Lock()


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds: tensors by name, the plain values beside them, and the file's hash."""

    path: Path
    state: dict[str, Tensor]
    metadata: dict[str, Any]
    sha256: str


def _numpy_scalars() -> list[Any]:
    """List what a pickled NumPy number needs, under the names old and new NumPy gave it."""
    scalar = np._core.multiarray.scalar
    numbers = ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
    return [
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
        np.dtype,
        *(type(np.dtype(number)) for number in numbers),
    ]


def read_checkpoint(path: str | Path, otherwise: str = EXPECTED) -> Checkpoint:
    """Read a checkpoint from a local file, in torch's old or new format.

    Wrappers' prefixes (``module.`` of DataParallel) are taken off the names; values that are
    no tensors (epoch, flags, optimizer) become the metadata.

    Parameters
    ----------
    path
        The file.
    otherwise
        What to give instead, for the message where nothing is there.

    Raises
    ------
    WeightsError
        The file is missing, empty, damaged, no checkpoint, or asks for code to be run.
    """
    path = Path(os.path.expanduser(path))  # ~someone who is not there stays as it stands
    check_input(
        path,
        "weights file",
        expected=EXPECTED,
        missing=lambda: f"; {otherwise}",
        error=WeightsError,
    )
    try:
        if path.stat().st_size == 0:
            raise WeightsError(f"{path} is empty; {EXPECTED}: copy it again")
        sha256 = file_sha256(path)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}; {EXPECTED}") from error
    content = _load(path)
    if not isinstance(content, Mapping):
        raise WeightsError(f"{path} holds a {type(content).__name__}; {EXPECTED}")
    state = content.get("state_dict", content)
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path} has a {type(state).__name__} as 'state_dict'; {EXPECTED}")
    tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor)}
    if not tensors:
        raise WeightsError(
            f"{path} holds no weights, only {listing(map(str, content)) or 'an empty dict'}; "
            f"{EXPECTED}"
        )
    metadata = {
        str(key): value
        for key, value in content.items()
        if key != "state_dict" and not isinstance(value, Tensor)
    }
    return Checkpoint(path, _unwrapped(tensors, path), metadata, sha256)


def _load(path: Path) -> Any:
    try:
        with (
            _ALLOW_LIST,
            warnings.catch_warnings(),
            torch.serialization.safe_globals(_numpy_scalars()),
        ):
            # Remarks on pickle protocols: what cannot be read is refused in our own words.
            warnings.simplefilter("ignore", UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True)
    # A damaged pickle can fail in any way a program can (KeyError, struct.error, ...).
    except Exception as error:
        asked_for = re.search(r"GLOBAL (\S+)", str(error))
        if asked_for:
            raise WeightsError(
                f"{path} was refused: it holds a pickled '{asked_for[1]}', and nothing in a file "
                "is ever run; save the weights alone with torch.save(model.state_dict(), ...)"
            ) from error
        raise WeightsError(
            f"{path} is damaged or no checkpoint; {EXPECTED}: copy or download it again"
        ) from error


def _unwrapped(tensors: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Take the prefixes of wrapping modules off the names."""
    state: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        while name.startswith(WRAPPERS):
            name = name.partition(".")[2]
        if name in state:
            raise WeightsError(
                f"{path} holds '{name}' twice, with and without a 'module.' prefix; "
                "keep one of them and save it again"
            )
        state[name] = tensor
    return state
