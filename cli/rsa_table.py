"""The table of ``cornetkit rsa``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .columns import lay_out, number, p_text
from .report import identity

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_MOST_ROWS = 60
_THREE_DIGITS = (
    "score",
    "score_error",
    "score_low",
    "score_high",
    "ceiling_lower",
    "ceiling_upper",
)


def report(result: xr.Dataset, table: pd.DataFrame, neural: str, acts: str) -> list[str]:
    """Return the heading, the table (the best of a long one) and what the columns are."""
    a = result.attrs
    lines = [
        f"{identity(a, acts)} -> {neural}: RDMs of {a['n_stimuli']:,} stimuli, "
        f"compared by {a['compare']}",
        f"distances: {a['metric']} (model), {a['neural_metric']} (brain)",
        "",
    ]
    shown = table
    if len(table) > _MOST_ROWS:
        scored = table[table["score"].notna()]
        by = [column for column in ("area",) if column in table.columns]
        best = (
            scored.groupby(by, sort=False)["score"].idxmax() if by else [scored["score"].idxmax()]
        )
        shown = scored.loc[best]
        lines.append(
            f"the best of {len(table)} rows, chosen on what they show (all: --out, --json):"
        )
    lines += _table(shown)
    lines += _of_inference(a, table)
    if a["ceiling"] != "none":
        lines += ["", f"ceiling over {a['ceiling']}: {a['ceiling_meaning']}"]
    return lines


def _of_inference(a: dict[str, Any], table: pd.DataFrame) -> list[str]:
    """Say what intervals and p values rest on, and how many are not there."""
    lines = []
    if "bootstrap" in a:
        over = " and ".join(_listed(a["resample_of"]))
        lines.append(
            f"low, high: {a['confidence']:.0%} interval over {over}, {a['bootstrap']:,} resamples, "
            f"seed {a['resample_seed']}"
        )
    if "permutations" in a:
        within = a["permute_within"]
        inside = "" if within == "none" else f" inside {within}"
        clusters = a.get("correction") == "cluster"
        by = "the mass of clusters of time bins, over all scores of the result"
        lines.append(
            f"p: {a['permutations']:,} permutations of the stimuli{inside}, one-sided; p corr.: "
            + (by if clusters else "for the highest of all scores of the result")
        )
    undefined = int(table["score"].isna().sum())
    if undefined:
        lines.append(f"-: {undefined} of {len(table)} similarities are not defined (see the notes)")
    return ["", *lines] if lines else []


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(name) for name in value]


def _table(table: pd.DataFrame) -> list[str]:
    heads = {
        "step_ms": "model ms",
        "bin_ms": "neural ms",
        "score": "similarity",
        "score_error": "+-",
        "score_low": "low",
        "score_high": "high",
        "p_corrected": "p corr.",
        "ceiling_lower": "lower",
        "ceiling_upper": "upper",
    }
    cells: dict[str, list[str]] = {}
    for name in table.columns:
        column = table[name]
        if (column.isna().all() and name == "score_error") or (column.astype(str) == "").all():
            continue
        if name in _THREE_DIGITS:
            values = [number(value) for value in column]
        elif name in ("p", "p_corrected"):
            values = [p_text(value) for value in column]
        else:
            values = [str(value) for value in column]
        cells[heads.get(name, name)] = values
    return lay_out(cells, left=list(cells))
