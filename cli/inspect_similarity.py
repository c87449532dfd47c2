"""What ``cornetkit inspect`` says of RDMs, RSA and matchings of units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .inspect_table import frame, with_table
from .report import identity


def look_at_rdms(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of RDMs, with ids where it holds one group."""
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


def look_at_rsa(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `rsa`."""
    import cornetkit as ck

    result = ck.open_rsa(path)
    a = result.attrs
    lines = [
        f"{path}: RSA of {identity(a)}",
        f"  RDMs of {a['n_stimuli']:,} stimuli, compared by {a['compare']}; distances: "
        f"{a['metric']} (model), {a['neural_metric']} (brain)",
        f"  ceiling: {a['ceiling']}",
    ]
    return with_table(lines, ck.rsa_table(result), a)


def look_at_rdm_ceilings(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `rdm_ceiling`."""
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
    return with_table(lines, frame(rows), a)


def look_at_matching(path: Path) -> dict[str, Any]:
    """Return lines and facts on a file of `one_to_one` or `soft_matching`."""
    import cornetkit as ck

    result = ck.open_rsa(path)
    a = result.attrs
    summary = "mean" if a["method"] == "soft" else "median"
    lines = [
        f"{path}: {a['method']} matching of {identity(a)}",
        f"  {a['n_stimuli']:,} stimuli, {result.sizes['neuroid']:,} neuroids; {a['n_splits']} "
        f"folds, seed {a['seed']}; r: {summary} over neuroids",
    ]
    table = ck.rsa_table(result).dropna(axis=1, how="all")
    return with_table(lines, table, a)
