"""What ``cornetkit inspect`` says of files of activations and of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .report import identity


def look_at_activations(path: Path) -> dict[str, Any]:
    """Return lines, facts and stimulus ids of a file of activations."""
    import cornetkit as ck
    from cornetkit.errors import counted, in_words

    with ck.open_activations(path) as acts:
        a = acts.attrs
        first = next(iter(acts.values()))
        whose = identity(a, "a model that it does not name")
        lines = [
            f"{path}: activations of {whose}; {in_words(path.stat().st_size)}",
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
            held = f"{counted(len(steps), 'step')}{late} x {array.sizes['unit']:,} units"
            lines.append(f"  {area}: {held}{times}")
            areas[area] = {"steps": steps, "units": array.sizes["unit"]}
        wanted = ("times", "precision", "batch_size", "threads", "device", "torch_version")
        if made := [f"{name} {a[name]}" for name in wanted if name in a]:
            lines.append(f"  {', '.join(made)}")
        if reduced := _reductions(a):
            lines.append(f"  {reduced}")
        hashes = {what: a.get(f"{what}_sha256") for what in ("weights", "stimuli")}
        if told := [f"{what} {str(text)[:12]}" for what, text in hashes.items() if text]:
            lines.append(f"  {', '.join(told)}")
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


def look_at_recordings(path: Path) -> dict[str, Any]:
    """Return lines, facts and stimulus ids of a file of recordings."""
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


def _some(ids: Any) -> str:
    from cornetkit.errors import listing

    return listing(ids, 3)
