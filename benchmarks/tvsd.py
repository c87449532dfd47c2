"""predict() at the size of the THINGS ventral stream recordings, and what its short cut costs.

    python benchmarks/tvsd.py [--train 22248 --units 25088 --neuroids 1024 --bins 30]

Ridge with a penalty for each target, on the stored split, from synthetic files: training stimuli
shown once, 100 test stimuli shown 30 times. So many training stimuli are not fitted exactly but on
the leading components of the features. Printed: time and where it goes, and the peak memory of the
process (aim: below 16 GB; Brain-Score reports a peak of 249 GB at this size). Then both ways on
fewer stimuli, where the exact one runs too: seconds, and how far correlations of held-out responses
lie apart, with as many components, and with as many in proportion to the stimuli.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from data import PowerLaw, in_blocks, write_features
from machine import matrix_rate, peak_bytes, save, timed

from cornetkit.kernels.alphas import alpha_grid
from cornetkit.kernels.correlation import pearson_columns
from cornetkit.kernels.gram import gram
from cornetkit.kernels.ridge_folds import ridge_folds
from cornetkit.kernels.ridge_large import ComponentRidge
from cornetkit.kernels.sketch import sketch
from cornetkit.predictivity import large

FULL = {"train": 22248, "test": 100, "repetitions": 30, "units": 25088, "neuroids": 1024}
FULL_BINS = 30
REPORTED_GB, AIM_GB = 249, 16
RANK, NOISE, READ = 1000, 0.3, 300


def write(folder: str, n_train: int, units: int, neuroids: int, bins: int) -> tuple[str, str]:
    """Write features, and responses that read `READ` of their dimensions, trial by trial."""
    n_test, n_repetitions = FULL["test"], FULL["repetitions"]
    ids = [f"s{k:05d}" for k in range(n_train + n_test)]
    features = Path(folder, "acts.nc")
    latent = write_features(features, "IT", ids, PowerLaw(units, RANK, NOISE))[:, :READ]
    rng = np.random.default_rng(3)
    weights = rng.standard_normal((READ, bins * neuroids), dtype=np.float32)
    shown = np.r_[np.arange(n_train), np.repeat(np.arange(n_train, len(ids)), n_repetitions)]
    repetition = np.r_[np.zeros(n_train, int), np.tile(np.arange(n_repetitions), n_test)]
    recordings = Path(folder, "recordings.nc")
    with netCDF4.Dataset(recordings, "w") as file:
        for name, size in (("presentation", len(shown)), ("time_bin", bins), ("neuroid", neuroids)):
            file.createDimension(name, size)
        labels: dict[str, tuple[Any, str, np.ndarray]] = {
            "stimulus": (str, "presentation", np.array(ids, dtype=object)[shown]),
            "split": (str, "presentation", np.where(shown < n_train, "train", "test").astype("O")),
            "repetition": ("i4", "presentation", repetition),
            "time_bin_start": ("f8", "time_bin", 10.0 * np.arange(bins)),
            "time_bin_end": ("f8", "time_bin", 10.0 * np.arange(1, bins + 1)),
            "neuroid": ("i4", "neuroid", np.arange(neuroids)),
        }
        for name, (kind, dim, values) in labels.items():
            file.createVariable(name, kind, (dim,))[:] = values
        response = file.createVariable("response", "f4", ("presentation", "time_bin", "neuroid"))
        response.coordinates = "stimulus split repetition time_bin_start time_bin_end"
        for begin in range(0, len(shown), 1000):
            signal = latent[shown[begin : begin + 1000]] @ weights
            signal += 2 * rng.standard_normal(signal.shape, dtype=np.float32)
            response[begin : begin + 1000] = signal.reshape(-1, bins, neuroids)
    return str(features), str(recordings)


class Clock:
    """Seconds that are spent in some functions while they are wrapped."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work`, timed under a name."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            result = work(*args, **kwargs)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun
            return result

        return wrapped


def measure(features: str, recordings: str, dtype: str) -> dict[str, Any]:
    """Predict in this process; return where the time went, the peak, and the score."""
    import cornetkit as ck

    clock = Clock()
    large.sketch = clock.around("components_of_features", large.sketch)
    for name, method in (("decomposition", "__init__"), ("fits_and_penalties", "predict")):
        wrapped = clock.around(name, getattr(large.ComponentRidge, method))
        setattr(large.ComponentRidge, method, wrapped)
    found: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        opened = clock.around("reading_recordings", ck.open_recordings)(recordings)
        seconds, cpu = timed(
            lambda: found.append(
                ck.predict(features, opened, splits="stored", dtype=dtype, progress=False)
            )
        )
    spent = {name: round(value, 1) for name, value in clock.seconds.items()}
    inside = sum(spent.values()) - spent["reading_recordings"]
    return {
        "predict_s": round(seconds, 1),
        "processor_s": round(cpu, 1),
        **spent,
        "averages_ceilings_labels": round(seconds - inside, 1),
        "peak_gb": round(peak_bytes() / 1e9, 2),
        "score": round(float(found[0]["score"].mean()), 4),
        "form": found[0].attrs["form"],
    }


def both_ways(n: int, units: int, targets: int, n_alphas: int) -> dict[str, object]:
    """Compare exact ridge with that on components, 200 test stimuli, all dimensions read."""
    rng = np.random.default_rng(4)
    latent, X = PowerLaw(units, n, NOISE).rows(rng, n + 200)
    Y = (latent @ rng.standard_normal((latent.shape[1], targets), dtype=np.float32)).astype(float)
    Y += Y.std() * rng.standard_normal(Y.shape)
    fold = np.arange(n), np.arange(n, n + 200)
    kept: dict[str, Any] = {}

    def exact() -> None:
        K = gram(in_blocks(X), len(X)).gram
        kept["alphas"] = alpha_grid(K, n_alphas)
        kept["held"] = ridge_folds(K, Y, [fold], kept["alphas"]).predictions[0]

    exact_s, exact_cpu = timed(exact)
    r = pearson_columns(Y[fold[1]], kept["held"])
    figures: dict[str, object] = {
        "size": f"{n} x {units} -> {targets}, {n_alphas} penalties",
        "exact_s": round(exact_s, 1),
        "exact_processor_s": round(exact_cpu, 1),
        "exact_mean_r": round(float(r.mean()), 4),
    }
    in_proportion = round(n * large.N_COMPONENTS / FULL["train"])
    for k in sorted({in_proportion, n // 4, min(large.N_COMPONENTS, n // 2)}):

        def short(k: int = k) -> None:
            found = sketch(lambda: in_blocks(X), len(X), fold[0], k, n_readings=large.N_READINGS)
            fit = ComponentRidge(found.features, fold, large.N_LEFT_OUT)
            kept["short"], kept["share"] = fit.predict(Y, kept["alphas"]), found.share

        short_s, short_cpu = timed(short)
        other = pearson_columns(Y[fold[1]], kept["short"].predictions)
        figures[f"{k}_components"] = {
            "share_of_n": round(k / n, 3),
            "share_of_variance": round(kept["share"], 4),
            "seconds": round(short_s, 1),
            "processor_s": round(short_cpu, 1),
            "mean_r": round(float(other.mean()), 4),
            "difference_of_r_median": round(float(np.median(other - r)), 4),
            "difference_of_r_largest": round(float(np.abs(other - r).max()), 4),
        }
    return figures


def main() -> None:
    """Measure predict() in a process of its own, and both ways at a smaller size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", type=int, default=FULL["train"])
    parser.add_argument("--units", type=int, default=FULL["units"])
    parser.add_argument("--neuroids", type=int, default=FULL["neuroids"])
    parser.add_argument("--bins", type=int, default=FULL_BINS)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float32")
    parser.add_argument("--both", type=int, default=4000, help="stimuli where both ways run")
    parser.add_argument("--measure", nargs=3)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure)))
        return
    figures: dict[str, object] = {
        "size": f"{options.train} + {FULL['test']} stimuli x {options.units} units -> "
        f"{options.neuroids} neuroids x {options.bins} bins",
        "share_of_full_size": {
            name: round(getattr(options, name) / full, 3)
            for name, full in {**FULL, "bins": FULL_BINS}.items()
            if hasattr(options, name)
        },
        "dtype": options.dtype,
        "reported_peak_gb": REPORTED_GB,
        "aim_gb": AIM_GB,
    }
    with tempfile.TemporaryDirectory() as folder:
        paths = write(folder, options.train, options.units, options.neuroids, options.bins)
        command = [sys.executable, __file__, "--measure", *paths, options.dtype]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures["predict"] = json.loads(done.stdout.splitlines()[-1])
    figures["both_ways"] = both_ways(options.both, 8000, 200, 13)
    figures["matrix_multiply_gflops"] = {x: matrix_rate(x) for x in ("float64", "float32")}
    save("tvsd", figures)


if __name__ == "__main__":
    main()
