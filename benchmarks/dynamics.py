"""All analyses over time of a CORnet-RT's IT: where the time goes.

    python benchmarks/dynamics.py [--stimuli 1000 --units 25088 --steps 10 --neuroids 168
                                   --bins 20 --repetitions 6 --labels 8 --draws 200]

Writes activations of so many driven steps (features that drift from step to step, with a falling
spectrum) and recordings that follow them, and runs ck.dynamics on the files. Aim: all of it in
under 300 s on 2 cores. Printed: seconds by the clock and of the processor for each analysis and in
all (the fits of the steps, which several share, are in the first one), the time for opening and
matching, and the peak memory.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import xarray as xr
from machine import matrix_rate, peak_bytes, save

import cornetkit as ck
from cornetkit.activations import ActivationWriter, AreaLayout
from cornetkit.temporal import dynamics as dynamics_module

AIM_S = 300
N_LATENT = 200
DRIFT = 0.5


def write(folder: Path, options: argparse.Namespace) -> None:
    """Write activations (streamed) and recordings that follow them."""
    rng = np.random.default_rng(0)
    n, steps = options.stimuli, options.steps
    scale = (np.arange(1, N_LATENT + 1) ** -0.5).astype(np.float32)
    mixing = rng.standard_normal((N_LATENT, options.units), dtype=np.float32)
    ids = [f"s{k:05d}" for k in range(n)]
    writer = ActivationWriter(
        folder / "acts.nc", [AreaLayout("IT", tuple(range(steps)), (options.units,))], ids
    )
    latents = np.empty((n, steps, N_LATENT), np.float32)
    latents[:, 0] = rng.standard_normal((n, N_LATENT)) * scale
    for k in range(1, steps):
        fresh = rng.standard_normal((n, N_LATENT)) * scale
        latents[:, k] = np.sqrt(1 - DRIFT**2) * latents[:, k - 1] + DRIFT * fresh
    for begin in range(0, n, 50):
        part = np.maximum(latents[begin : begin + 50] @ mixing, 0.0)
        part += 0.2 * rng.standard_normal(part.shape, dtype=np.float32)
        writer.write({"IT": part})
    writer.finish()
    weights = rng.standard_normal((N_LATENT, options.neuroids)) * scale[:, None]
    course = np.linspace(0, steps - 1, options.bins).astype(int)
    signal = np.stack([latents[:, step] @ weights for step in course], axis=1)
    noise = np.sqrt(options.repetitions) * signal.std() * 0.5
    trials = np.repeat(signal, options.repetitions, axis=0)
    trials = trials + noise * rng.standard_normal(trials.shape)
    start = 70.0 + 10 * np.arange(options.bins)
    kinds = [f"o{k}" for k in latents[:, -1, :8].argmax(axis=1) % options.labels]
    n_first = options.neuroids // 2
    recordings = xr.DataArray(
        trials.astype(np.float32),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat(ids, options.repetitions)),
            "repetition": ("presentation", np.tile(np.arange(options.repetitions), n)),
            "object_name": ("presentation", np.repeat(kinds, options.repetitions)),
            "time_bin_start": ("time_bin", start),
            "time_bin_end": ("time_bin", start + 10),
            "neuroid": [f"n{k:03d}" for k in range(options.neuroids)],
            "animal": ("neuroid", np.repeat(["a", "b"], [n_first, options.neuroids - n_first])),
        },
    )  # fmt: skip
    ck.save_recordings(recordings, folder / "it.nc")


class Clock:
    """Seconds of each analysis, by the clock and of the processor."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    def wrap(self, name: str, work):
        """Return `work` so that it is timed."""

        def timed():
            clock, cpu = time.perf_counter(), time.process_time()
            found = work()
            taken = time.perf_counter() - clock, time.process_time() - cpu
            self.seconds[name] = tuple(round(x, 1) for x in taken)
            print(f"  {name}: {taken[0]:.1f} s, processor {taken[1]:.1f} s", flush=True)
            return found

        return timed


def main() -> None:
    """Time every analysis."""
    parser = argparse.ArgumentParser()
    for name, value in (
        ("stimuli", 1000), ("units", 25088), ("steps", 10), ("neuroids", 168), ("bins", 20),
        ("repetitions", 6), ("labels", 8), ("draws", 200),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    clock = Clock()
    module = __import__(dynamics_module.__module__, fromlist=["_makers"])
    make = module._makers

    def timed_makers(*arguments):
        return {name: clock.wrap(name, work) for name, work in make(*arguments).items()}

    module._makers = timed_makers
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), options)
        begun, cpu = time.perf_counter(), time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            tree = ck.dynamics(
                Path(folder, "acts.nc"), Path(folder, "it.nc"), labels="object_name",
                n_draws=options.draws, progress=False,
            )  # fmt: skip
        total, processor = time.perf_counter() - begun, time.process_time() - cpu
    inside = sum(clock_s for clock_s, _ in clock.seconds.values())
    table = ck.dynamics_table(tree)
    save(
        "dynamics",
        {
            "size": f"{options.stimuli} stimuli x {options.units} units x {options.steps} steps, "
            f"{options.neuroids} neuroids x {options.bins} bins x {options.repetitions} trials",
            "draws": options.draws,
            "matrix_multiply_gflops": matrix_rate("float64"),
            "opening_matching_s": round(total - inside, 1),
            "analyses_s": clock.seconds,
            "total_s": round(total, 1),
            "processor_s": round(processor, 1),
            "aim_s": AIM_S,
            "peak_mb": round(peak_bytes() / 1e6),
            "best_step_as_planted": int(
                (
                    table["best_step"]
                    == np.linspace(0, options.steps - 1, options.bins).astype(int)
                ).sum()
            ),
        },
    )


if __name__ == "__main__":
    main()
