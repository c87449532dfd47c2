"""``cornetkit inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .printing import print_json


@click.command("inspect")
@click.argument("file")
@click.option("--with", "other", help="A second file: do the two fit together?")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: str, other: str | None, as_json: bool) -> None:
    """Say in a few lines what a file holds, and whether two fit together.

    \b
    cornetkit inspect acts.nc
    cornetkit inspect it.nc --with acts.nc
    """
    found = _look(file)
    lines, result = found["lines"], _for_machines(file, found)
    if other is not None:
        second = _look(other)
        fit, words = _compare(file, found, other, second)
        lines = [*lines, "", *second["lines"], "", words]
        result |= {"with": _for_machines(other, second), "fit": fit}
    if as_json:
        print_json(result)
    else:
        print("\n".join(lines))


def _for_machines(file: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return what `_look` found without the text, and with a count instead of all ids."""
    counted = {"n_stimuli": len(found["ids"])} if "ids" in found else {}
    return {
        "file": file,
        **{k: v for k, v in found.items() if k not in ("lines", "ids")},
        **counted,
    }


def _look(file: str) -> dict[str, Any]:
    from cornetkit.inputs import check_input
    from cornetkit.result_contents import kind_of_file

    path = Path(file)
    check_input(path, "file", expected="expected activations, recordings or results")
    kind = kind_of_file(path)
    if kind == "activations":
        return _activations(path)
    if kind == "recordings":
        return _recordings(path)

    from .inspect_results import look_at_result

    return look_at_result(path, kind)


def _activations(path: Path) -> dict[str, Any]:
    import cornetkit as ck
    from cornetkit.errors import in_words

    from .report import identity

    with ck.open_activations(path) as acts:
        a = acts.attrs
        first = next(iter(acts.values()))
        lines = [
            f"{path}: activations of {identity(a)}; {in_words(path.stat().st_size)}",
            f"  {first.sizes['stimulus']:,} stimuli ({_some(first['stimulus'].values)})",
        ]
        areas = {}
        for area, array in acts.items():
            driven = array["driven"].values if "driven" in array.coords else None
            steps = [int(t) for t in array["time"].values]
            late = "" if driven is None or driven.all() else f", {int(driven.sum())} driven"
            times = ""
            if "time_start_ms" in array.coords:
                known = zip(array["time_start_ms"].values, array["time_end_ms"].values, strict=True)
                times = "; ms " + ", ".join(f"{s:g}-{e:g}" if s == s else "none" for s, e in known)
            lines.append(
                f"  {area}: {len(steps)} steps{late} x {array.sizes['unit']:,} units{times}"
            )
            areas[area] = {"steps": steps, "units": array.sizes["unit"]}
        wanted = ("times", "precision", "batch_size", "threads", "device", "torch_version")
        lines.append("  " + ", ".join(f"{k} {a[k]}" for k in wanted if k in a))
        if reduced := _reductions(a):
            lines.append(f"  {reduced}")
        hashes = (f"{what} {_short(a.get(f'{what}_sha256'))}" for what in ("weights", "stimuli"))
        lines.append("  " + ", ".join(hashes))
        ids = first["stimulus"].values.tolist()
    return {"kind": "activations", "areas": areas, "attrs": a, "ids": ids, "lines": lines}


def _reductions(attrs: dict[str, Any]) -> str:
    """Say in words what was done to the units, nothing where all were kept as they were."""
    stated = {
        "pool": "pooled: {} over each channel",
        "units": "{:,} random units",
        "project": "projected to {:,} dimensions",
    }
    found = [
        words.format(attrs[f"reduction_{name}"])
        for name, words in stated.items()
        if attrs.get(f"reduction_{name}", "none") != "none"
    ]
    if found and attrs.get("reduction_seed", "none") != "none":
        found[-1] += f" (seed {attrs['reduction_seed']})"
    if attrs.get("stored_dtype", "float32") != "float32":
        found.append(f"stored as {attrs['stored_dtype']}")
    return ", ".join(found)


def _recordings(path: Path) -> dict[str, Any]:
    import cornetkit as ck
    from cornetkit.neural import describe

    recordings = ck.open_recordings(path)
    facts = describe(recordings)
    return {
        "kind": "recordings",
        "facts": facts,
        "ids": sorted(set(recordings["stimulus"].values.tolist())),
        "lines": [f"{path}: recordings", *_recording_lines(facts, recordings)],
    }


def _recording_lines(facts: dict[str, Any], recordings: Any) -> list[str]:
    trials, valid = facts["trials_per_stimulus"], facts["repetitions"]
    lines = [
        f"  {facts['n_trials']:,} trials of {facts['n_stimuli']:,} stimuli "
        f"({_some(sorted(set(recordings['stimulus'].values.tolist())))})",
        f"  repetitions: {_spread(trials)} a stimulus; with a response: {_spread(valid)}",
    ]
    bins = facts["time_bins"]
    limits = bins["limits_ms"]
    where = f", {limits[0][0]:g} to {limits[-1][1]:g} ms" if bins["known"] else ", limits not known"
    width = f", {limits[0][1] - limits[0][0]:g} ms wide" if bins["known"] and bins["n"] > 1 else ""
    lines.append(f"  time bins: {bins['n']}{where}{width}")
    neuroids = facts["neuroids"]
    held = [
        f"{name}: " + ", ".join(f"{value} ({count})" for value, count in neuroids[name].items())
        for name in ("region", "animal")
        if neuroids[name]
    ]
    lines.append(f"  neuroids: {neuroids['n']}" + (f"; {'; '.join(held)}" if held else ""))
    odd = {
        "all_missing": "without any response",
        "partially_missing": "with some responses missing",
        "constant": "the same for all stimuli",
    }
    found = [f"{neuroids[name]} {words}" for name, words in odd.items() if neuroids[name]]
    if found:
        lines.append(f"  of these: {', '.join(found)}")
    lines += [
        f"  coordinates on {dim}: {', '.join(names)}" for dim, names in facts["coords"].items()
    ]
    lines += [f"  note: {note}" for note in facts["notes"]]
    return lines


def _spread(counts: dict[str, float]) -> str:
    low, middle, high = (counts[name] for name in ("min", "median", "max"))
    return f"{low:g}" if low == high else f"{low:g}-{high:g} (median {middle:g})"


def _compare(
    file: str, first: dict[str, Any], other: str, second: dict[str, Any]
) -> tuple[bool, str]:
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
        return False, f"do not fit as they are: {mismatch}"
    return True, f"fit: the same {len(common):,} stimuli in both"


def _some(ids: Any) -> str:
    from cornetkit.errors import listing

    return listing(ids, 3)


def _short(text: Any) -> str:
    return str(text)[:12]
