"""Scores as text: the table on stdout, and what to say about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .columns import lay_out, p_text

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
    "interval": "95 %",
    "p": "p",
    "p_corrected": "p corr.",
    "ceiling_score": "ceiling",
    "normalized": "norm.",
    "undefined": "undef.",
}


def identity(attrs: Mapping[Any, Any], otherwise: str = "activations") -> str:
    """Say whose activations these are, and plainly when the weights are untrained."""
    from cornetkit.schema import whose

    return whose(attrs) or str(attrs.get("acts_model", attrs.get("model", otherwise)))


def sides_of(attrs: Mapping[Any, Any]) -> list[str]:
    """Say in a line whose scores two sides of a comparison are, in two where they differ."""
    known = {side: str(attrs.get(f"{side}_identity", "unknown")) for side in "ab"}
    if len(set(known.values())) == 1:
        return [] if known["a"] == "unknown" else [f"both of {known['a']}"]
    return [f"{side}: {name}" for side, name in known.items()]


def heading(found: list[xr.Dataset], neural: str) -> str:
    """Say in two lines or more what was scored, and how."""
    a = found[0].attrs
    method = a["method"]
    if method == "pls":
        method = f"{a['targets']} PLS, {a['n_components']} components"
    elif method in ("ridge", "non-negative"):
        per = "a neuroid" if a["alpha_per"] == "neuroid" else "for all"
        method = f"{'ridge' if method == 'ridge' else 'non-negative ridge'}, one penalty {per}"
    if a.get("standardize", "none") != "none":
        method += ", units standardised within folds"
    if a.get("mapping") == "shared":
        method += f", one mapping over all time bins (alignment: {a['alignment']})"
    if a.get("stack", "none") != "none":
        over = "areas and steps" if "area" in a["stack"] else "steps of an area"
        method += f", all {over} side by side"
    kind = _splits(a)
    names = list(dict.fromkeys(identity(scores.attrs) for scores in found))
    return (
        f"{' and '.join(names)} -> {neural}: {a['n_stimuli']:,} stimuli, "
        f"{a['n_neuroids']:,} neuroids\n"
        f"protocol {a['protocol']}: {method}; {kind}"
    )


def _splits(a: dict) -> str:
    """Say how stimuli were held out."""
    kinds = {
        "kfold": "folds",
        "shuffle": "shuffle splits",
        "held-out": f"splits that hold out values of {a.get('held_out')}",
        "distance": f"folds that lie apart in the space of {a.get('space')}",
        "stored": f"stored splits ({a.get('splits_source')})",
    }
    said = f"{a['n_splits']} {kinds[a['splits']]}"
    if a["stratify"] != "none":
        said += f" stratified by {a['stratify']}"
    if a["groups"] != "none":
        said += f" grouped by {a['groups']}"
    if a["correlation"] != "within splits":
        said += ", predictions pooled over them"
    return said if a["splits"] == "stored" else f"{said}, seed {a['seed']}"


def footer(scores: xr.Dataset) -> str:
    """Explain the columns."""
    formula = scores["normalized"].attrs["formula"]
    undefined = (
        "undef.: neuroids without an r in some split (why: undefined in the scores);\n"
        if bool(scores["r"].isnull().where(scores["driven"], False).any())
        else ""
    )
    return undefined + (
        "r: Pearson, median over neuroids, mean over splits;\n"
        "+-: sd over splits / sqrt(splits): stability of the fit, not a test;\n"
        f"ceiling: reliability (units of r^2); norm.: {formula};\n"
        "norm. of a fitted score still falls with reliability: compare windows, areas, animals at "
        "equal reliability"
    )


def table_lines(table: pd.DataFrame) -> list[str]:
    """Lay out a table of scores; columns without any content are left out."""
    shown = {}
    for name, head in _HEADS.items():
        if name not in table.columns or (table[name].astype(str) == "").all():
            continue
        if name == "undefined" and not table[name].any():
            continue
        p = name in ("p", "p_corrected")
        shown[head] = [p_text(v) for v in table[name]] if p else _cells(table[name])
    return lay_out(shown, left=("model", "area"))


def with_intervals(found: list[xr.Dataset], table: pd.DataFrame) -> pd.DataFrame:
    """Add the intervals of a bootstrap as text; baselines, whose rows have others, get none."""
    if not any("resampled" in scores for scores in found):
        return table
    texts = [
        "" if of_baseline or low != low else f"{low:.3f} to {high:.3f}"
        for low, high, of_baseline in zip(
            table["score_low"], table["score_high"], table["baseline"], strict=True
        )
    ]
    return table.assign(interval=texts)


def _inference_lines(found: list[xr.Dataset]) -> list[str]:
    """Say what intervals and p values are of."""
    lines = []
    first = found[0]
    if "resampled" in first:
        lines.append(f"95 %: {first['score_low'].attrs['interval'].removeprefix('95 %, ')};")
    if "p" in first:
        a = first["p_corrected"].attrs
        within = a["permuted_within"]
        inside = "" if within == "none" else f" within {within}"
        lines.append(
            f"p: {a['n_permutations']} permutations of the stimuli{inside}, each fitted anew; "
            f"p corr.: {a['correction']};"
        )
    return lines


def _part_lines(scores: xr.Dataset, model: str) -> list[str]:
    """Lay out the scores of each part of the neuroids; of many rows the best of each."""
    from cornetkit.predictivity import part_table

    table = part_table(scores)
    name = str(table.columns[0])
    of = f"{model} " if model else ""
    head = f"{of}by {name}:"
    if len(table) > MOST_ROWS:
        scored = table[table["score"].notna()]
        table = scored.loc[scored.groupby([name, "area"], sort=False)["score"].idxmax()]
        head = f"{of}by {name}, best step and bin of each area (chosen on the scores they show):"
    columns = {name: table[name].astype(str).tolist()}
    for column, title in {"n_neuroids": "neuroids", **_HEADS}.items():
        if column not in table.columns or (table[column].astype(str) == "").all():
            continue
        columns[title] = _cells(table[column])
    return [head, *lay_out(columns, left=(name, "area"))]


def _cells(column: pd.Series) -> list[str]:
    import pandas as pd

    if column.dtype.kind == "f":
        return [f"{v:.3f}" if pd.notna(v) else "-" for v in column]
    return [str(v) for v in column]


SELECTED = (
    "The highest row is chosen on these very scores: as the best of several it reads too high."
)


def report(
    found: list[xr.Dataset],
    table: pd.DataFrame,
    neural: str,
    remarks: Sequence[str] = (),
    labels: Sequence[str] = (),
) -> str:
    """Return the whole report: heading, table (only the best of a long one), explanations.

    The labels tell several models apart, as the column ``model`` of the table does.
    Its column ``baseline`` says which rows are no model's.
    """
    lines = [heading(found, neural), ""]
    table = with_intervals(found, table)
    if len(table) <= MOST_ROWS:
        lines += table_lines(table)
        if (table.groupby(["model", "area"])["step"].nunique() > 1).any():
            lines += ["", SELECTED]
    else:
        scored = table[table["score"].notna()]
        of_area = scored.loc[scored.groupby(["model", "area"], sort=False)["score"].idxmax()]
        lines += ["best step and bin of each area:", *table_lines(of_area), ""]
        # Which step wins when is asked of the models; baselines have their rows above.
        models = scored[~scored["baseline"]]
        per_bin = models.loc[models.groupby("bin_ms", sort=False)["score"].idxmax()]
        if 1 < len(per_bin) <= MOST_ROWS:
            lines += ["best area and step of each time bin:", *table_lines(per_bin), ""]
        middle = scored["score"].median()
        lines.append(
            f"{len(table)} rows in all, median r {middle:.3f}; all of them: --out or --json. "
            "The best are chosen on the scores that they show."
        )
    for scores, label in zip(found, labels or [""] * len(found), strict=True):
        if "score_by" in scores:
            lines += ["", *_part_lines(scores, label)]
    lines += ["", *_inference_lines(found), footer(found[0]), *dict.fromkeys(remarks)]
    return "\n".join(lines)
