"""What the benchmarks share: the machine's name, its limits, and results as JSON."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).resolve().parent / "results"
# Other work on the machine, before a benchmark adds its own.
_LOAD = [round(x, 1) for x in os.getloadavg()]


def describe_machine() -> dict[str, object]:
    """Return what a figure depends on: processor, cores, versions, and how busy it was."""
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
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "load_before": _LOAD,
        "busy": _LOAD[0] > 0.5,
    }


def save(name: str, figures: dict[str, object]) -> None:
    """Print figures and store them under ``results/``."""
    for key, value in figures.items():
        print(f"{key}: {value}")
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": describe_machine(), **figures}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock and of the processor, all threads together."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def matrix_rate(dtype: str) -> float:
    """Return the rate of A A' in GFLOP/s: what limits a Gram matrix."""
    A = np.random.default_rng(0).standard_normal((2560, 4096)).astype(dtype)
    A @ A.T
    times = [timed(lambda: A @ A.T)[0] for _ in range(3)]
    return round(2560 * 2561 * 4096 / statistics.median(times) / 1e9, 1)


def peak_bytes() -> int:
    """Return the most memory that this process has held.

    What getrusage says begins, on Linux, with what the parent held when it started this process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)
