"""What the benchmarks share: the machine's name, and results as JSON."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


def describe_machine() -> dict[str, object]:
    """Return what a figure depends on: processor, cores, versions."""
    import numpy as np
    import torch

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "simd": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
    }


def save(name: str, figures: dict[str, object]) -> None:
    """Print figures and store them under ``results/``."""
    for key, value in figures.items():
        print(f"{key}: {value}")
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": describe_machine(), **figures}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n")
