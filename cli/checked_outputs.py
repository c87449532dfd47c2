"""Outputs of a command, refused before any work where they would replace what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


def check_outputs(
    outputs: Mapping[str, str | None],
    inputs: Mapping[str, str | Iterable[str] | None],
    *,
    overwrite: bool,
    images: str | None = None,
) -> None:
    """Raise `FileError` where a result cannot be put, or must not be.

    Parameters
    ----------
    outputs
        Where to, by option; None where it is not wanted. They have to differ.
    inputs
        What is read, by option: a path, several, or None; names of anything else do not matter.
    overwrite
        Whether files that are there may be replaced.
    images
        Of --images: a folder or a table, whose images are read too.
    """
    from cornetkit.inputs import is_file
    from cornetkit.outputs import check_output

    targets = {option: Path(path) for option, path in outputs.items() if path is not None}
    read: dict[str, str | Path | Iterable[str | Path] | None] = {**inputs}
    read["--images"] = images
    if images is not None and any(is_file(path) for path in targets.values()):
        from cornetkit.stimuli import load_stimuli

        read["one of --images"] = load_stimuli(images).paths
    for option, path in targets.items():
        check_output(path, overwrite=overwrite, inputs=read, name=option)
        read[option] = path
