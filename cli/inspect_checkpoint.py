"""What ``cornetkit inspect`` says of checkpoints."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any


def is_checkpoint(path: Path) -> bool:
    """Whether a file is one of torch, by its beginning: of today's zip archives, or a pickle."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    with path.open("rb") as file:
        return file.read(1) == b"\x80"


def look_at_checkpoint(path: Path) -> dict[str, Any]:
    """Return lines and facts on weights: whose they are, and of which training."""
    from cornetkit.errors import in_words, listing
    from cornetkit.models import describe_checkpoint

    facts = describe_checkpoint(path)
    model = f"CORnet-{facts['model']}" if facts["model"] else "a model that it does not name"
    lines = [
        f"{path}: weights of {model}, {facts['identity']}; {in_words(path.stat().st_size)}",
        f"  {facts['n_arrays']:,} arrays, {facts['n_values']:,} values; sha256 "
        f"{facts['sha256'][:12]}",
    ]
    if said := [f"{name} {_short(value)}" for name, value in facts["training"].items()]:
        lines.append(f"  trained: {', '.join(said)}")
    if classes := facts["classes"]:
        lines.append(f"  {len(classes):,} classes ({listing(classes, 3)})")
    beside = {"running_mean": "a running mean of the weights", "resumable": "a state to go on from"}
    if held := [words for name, words in beside.items() if facts[name]]:
        lines.append(f"  with {' and '.join(held)}")
    return {**facts, "lines": lines}


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
