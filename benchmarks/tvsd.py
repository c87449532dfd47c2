"""Ridge at the size of the THINGS ventral stream data: fixed split, every bin, features from disk.

    python benchmarks/tvsd.py [--train 22248 --test 100 --units 25088 --neuroids 1024 --bins 30]

Features and recordings (one presentation of each training stimulus, 30 of each test stimulus) are
random numbers of a known rank, written to files (2.2 and 3.1 GB) and predicted from in a process
of its own. Printed: its peak resident memory (aim: below 16 GB; Brain-Score reports 249 GB), the
seconds by the clock and of the processor, and where they go. Then, at a size where both run: the
scores by sampled leave-one-out and Cholesky factors less the exact ones by eigenvectors.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from data import PowerLaw, trial_rows, write_features
from machine import peak_bytes, save, timed

AIM_GB = 16
RANK = 400
NOISE = 0.5
REPETITIONS = 30
# Penalties, in units of the mean eigenvalue of the Gram matrix.
ALPHAS = np.geomspace(1e-2, 1e2, 5)


def write(folder: Path, options: argparse.Namespace) -> tuple[str, str]:
    """Write features and recordings."""
    import cornetkit as ck

    n = options.train + options.test
    ids = [f"s{k:05d}" for k in range(n)]
    made = PowerLaw(options.units, RANK, noise=NOISE)
    latent = write_features(folder / "acts.nc", "IT", ids, made)
    rng = np.random.default_rng(3)
    rows = np.concatenate(
        [np.arange(options.train), np.repeat(np.arange(options.train, n), REPETITIONS)]
    )
    values = np.empty((len(rows), options.bins, options.neuroids), dtype=np.float32)
    for b in range(options.bins):
        weights = rng.standard_normal((latent.shape[1], options.neuroids), dtype=np.float32)
        signal = latent @ weights
        signal /= signal.std()
        values[:, b] = signal[rows]
        values[:, b] += rng.standard_normal(values[:, b].shape, dtype=np.float32)
    repetition = np.concatenate(
        [np.zeros(options.train, int), np.tile(np.arange(REPETITIONS), options.test)]
    )
    trials = trial_rows(values, np.array(ids)[rows], repetition)
    side = np.where(rows < options.train, "train", "test")
    trials = trials.assign_coords(split=("presentation", side))
    ck.save_recordings(trials, folder / "tvsd.nc")
    return str(folder / "acts.nc"), str(folder / "tvsd.nc")


class Clock:
    """Seconds of a function, over all its calls."""

    def __init__(self, module: object, name: str) -> None:
        self.seconds, self._work = 0.0, getattr(module, name)
        setattr(module, name, self)

    def __call__(self, *args: object, **kwargs: object) -> object:
        begun = time.perf_counter()
        try:
            return self._work(*args, **kwargs)
        finally:
            self.seconds += time.perf_counter() - begun


def measure(features: str, recordings: str, route: str) -> dict[str, float]:
    """Predict in this process; return seconds, where they go, the peak and the scores."""
    import cornetkit as ck
    from cornetkit.kernels import ridge_factored
    from cornetkit.predictivity import features as features_module
    from cornetkit.predictivity import mapping

    if route == "exact":
        mapping.MANY_STIMULI = 10**9
    elif route == "factored":
        mapping.MANY_STIMULI = 0
    clocks = {
        "gram_s": Clock(features_module, "gram"),
        "factors_s": Clock(ridge_factored, "factor_upper"),
        "solutions_s": Clock(ridge_factored, "solve_factored"),
    }
    made = PowerLaw(1, RANK, noise=NOISE)
    n_units = next(iter(ck.open_activations(features).values())).sizes["unit"]
    mean_eigenvalue = n_units * (float((made.scale**2).sum()) + NOISE**2)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        clock, cpu = timed(
            lambda: found.append(
                ck.predict(
                    features,
                    recordings,
                    splits="stored",
                    alphas=ALPHAS * mean_eigenvalue,
                    progress=False,
                )
            )
        )
    r = found[0]["r"].values
    return {
        "seconds": clock,
        "cpu_s": cpu,
        "peak_gb": peak_bytes() / 1e9,
        "median_r": float(np.nanmedian(r)),
        **{name: clock.seconds for name, clock in clocks.items()},
        "r": [round(float(x), 6) for x in r.ravel()[:3000]],
    }


def in_a_process(paths: tuple[str, str], route: str) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--measure", *paths, route]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def rounded(found: dict[str, float]) -> dict[str, float]:
    """Return the figures to print."""
    return {name: round(value, 4) for name, value in found.items() if name != "r"}


def main() -> None:
    """Measure the full size, and the difference from exact at a smaller one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", type=int, default=22248)
    parser.add_argument("--test", type=int, default=100)
    parser.add_argument("--units", type=int, default=25088)
    parser.add_argument("--neuroids", type=int, default=1024)
    parser.add_argument("--bins", type=int, default=30)
    parser.add_argument("--small", type=int, default=4000, help="stimuli where both routes run")
    parser.add_argument("--measure", nargs=3)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure)))
        return
    figures: dict[str, object] = {"aim_gb": AIM_GB, "penalties": len(ALPHAS)}
    with tempfile.TemporaryDirectory() as folder:
        small = argparse.Namespace(**vars(options))
        small.train, small.units, small.neuroids, small.bins = options.small, 6272, 100, 10
        paths = write(Path(folder), small)
        exact, factored = in_a_process(paths, "exact"), in_a_process(paths, "factored")
        apart = np.subtract(factored["r"], exact["r"])
        figures["both_routes"] = {
            "size": f"{small.train} + {small.test} x {small.units} -> {small.neuroids} x 10",
            "exact": rounded(exact),
            "factored": rounded(factored),
            "r_mean_difference": round(float(apart.mean()), 6),
            "r_largest_difference": round(float(np.abs(apart).max()), 6),
        }
    with tempfile.TemporaryDirectory() as folder:
        found = in_a_process(write(Path(folder), options), "as it is")
        figures["size"] = (
            f"{options.train} + {options.test} x {options.units} -> "
            f"{options.neuroids} x {options.bins}"
        )
        figures |= rounded(found)
        figures["holds"] = found["peak_gb"] < AIM_GB
    save("tvsd", figures)


if __name__ == "__main__":
    main()
