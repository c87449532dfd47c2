"""``cornetkit inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .printing import print_json

if TYPE_CHECKING:
    from cornetkit.errors import StimulusMismatchError


@click.command("inspect")
@click.argument("file")
@click.option("--with", "other", help="A second file: do the two fit together?")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: str, other: str | None, as_json: bool) -> None:
    """Say in a few lines what a file holds, and whether two fit together.

    \b
    cornetkit inspect acts.nc
    cornetkit inspect it.nc --with acts.nc          # exit code 1 where they do not fit
    """
    found = _look(file)
    lines, result = found["lines"], _for_machines(file, found)
    misfit = None
    if other is not None:
        second = _look(other)
        words, misfit = _compare(file, found, other, second)
        lines = [*lines, "", *second["lines"]] + (["", words] if misfit is None else [])
        result |= {"with": _for_machines(other, second), "fit": misfit is None, "words": words}
    if as_json:
        print_json(result)
    else:
        print("\n".join(lines))
    if misfit is not None:  # what the files hold is of use all the same, so it came first
        raise misfit


def _for_machines(file: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return what `_look` found without the text, and with a count instead of all ids."""
    counted = {"n_stimuli": len(found["ids"])} if "ids" in found else {}
    return {
        "file": file,
        **{k: v for k, v in found.items() if k not in ("lines", "ids")},
        **counted,
    }


def _look(file: str) -> dict[str, Any]:
    from cornetkit.file_signatures import check_netcdf
    from cornetkit.inputs import check_input
    from cornetkit.result_contents import kind_of_file

    from .inspect_checkpoint import is_checkpoint
    from .inspect_readers import READERS

    path, expected = Path(file), "expected activations, recordings, results or a checkpoint"

    def missing() -> str:
        beside = path.with_name(f"{path.name}.partial")
        unfinished = f" (only {beside.name}, unfinished)" if beside.exists() else ""
        return f"{unfinished}; {expected}; check the name and the folder"

    check_input(path, "file", expected=expected, missing=missing)
    kind = "checkpoint" if is_checkpoint(path) else kind_of_file(path)
    if kind == "recordings":  # what everything is called that is nothing else
        check_netcdf(path, expected)
    return {"kind": kind, **READERS[kind](path)}


def _compare(
    file: str, first: dict[str, Any], other: str, second: dict[str, Any]
) -> tuple[str, StimulusMismatchError | None]:
    """Return in words whether two files fit, and what is to be raised where they do not."""
    from cornetkit.errors import InputError, StimulusMismatchError
    from cornetkit.schema import common_stimuli

    if "ids" not in first or "ids" not in second:
        raise InputError(
            "--with compares the stimuli of activations, recordings and RDMs; one of the two "
            "files is none of these, or holds several groups of RDMs"
        )
    try:
        common = common_stimuli(first["ids"], second["ids"], names=(file, other))
    except StimulusMismatchError as mismatch:
        words = f"{file} and {other} do not fit as they are: {mismatch}"
        return words, StimulusMismatchError(words)
    return f"fit: the same {len(common):,} stimuli in both", None
