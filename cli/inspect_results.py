"""What ``cornetkit inspect`` says of files of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .compare_rsa import look_at_comparison
from .evaluate import look_at_evaluation
from .inspect_over_time import OVER_TIME, look_at_dynamics, look_over_time
from .printing import records

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# Of longer tables only so many rows are shown; --json has all.
_MOST_ROWS = 12


def look_at_result(path: Path, kind: str) -> dict[str, Any]:
    """Return lines and facts on a file of results of a known kind (see `kind_of_file`)."""
    return {"kind": kind, **_READERS[kind](path)}


def _scores(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    from .report import heading, table_lines, with_intervals

    scores = ck.open_scores(path)
    table = with_intervals([scores], ck.score_table(scores).assign(baseline=False))
    best = table.loc[[table["score"].idxmax()]] if table["score"].notna().any() else table[:0]
    lines = [
        f"{path}: scores",
        *(f"  {line}" for line in heading([scores], "recordings").split("\n")),
    ]
    lines += [f"  {len(table)} rows; the best:", *(f"  {line}" for line in table_lines(best))]
    return {"rows": len(table), "attrs": dict(scores.attrs), "lines": lines}


def _ceilings(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    ceilings = ck.open_ceiling(path)
    a = ceilings.attrs
    table = ck.ceiling_table(ceilings)
    halves = f", {a['n_halves']} halves, seed {a['seed']}" if "n_halves" in a else ""
    lines = [
        f"{path}: noise ceilings of {ceilings.sizes['neuroid']:,} neuroids in "
        f"{ceilings.sizes['time_bin']} time bins, {a['n_stimuli']:,} stimuli",
        f"  method {a['method']}{halves}; in units of r^2",
    ]
    shown = table[["bin_ms", "median", "q25", "q75", "n_undefined"]]
    return _result(lines, shown, a)


def _reverse(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    from .report import identity

    result = ck.open_scores(path)
    a = result.attrs
    lines = [
        f"{path}: reverse predictivity of {identity(a)}",
        f"  {a['n_stimuli']:,} stimuli, {a['n_neuroids']:,} neuroids; {a['method']} from "
        f"{a['n_predictors']:,} predictors, {a['n_splits']} folds, seed {a['seed']}",
        f"  normalized: {a['formula']}; medians over targets",
    ]
    directions = [str(name) for name in result["direction"].values]
    both = {name: result.sel(direction=name) for name in directions}
    rows = [
        {
            **_place(result, place),
            **{f"{name} r": float(one["score"][place]) for name, one in both.items()},
            **{f"{name} norm.": float(one["normalized"][place]) for name, one in both.items()},
        }
        for place in _driven(result)
    ]
    return _result(lines, _frame(rows), a)


def _partition(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    from .report import identity

    result = ck.open_scores(path)
    a = result.attrs
    first, second = (int(step) for step in result["time"].values)
    lines = [
        f"{path}: partition of variance, {identity(a)}, {result['area'].item()} steps {first} and "
        f"{second}",
        f"  {a['n_stimuli']:,} stimuli, {a['n_neuroids']:,} neuroids; {a['method']}, "
        f"{a['n_splits']} folds, seed {a['seed']}",
        "  medians over neuroids, in units of variance, not corrected for noise",
    ]
    rows = [
        {
            "bin_ms": _bin(result, b),
            f"unique to {first}": float(result["unique_median"].values[0, b]),
            f"unique to {second}": float(result["unique_median"].values[1, b]),
            "shared": float(result["shared_median"].values[b]),
        }
        for b in range(result.sizes["time_bin"])
    ]
    return _result(lines, _frame(rows), a)


def _error_modes(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    from .report import identity

    result = ck.open_scores(path)
    a = result.attrs
    p = int(result["n_train"].values.max())
    lines = [
        f"{path}: error modes of {identity(a)}",
        f"  {a['n_stimuli']:,} stimuli, {a['n_neuroids']:,} neuroids; penalty {a['alpha']:g}",
        f"  expected error with {p:,} training stimuli, as a share of the variance:",
    ]
    rows = [
        {
            **_place(result, place),
            "error": float(result["error"].sel(n_train=p)[place]),
            "radius": float(result["radius"].sel(n_train=p)[place]),
            "dimension": float(result["dimension"].sel(n_train=p)[place]),
            "participation ratio": float(result["participation_ratio"][place[:2]]),
        }
        for place in _driven(result)
    ]
    return _result(lines, _frame(rows), a)


def _comparison(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    result = ck.open_scores(path)
    a = result.attrs
    lines = [f"{path}: comparison of scores, {a['a']} (a) and {a['b']} (b)"]
    return _result(lines, ck.comparison_table(result), a)


def _rdms(path: Path) -> dict[str, Any]:
    import netCDF4

    import cornetkit as ck
    from cornetkit.errors import listing
    from cornetkit.similarity import to_form

    with netCDF4.Dataset(path) as file:
        inside = [name for name, group in file.groups.items() if "rdm" in group.variables]
        groups: list[str | None] = [None] if "rdm" in file.variables else [*inside]
    lines, facts, ids = [f"{path}: RDMs"], {}, []
    for group in groups:
        rdms = to_form(ck.open_rdms(path, group=group), "square")
        ids = rdms["stimulus_a"].values.tolist()
        others = {str(d): n for d, n in rdms.sizes.items() if not str(d).startswith("stimulus_")}
        over = "".join(f", {n} {dim}s" if n > 1 else f", {n} {dim}" for dim, n in others.items())
        metric = rdms.attrs.get("metric")
        how = f"; metric {metric}" if metric else ""
        name = f"{group}: " if group else ""
        lines.append(f"  {name}{len(ids):,} stimuli ({listing(ids, 3)}){over}{how}")
        facts[group or "rdm"] = {"n_stimuli": len(ids), "sizes": others, "attrs": dict(rdms.attrs)}
    found: dict[str, Any] = {"rdms": facts, "lines": lines}
    return found | {"ids": ids} if len(groups) == 1 else found


def _rsa(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    from .report import identity

    result = ck.open_rsa(path)
    a = result.attrs
    lines = [
        f"{path}: RSA of {identity(a)}",
        f"  RDMs of {a['n_stimuli']:,} stimuli, compared by {a['compare']}; distances: "
        f"{a['metric']} (model), {a['neural_metric']} (brain)",
        f"  ceiling: {a['ceiling']}",
    ]
    return _result(lines, ck.rsa_table(result), a)


def _rdm_ceilings(path: Path) -> dict[str, Any]:
    import numpy as np

    import cornetkit as ck

    result = ck.open_rsa(path)
    a = result.attrs
    lines = [
        f"{path}: noise ceilings of RDMs, compared by {a.get('compare')}",
        f"  over {a['ceiling']}: {a['ceiling_meaning']}",
    ]
    lower = result["ceiling_lower"]
    rows = [
        {
            **{str(dim): i for dim, i in zip(lower.dims, place, strict=True)},
            "lower": float(lower.values[place]),
            "upper": float(result["ceiling_upper"].values[place]),
        }
        for place in np.ndindex(*lower.shape)
    ]
    return _result(lines, _frame(rows), a)


def _matching(path: Path) -> dict[str, Any]:
    import cornetkit as ck

    from .report import identity

    result = ck.open_rsa(path)
    a = result.attrs
    summary = "mean" if a["method"] == "soft" else "median"
    lines = [
        f"{path}: {a['method']} matching of {identity(a)}",
        f"  {a['n_stimuli']:,} stimuli, {result.sizes['neuroid']:,} neuroids; {a['n_splits']} "
        f"folds, seed {a['seed']}; r: {summary} over neuroids",
    ]
    table = ck.rsa_table(result).dropna(axis=1, how="all")
    return _result(lines, table, a)


def _driven(result: xr.Dataset) -> list[tuple[int, int, int]]:
    """Return the places (area, time, time_bin) of steps that the image has reached."""
    import numpy as np

    driven = result["driven"].values
    bins = range(result.sizes["time_bin"])
    return [(i, j, b) for i, j in np.ndindex(*driven.shape) if driven[i, j] for b in bins]


def _place(result: xr.Dataset, place: tuple[int, int, int]) -> dict[str, Any]:
    i, j, b = place
    return {
        "area": str(result["area"].values[i]),
        "step": int(result["time"].values[j]),
        "bin_ms": _bin(result, b),
    }


def _bin(result: xr.Dataset, b: int) -> str:
    limits = [result.coords.get(f"time_bin_{side}") for side in ("start", "end")]
    known = [float(c.values[b]) for c in limits if c is not None]
    if len(known) == 2 and all(limit == limit for limit in known):
        return f"{known[0]:g}-{known[1]:g}"
    return f"bin {b}" if result.sizes["time_bin"] > 1 else ""


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows))


def _result(lines: list[str], table: pd.DataFrame, attrs: dict[str, Any]) -> dict[str, Any]:
    from .columns import lay_out

    heads = {"bin_ms": "neural ms", "step_ms": "model ms"}
    shown = {
        heads.get(name, name): [f"{value:.3f}" if value == value else "-" for value in table[name]]
        if table[name].dtype.kind == "f"
        else [str(value) for value in table[name]]
        for name in table.columns
        if not (table[name].astype(str) == "").all()
    }
    rows = lay_out({head: cells[:_MOST_ROWS] for head, cells in shown.items()}, left=["area"])
    lines = [*lines, *(f"  {row}" for row in rows)]
    if len(table) > _MOST_ROWS:
        lines.append(f"  ... {len(table) - _MOST_ROWS} more rows: --json")
    return {
        "rows": records(table),
        "attrs": dict(attrs),
        "lines": lines,
    }


_READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "scores": _scores,
    "ceilings": _ceilings,
    "reverse predictivity": _reverse,
    "partition of variance": _partition,
    "error modes": _error_modes,
    "comparison of scores": _comparison,
    "comparison of similarity": look_at_comparison,
    "dynamics": look_at_dynamics,
    "evaluation": look_at_evaluation,
    "rdms": _rdms,
    "rsa": _rsa,
    "rdm ceilings": _rdm_ceilings,
    "one-to-one matching": _matching,
    "soft matching": _matching,
    **dict.fromkeys(OVER_TIME, look_over_time),
}
