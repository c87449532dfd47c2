"""What ``cornetkit inspect`` says of scores, and of what else predictivity computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .inspect_table import bin_text, driven_places, frame, labels_of, with_table
from .report import heading, identity, table_lines, with_intervals


def look_at_scores(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of scores."""
    import cornetkit as ck

    scores = ck.open_scores(path)
    table = with_intervals([scores], ck.score_table(scores).assign(baseline=False))
    best = table.loc[[table["score"].idxmax()]] if table["score"].notna().any() else table[:0]
    lines = [
        f"{path}: scores",
        *(f"  {line}" for line in heading([scores], "recordings").split("\n")),
    ]
    lines += [f"  {len(table)} rows; the best:", *(f"  {line}" for line in table_lines(best))]
    return {"rows": len(table), "attrs": dict(scores.attrs), "lines": lines}


def look_at_ceilings(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of noise ceilings."""
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
    return with_table(lines, shown, a)


def look_at_reverse(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `reverse_predict`."""
    import cornetkit as ck

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
            **labels_of(result, place),
            **{f"{name} r": float(one["score"][place]) for name, one in both.items()},
            **{f"{name} norm.": float(one["normalized"][place]) for name, one in both.items()},
        }
        for place in driven_places(result)
    ]
    return with_table(lines, frame(rows), a)


def look_at_partition(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `partition_variance`."""
    import cornetkit as ck

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
            "bin_ms": bin_text(result, b),
            f"unique to {first}": float(result["unique_median"].values[0, b]),
            f"unique to {second}": float(result["unique_median"].values[1, b]),
            "shared": float(result["shared_median"].values[b]),
        }
        for b in range(result.sizes["time_bin"])
    ]
    return with_table(lines, frame(rows), a)


def look_at_error_modes(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `error_modes`."""
    import cornetkit as ck

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
            **labels_of(result, place),
            "error": float(result["error"].sel(n_train=p)[place]),
            "radius": float(result["radius"].sel(n_train=p)[place]),
            "dimension": float(result["dimension"].sel(n_train=p)[place]),
            "participation ratio": float(result["participation_ratio"][place[:2]]),
        }
        for place in driven_places(result)
    ]
    return with_table(lines, frame(rows), a)


def look_at_score_comparison(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `compare_scores`."""
    import cornetkit as ck

    result = ck.open_scores(path)
    a = result.attrs
    both = (
        f"{a['a']} (a) and {a['b']} (b)" if a["a"] != a["b"] else f"two places (a, b) of {a['a']}"
    )
    kinds = a["resample_of"]
    of = kinds if isinstance(kinds, str) else " and ".join(kinds)
    lines = [
        f"{path}: comparison of scores, {both}",
        f"  {a['bootstrap']:,} paired resamples over {of}; low, high: 95 % interval of the "
        "difference",
    ]
    heads = {
        "score_a": "r of a", "score_b": "r of b", "difference": "a - b", "difference_low": "low",
        "difference_high": "high", "p_corrected": "p corr.",
    }  # fmt: skip
    return with_table(lines, ck.comparison_table(result), a, heads)
