"""RDMs: one correlation RDM against rsatoolbox, and all of a CORnet-RT from disk against NumPy.

    python benchmarks/rsa.py [--stimuli 1000 --units 1000 --rounds 5 --part 4]

The first compares the correlation RDM of random responses (aim: 12 times as fast as rsatoolbox).
The second writes random features of the shape of CORnet-RT's areas and five steps, with one of
``--part`` of their units each (the file of all of them takes 7.5 GB), and compares ck.rdm on the
file with numpy.corrcoef on each array after it was loaded (aim: a factor of 2, below 1 GB).
Printed: processor seconds (fastest of several rounds; other work on the machine disturbs them less
than the clock), ratios, largest differences, and the peak memory of a process of its own. NumPy
computes in float64 unless told otherwise, so both of our precisions are compared with that too.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import xarray as xr
from machine import save

import cornetkit as ck
from cornetkit.activations import ActivationWriter, AreaLayout

# Channels, height and width of the areas of CORnet-RT.
SHAPES = {"V1": (64, 56, 56), "V2": (128, 28, 28), "V4": (256, 14, 14), "IT": (512, 7, 7)}
STEPS = 5
AIMS = {"rsatoolbox": 12, "numpy": 2, "memory_mb": 1000}


def against_rsatoolbox(n: int, units: int, rounds: int) -> dict[str, object]:
    """Time one correlation RDM in both, with the labels of each."""
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm

    X = np.random.default_rng(0).standard_normal((n, units))
    labelled = xr.DataArray(
        X, dims=("stimulus", "unit"), coords={"stimulus": [f"s{k:04d}" for k in range(n)]}
    )
    data = Dataset(X)
    ours, theirs = [], []
    for _ in range(rounds):
        begun = time.process_time()
        found = ck.rdm(labelled, form="pair", progress=False)
        ours.append(time.process_time() - begun)
        begun = time.process_time()
        expected = calc_rdm(data, method="correlation")
        theirs.append(time.process_time() - begun)
    a, b = min(ours), min(theirs)
    difference = np.abs(found.values - expected.dissimilarities[0]).max()
    return {
        "size": f"{n} x {units}",
        "ours_s": round(a, 4),
        "rsatoolbox_s": round(b, 4),
        "ratio_to_rsatoolbox": round(b / a, 1),
        "aim": AIMS["rsatoolbox"],
        "largest_difference": float(f"{difference:.2g}"),
    }


def write(path: Path, n: int, part: int) -> None:
    """Write random features that vary as units of a network do: rectified, with shared factors."""
    rng = np.random.default_rng(0)
    layouts = [
        AreaLayout(area, tuple(range(STEPS)), (int(np.prod(shape)) // part,))
        for area, shape in SHAPES.items()
    ]
    writer = ActivationWriter(path, layouts, [f"s{k:04d}" for k in range(n)])
    for start in range(0, n, 50):
        count = min(50, n - start)
        writer.write(
            {
                layout.area: np.maximum(
                    rng.standard_normal((count, STEPS, layout.n_units), dtype=np.float32)
                    + rng.standard_normal((count, STEPS, 1), dtype=np.float32),
                    0,
                )
                for layout in layouts
            }
        )
    writer.finish()


def measure(path: str, dtype: str) -> dict[str, float]:
    """Make all RDMs of a file in this process; return seconds and its peak memory."""
    begun = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        ck.rdm(path, form="pair", dtype=dtype, progress=False)
    seconds = time.process_time() - begun
    return {"seconds": seconds, "peak_mb": peak_bytes() / 1e6}


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


def against_numpy(n: int, part: int, rounds: int) -> dict[str, object]:
    """Time all RDMs from disk, in processes of their own, and numpy.corrcoef on loaded arrays."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "acts.nc")
        write(path, n, part)
        figures: dict[str, object] = {
            "size": f"{n} stimuli, {len(SHAPES)} areas x {STEPS} steps, 1/{part} of the units",
            "file_mb": round(path.stat().st_size / 1e6),
        }
        theirs = {"float64": 0.0, "float32": 0.0}
        worst = 0.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            found = ck.rdm(path, progress=False)
        with ck.open_activations(path) as acts:
            for area, array in acts.items():
                for step in range(STEPS):
                    X = array.isel(time=step).values
                    for dtype in theirs:
                        taken = []
                        for _ in range(rounds):
                            begun = time.process_time()
                            with np.errstate(invalid="ignore"):
                                rdm = 1 - np.corrcoef(X, dtype=np.dtype(dtype))
                            taken.append(time.process_time() - begun)
                        theirs[dtype] += min(taken)
                        if dtype == "float64":
                            differ = np.abs(found.sel(area=area, time=step).values - rdm)
                            worst = max(worst, float(np.nanmax(differ)))
        for dtype in theirs:
            command = [sys.executable, __file__, "--measure", str(path), "--dtype", dtype]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                for _ in range(rounds)
            ]
            seconds = min(run["seconds"] for run in runs)
            figures[dtype] = {
                "ours_from_disk_s": round(seconds, 2),
                "numpy_loaded_s": round(theirs[dtype], 2),
                "ratio_to_numpy": round(theirs[dtype] / seconds, 2),
                "ratio_to_numpy_float64": round(theirs["float64"] / seconds, 2),
                "peak_mb": round(max(run["peak_mb"] for run in runs)),
            }
    figures |= {
        "aim": AIMS["numpy"],
        "aim_mb": AIMS["memory_mb"],
        "largest_difference": float(f"{worst:.2g}"),
    }
    return figures


def main() -> None:
    """Time both and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stimuli", type=int, default=1000)
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", type=int, default=4)
    parser.add_argument("--measure")
    parser.add_argument("--dtype", default="float64")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.dtype)))
        return
    save(
        "rsa",
        {
            "one_rdm": against_rsatoolbox(options.stimuli, options.units, options.rounds),
            "all_rdms": against_numpy(options.stimuli, options.part, min(options.rounds, 3)),
        },
    )


if __name__ == "__main__":
    main()
