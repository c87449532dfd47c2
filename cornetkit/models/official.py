"""The four published checkpoints: where they are, how they are recognised, how they are had."""

from __future__ import annotations

import hashlib
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

import torch

from ..errors import WeightsError

TIMEOUT_S = 30.0
_DOWNLOADING = threading.Lock()


class OfficialCheckpoint(NamedTuple):
    """A published file: its address and the first 8 hex digits of its SHA-256."""

    url: str
    hash_prefix: str

    @property
    def file_name(self) -> str:
        """The last part of the address."""
        return self.url.rpartition("/")[2]


def _published(letter: str, hash_prefix: str) -> OfficialCheckpoint:
    folder = "https://s3.amazonaws.com/cornet-models"
    return OfficialCheckpoint(f"{folder}/cornet_{letter}-{hash_prefix}.pth", hash_prefix)


OFFICIAL: dict[str, OfficialCheckpoint] = {
    "Z": _published("z", "5c427c9c"),
    "R": _published("r", "5930a990"),
    "RT": _published("rt", "933c001c"),
    "S": _published("s", "1d3f7974"),
}


def official_letter(file_sha256: str) -> str | None:
    """Return the letter of the published checkpoint with this hash, or None."""
    for letter, checkpoint in OFFICIAL.items():
        if file_sha256.startswith(checkpoint.hash_prefix):
            return letter
    return None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cached_path(letter: str) -> Path:
    """Return where a model's published checkpoint lies, or would lie, in torch's cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / OFFICIAL[letter].file_name


def official_file(letter: str) -> Path:
    """Return the cached file of a model's published checkpoint, downloading it if need be.

    The cache is torch's own: ``checkpoints`` in `torch.hub.get_dir` (``TORCH_HOME`` moves it).

    Raises
    ------
    WeightsError
        The file cannot be had, or is not the published one.
    """
    checkpoint = OFFICIAL[letter]
    path = cached_path(letter)
    instead = "use --weights FILE or --weights random (weights= in Python)"
    if not path.exists():
        _download(checkpoint, path, instead)
    try:
        found = file_sha256(path)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}; mend it or {instead}") from error
    if not found.startswith(checkpoint.hash_prefix):
        raise WeightsError(
            f"{path} is not the published CORnet-{letter} checkpoint: expected a SHA-256 that "
            f"starts with {checkpoint.hash_prefix}, found {found}; delete it to download again, "
            f"or {instead}"
        )
    return path


def _download(checkpoint: OfficialCheckpoint, path: Path, instead: str) -> None:
    """Fetch a file; it appears under its name only when it is complete and has the right hash."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _socket_timeout(TIMEOUT_S):
            torch.hub.download_url_to_file(
                checkpoint.url,
                str(path),
                hash_prefix=checkpoint.hash_prefix,
                progress=sys.stderr.isatty(),
            )
    except RuntimeError as error:
        # torch raises this one only for a hash that differs, with both hashes in its words.
        raise WeightsError(
            f"what {checkpoint.url} sent is not {path.name}: {error}; nothing was kept in "
            f"{path.parent}: try again, copy the file there by hand, or {instead}"
        ) from error
    except (OSError, HTTPException) as error:
        reason = " ".join(str(getattr(error, "reason", None) or error).split())
        raise WeightsError(
            f"cannot download {checkpoint.url}: {reason or type(error).__name__}; copy the file "
            f"by hand into {path.parent}, or {instead}"
        ) from error


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Let a silent server fail instead of hanging for ever: torch's download has no timeout."""
    with _DOWNLOADING:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(seconds)
        try:
            yield
        finally:
            socket.setdefaulttimeout(before)
