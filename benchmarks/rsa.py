"""RDMs: one correlation RDM against rsatoolbox, and all of a CORnet-RT from disk against NumPy.

    python benchmarks/rsa.py [--stimuli 1000 --units 1000 --rounds 5 --part 4]

The first compares the correlation RDM of random responses (aim: 12 times as fast as rsatoolbox).
The second writes random features of the shape of CORnet-RT's areas and five steps, with one of
``--part`` of their units each (the file of all of them takes 7.5 GB), and compares ck.rdm on the
file with numpy.corrcoef on each array after it was loaded (aim: a factor of 2, below 1 GB).
Printed, in seconds by the clock (medians; what the aims are about) and of the processor (fastest
round; other work on the machine disturbs them less): both sides, ratios, largest differences, and
the peak memory of a process of its own. NumPy computes in float64 unless told otherwise, so both of
our precisions are compared with that too. ``product_s`` is what the products X X' of these arrays
take alone, by the same BLAS call as ours: no way of making the RDMs from products is faster, so
NumPy's seconds over these are the most that a ratio in that precision can be.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr
from machine import peak_bytes, save, timed
from scipy.linalg.blas import dsyrk, ssyrk

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
    found, expected, ours, theirs = [], [], [], []
    for _ in range(rounds):
        ours.append(timed(lambda: found.append(ck.rdm(labelled, form="pair", progress=False))))
        theirs.append(timed(lambda: expected.append(calc_rdm(data, method="correlation"))))
    difference = np.abs(found[-1].values - expected[-1].dissimilarities[0]).max()
    return {
        "size": f"{n} x {units}",
        "ours_s": rounded(summed([ours])),
        "rsatoolbox_s": rounded(summed([theirs])),
        "ratio_to_rsatoolbox": ratios(summed([theirs]), summed([ours])),
        "product_s": rounded(summed([several(lambda: product(X), rounds)])),
        "aim": AIMS["rsatoolbox"],
        "largest_difference": float(f"{difference:.2g}"),
    }


def several(work: Callable[[], object], rounds: int) -> list[tuple[float, float]]:
    """Return the seconds of every round, by the clock and of the processor."""
    return [timed(work) for _ in range(rounds)]


def summed(parts: list[list[tuple[float, float]]]) -> tuple[float, float]:
    """Return the sum over parts of the median by the clock, and of the least of the processor."""
    clock, cpu = zip(*(zip(*part, strict=True) for part in parts), strict=True)
    return sum(map(statistics.median, clock)), sum(map(min, cpu))


def rounded(seconds: tuple[float, float]) -> dict[str, float]:
    """Return seconds as they are stored."""
    return {"clock": round(seconds[0], 4), "processor": round(seconds[1], 4)}


def ratios(theirs: tuple[float, float], ours: tuple[float, float]) -> dict[str, float]:
    """Return how many times as fast ours are, by either measure."""
    found = (round(b / a, 2) for a, b in zip(ours, theirs, strict=True))
    return dict(zip(("clock", "processor"), found, strict=True))


def product(X: np.ndarray) -> None:
    """Multiply X X' in its precision, one triangle."""
    (ssyrk if X.dtype == np.float32 else dsyrk)(1.0, X.T, trans=1)


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


def measure(path: str, dtype: str) -> dict[str, object]:
    """Make all RDMs of a file in this process; return seconds and its peak memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        seconds = timed(lambda: ck.rdm(path, form="pair", dtype=dtype, progress=False))
    return {"seconds": seconds, "peak_mb": peak_bytes() / 1e6}


def against_numpy(n: int, part: int, rounds: int) -> dict[str, object]:
    """Time all RDMs from disk, in processes of their own, and numpy.corrcoef on loaded arrays."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "acts.nc")
        write(path, n, part)
        figures: dict[str, object] = {
            "size": f"{n} stimuli, {len(SHAPES)} areas x {STEPS} steps, 1/{part} of the units",
            "file_mb": round(path.stat().st_size / 1e6),
        }
        theirs: dict[str, list] = {"float64": [], "float32": []}
        products: dict[str, list] = {"float64": [], "float32": []}
        worst = 0.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            found = ck.rdm(path, progress=False)
        with ck.open_activations(path) as acts:
            for area, array in acts.items():
                for step in range(STEPS):
                    X = array.isel(time=step).values
                    for dtype in theirs:
                        theirs[dtype].append(several(lambda X=X, d=dtype: corrcoef(X, d), rounds))
                        converted = X.astype(dtype, copy=False)
                        products[dtype].append(several(lambda X=converted: product(X), rounds))
                    differ = found.sel(area=area, time=step).values - corrcoef(X, "float64")
                    worst = max(worst, float(np.nanmax(np.abs(differ))))
        whole = {dtype: summed(parts) for dtype, parts in theirs.items()}
        for dtype in theirs:
            command = [sys.executable, __file__, "--measure", str(path), "--dtype", dtype]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                for _ in range(rounds)
            ]
            ours = summed([[tuple(run["seconds"]) for run in runs]])
            figures[dtype] = {
                "ours_from_disk_s": rounded(ours),
                "numpy_loaded_s": rounded(whole[dtype]),
                "product_s": rounded(summed(products[dtype])),
                "ratio_to_numpy": ratios(whole[dtype], ours),
                "ratio_to_numpy_float64": ratios(whole["float64"], ours),
                "most_that_it_can_be": ratios(whole["float64"], summed(products[dtype])),
                "peak_mb": round(max(run["peak_mb"] for run in runs)),
            }
    figures |= {
        "aim": AIMS["numpy"],
        "aim_mb": AIMS["memory_mb"],
        "largest_difference": float(f"{worst:.2g}"),
    }
    return figures


def corrcoef(X: np.ndarray, dtype: str) -> np.ndarray:
    """Return the RDM of a loaded array as NumPy makes it."""
    with np.errstate(invalid="ignore"):
        return np.asarray(1 - np.corrcoef(X, dtype=np.dtype(dtype)))


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
