"""Figures of a command: of an unknown kind refused before any work, and written whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

KINDS = ("png", "pdf", "svg")


def check_figure(plot: str | None) -> None:
    """Raise `InputError` for a figure of an unknown kind."""
    if plot is not None and kind_of(Path(plot)) not in KINDS:
        from cornetkit.errors import InputError

        raise InputError(f"--plot {plot}: expected a name that ends in .png, .pdf or .svg")


def save_figure(axes: Any, path: str | Path) -> None:
    """Write the figure of some axes, in place of one that is there."""
    from cornetkit.outputs import complete_or_not

    figure = getattr(axes, "figure", None) or axes.flat[0].figure
    with complete_or_not(Path(path), overwrite=True) as partial:
        figure.savefig(partial, dpi=150, format=kind_of(Path(path)))


def kind_of(path: Path) -> str:
    """Return the end of a name, without the dot."""
    return path.suffix.lower().removeprefix(".")
