"""Tables as text: numbers as cells, and cells in columns."""

from __future__ import annotations

from collections.abc import Sequence


def lay_out(columns: dict[str, list[str]], left: Sequence[str] = ()) -> list[str]:
    """Return a head and the rows, columns aligned to the right except those named."""
    widths = {head: max(len(head), *map(len, cells)) for head, cells in columns.items()}

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.ljust(width) if head in left else cell.rjust(width)
            for (head, width), cell in zip(widths.items(), cells, strict=True)
        ).rstrip()

    return [line(list(columns)), *(line(row) for row in zip(*columns.values(), strict=True))]


def number(value: float) -> str:
    """Write a number with three digits, what is not defined as ``-``."""
    return f"{value:.3f}" if value == value else "-"


def p_text(value: float) -> str:
    """Write a p value: as many digits as its size asks for, and no more than resamples can tell."""
    if value != value:
        return "-"
    if value < 1e-4:
        return "<1e-4"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1g}"
