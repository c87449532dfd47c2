"""Peak memory of predict() on features that do not have to be in memory: V1 from disk.

    python benchmarks/predict_memory.py [--stimuli 2560 --units 200704 --neuroids 168]

Features of random numbers are written to a file (2.1 GB at this size), and predicted from in a
process of its own. Printed: seconds, and the peak resident memory of that process, Python and
libraries included (aim: below 1 GB; the features alone, in memory, are 2.1 GB).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from data import PowerLaw, trial_rows, write_features
from machine import peak_bytes, save, timed

AIM_MB = 1000
RANK = 400


def measure(features: str, recordings: str, method: str) -> dict[str, float]:
    """Predict in this process; return seconds, the peak, and the score."""
    import cornetkit as ck

    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        seconds, _ = timed(
            lambda: found.append(ck.predict(features, recordings, method=method, progress=False))
        )
    score = float(found[0]["score"].values.squeeze())
    return {"seconds": seconds, "peak_mb": peak_bytes() / 1e6, "score": score}


def write(folder: str, n: int, units: int, neuroids: int) -> tuple[str, str]:
    """Write features and recordings of three repetitions."""
    import cornetkit as ck

    ids = [f"s{k:05d}" for k in range(n)]
    latent = write_features(Path(folder, "acts.nc"), "V1", ids, PowerLaw(units, RANK))
    rng = np.random.default_rng(3)
    signal = latent @ rng.standard_normal((latent.shape[1], neuroids), dtype=np.float32)
    trials = np.concatenate(
        [signal + signal.std() * rng.standard_normal(signal.shape) for _ in range(3)]
    )
    recordings = trial_rows(
        trials.astype(np.float32)[:, None], np.tile(ids, 3), np.repeat(np.arange(3), n)
    )
    ck.save_recordings(recordings, Path(folder, "v1.nc"))
    return str(Path(folder, "acts.nc")), str(Path(folder, "v1.nc"))


def main() -> None:
    """Measure each method in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stimuli", type=int, default=2560)
    parser.add_argument("--units", type=int, default=200704)
    parser.add_argument("--neuroids", type=int, default=168)
    parser.add_argument("--methods", nargs="+", default=["pls", "ridge"])
    parser.add_argument("--measure", nargs=3)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure)))
        return
    figures: dict[str, object] = {
        "size": f"{options.stimuli} x {options.units} -> {options.neuroids}",
        "features_mb": round(4 * options.stimuli * options.units / 1e6),
        "aim_mb": AIM_MB,
    }
    with tempfile.TemporaryDirectory() as folder:
        paths = write(folder, options.stimuli, options.units, options.neuroids)
        for method in options.methods:
            command = [sys.executable, __file__, "--measure", *paths, method]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            figures[method] = {
                "seconds": round(found["seconds"], 1),
                "peak_mb": round(found["peak_mb"]),
                "score": round(found["score"], 4),
                "holds": found["peak_mb"] < AIM_MB,
            }
    save("predict_memory", figures)


if __name__ == "__main__":
    main()
