"""Scores as text: the table on stdout, and what to say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

MOST_ROWS = 40
_HEADS = {
    "model": "model",
    "area": "area",
    "step": "step",
    "step_ms": "model ms",
    "bin_ms": "neural ms",
    "score": "r",
    "score_error": "+-",
    "ceiling_score": "ceiling",
    "normalized": "norm.",
}


def identity(attrs: dict) -> str:
    """Say whose activations these are, and plainly when the weights are untrained."""
    model = attrs.get("acts_model", attrs.get("model", "activations"))
    name = f"CORnet-{model}" if model in ("Z", "R", "RT", "S") else str(model)
    known = attrs.get("acts_identity", attrs.get("identity"))
    return f"{name}, {known}" if known else name


def heading(found: list[xr.Dataset], neural: str) -> str:
    """Say in two lines or more what was scored, and how."""
    a = found[0].attrs
    method = a["method"]
    if method == "pls":
        method = f"{a['targets']} PLS, {a['n_components']} components"
    elif method == "ridge":
        per = "a neuroid" if a["alpha_per"] == "neuroid" else "for all"
        method = f"ridge, one penalty {per}"
    kind = "folds" if a["splits"] == "kfold" else "shuffle splits"
    if a["stratify"] != "none":
        kind += f" stratified by {a['stratify']}"
    names = list(dict.fromkeys(identity(scores.attrs) for scores in found))
    return (
        f"{' and '.join(names)} -> {neural}: {a['n_stimuli']:,} stimuli, "
        f"{a['n_neuroids']:,} neuroids\n"
        f"protocol {a['protocol']}: {method}; {a['n_splits']} {kind}, seed {a['seed']}"
    )


def footer(scores: xr.Dataset) -> str:
    """Explain the columns."""
    formula = scores["normalized"].attrs["formula"]
    return (
        "r: Pearson, median over neuroids, mean over splits;\n"
        "+-: sd over splits / sqrt(splits): stability of the fit, not a test;\n"
        f"ceiling: reliability (units of r^2); norm.: {formula};\n"
        "norm. of a fitted score still falls with reliability: compare windows, areas, animals at "
        "equal reliability"
    )


def table_lines(table: pd.DataFrame) -> list[str]:
    """Lay out a table of scores; columns without any content are left out."""
    import pandas as pd

    shown = {}
    for name, head in _HEADS.items():
        if name not in table.columns or (table[name].astype(str) == "").all():
            continue
        if table[name].dtype.kind == "f":
            shown[head] = [f"{v:.3f}" if pd.notna(v) else "-" for v in table[name]]
        else:
            shown[head] = [str(v) for v in table[name]]
    text = {"model", "area"}
    widths = {head: max(len(head), *map(len, cells)) for head, cells in shown.items()}

    def line(cells: dict[str, str]) -> str:
        return "  ".join(
            cells[h].ljust(w) if h in text else cells[h].rjust(w) for h, w in widths.items()
        ).rstrip()

    rows = [dict(zip(shown, cells, strict=True)) for cells in zip(*shown.values(), strict=True)]
    return [line({h: h for h in widths}), *(line(row) for row in rows)]


def report(found: list[xr.Dataset], table: pd.DataFrame, neural: str) -> str:
    """Return the whole report: heading, table (only the best of a long one), explanations."""
    lines = [heading(found, neural), ""]
    if len(table) <= MOST_ROWS:
        lines += table_lines(table)
        if (table.groupby(["model", "area"])["step"].nunique() > 1).any():
            lines += ["", "A best row, if read off, is chosen on the scores it shows."]
    else:
        scored = table[table["score"].notna()]
        of_area = scored.loc[scored.groupby(["model", "area"], sort=False)["score"].idxmax()]
        lines += ["best step and bin of each area:", *table_lines(of_area), ""]
        per_bin = scored.loc[scored.groupby("bin_ms", sort=False)["score"].idxmax()]
        if 1 < len(per_bin) <= MOST_ROWS:
            lines += ["best area and step of each time bin:", *table_lines(per_bin), ""]
        middle = scored["score"].median()
        lines.append(
            f"{len(table)} rows in all, median r {middle:.3f}; all of them: --out or --json. "
            "The best are chosen on the scores that they show."
        )
    lines += ["", footer(found[0])]
    return "\n".join(lines)
