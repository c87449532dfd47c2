"""Which CORnet a checkpoint belongs to.

CORnet-R and CORnet-RT have the same names and shapes, so that a strict load takes the wrong
one without a word: only the published file's hash or the file's own metadata tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import WeightsError
from .checkpoints import Checkpoint
from .naming import letter_of
from .official import OFFICIAL, official_letter

HOLDERS = ("flags", "FLAGS", "cornetkit")
MODEL_KEYS = ("model", "arch", "letter")

# A name that only one kind of model has.
TELLING = {
    "V1.conv.weight": ("Z",),
    "V1.conv_input.weight": ("R", "RT"),
    "V2.skip.weight": ("S",),
}


def metadata_values(metadata: Mapping[str, Any], *keys: str) -> Iterator[Any]:
    """Yield what the metadata and the dicts known to hold flags say under these keys."""
    for holder in (metadata, *(metadata.get(name) for name in HOLDERS)):
        if isinstance(holder, Mapping):
            yield from (holder[key] for key in keys if key in holder)


def identify(checkpoint: Checkpoint, letter: str) -> str:
    """Say how sure it is that a checkpoint belongs to a model.

    Parameters
    ----------
    checkpoint
        What the file holds.
    letter
        The model it is to be loaded into.

    Returns
    -------
    str
        ``"verified: official CORnet-S checkpoint 1d3f7974"``, ``"verified by the checkpoint's
        metadata"``, ``"verified by its names and shapes"`` (Z and S, which no other model
        resembles) or ``"identity not verified"`` (R and RT, when nothing tells them apart).

    Raises
    ------
    WeightsError
        The checkpoint belongs to another model.
    """
    by_hash = official_letter(checkpoint.sha256)
    if by_hash == letter:
        return f"verified: official CORnet-{letter} checkpoint {OFFICIAL[letter].hash_prefix}"
    if by_hash is not None:
        raise OtherModelError(
            checkpoint.path, f"is the official CORnet-{by_hash} checkpoint", letter
        )

    candidates = next((who for name, who in TELLING.items() if name in checkpoint.state), None)
    if candidates is not None and letter not in candidates:
        names = " or ".join(f"CORnet-{candidate}" for candidate in candidates)
        raise OtherModelError(checkpoint.path, f"looks like {names}", letter)
    claims = {
        claim
        for value in metadata_values(checkpoint.metadata, *MODEL_KEYS)
        if isinstance(value, str) and (claim := letter_of(value)) is not None
    }
    if claims == {letter}:
        return "verified by the checkpoint's metadata"
    if candidates == (letter,):
        return "verified by its names and shapes"
    if claims and letter not in claims:
        (claim, *_) = sorted(claims)
        raise OtherModelError(
            checkpoint.path, f"says in its metadata that it is CORnet-{claim}", letter
        )
    return "identity not verified"


class OtherModelError(WeightsError):
    """A checkpoint belongs to another model.

    Parameters
    ----------
    path
        Its file.
    finding
        What tells: ``"looks like CORnet-Z"``.
    letter
        The model it was to be loaded into.
    """

    def __init__(self, path: Path, finding: str, letter: str) -> None:
        super().__init__(
            f"{path} {finding}, not CORnet-{letter}; ask for that model, or give a file of this one"
        )
        self.finding = finding
