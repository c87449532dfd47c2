"""Training steps of CORnet-S and RT against a plain loop: float32, channels-first.

    python benchmarks/train.py [--steps 2] [--rounds 3] [--batch 8] [--device cpu]

Synthetic images of 224 pixels. Each part runs in a process of its own, in turns. Printed: images
per second and per second of the processor's time (medians), ratios to the plain loop, and the peak
memory of CORnet-S with 10/10/10 steps with and without activation checkpointing. On a GPU also the
bare forward and backward on images that are there already.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable

import numpy as np
from machine import peak_bytes, save, timed

MODELS = ("S", "RT")
WARM_UP = 1


def timed_steps(
    step: Callable[[], object], steps: int, batch: int, device: str
) -> tuple[float, float]:
    """Return images per second by the clock, and per second of all the processor's threads."""
    import torch

    def wait() -> None:
        if device != "cpu":
            torch.cuda.synchronize()

    for _ in range(WARM_UP):
        step()
    wait()

    def all_steps() -> None:
        for _ in range(steps):
            step()
        wait()

    clock, cpu = timed(all_steps)
    return steps * batch / clock, steps * batch / cpu


def plain(
    letter: str, steps: int, batch: int, device: str, bare: bool = False
) -> tuple[float, float]:
    """Normalised float32 images from the host, cross-entropy, SGD: as simple as can be."""
    import torch
    from torch.nn import functional as F

    import cornetkit as ck

    model = ck.load_model(letter, "random").to(device).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9, weight_decay=1e-4)
    images, labels = torch.randn(batch, 3, 224, 224), torch.randint(0, 1000, (batch,))
    there = images.to(device), labels.to(device)

    def step() -> None:
        x, y = there if bare else (images.to(device), labels.to(device))
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return timed_steps(step, steps, batch, device)


def ours(
    letter: str, steps: int, batch: int, device: str, precision: str, bare: bool = False
) -> tuple[float, float]:
    """The engine of `cornetkit.training`, with images as its loader gives them."""
    import torch

    engine, part = _engine(letter, batch, device, precision)
    on_device = part.pixels.to(device)

    def step() -> None:
        if bare:  # forward and backward alone
            images = engine.images(on_device)
            with engine.autocast():
                logits = engine._forward(images)
            torch.nn.functional.cross_entropy(logits.float(), labels).backward()
            return
        engine.backward([part], batch)
        engine.update(1e-6)

    labels = part.labels.to(device)
    engine.model.train()
    return timed_steps(step, steps, batch, device)


def _engine(letter: str, batch: int, device: str, precision: str, **given: object):
    import torch

    import cornetkit as ck
    from cornetkit.training.engine import Engine
    from cornetkit.training.processes import Processes
    from cornetkit.training.recipes import recipe_settings
    from cornetkit.training.samples import Part
    from cornetkit.training.settings import with_values

    values = {"precision": precision, "batch_size": batch, "lr": 1e-6} | given
    settings = with_values(recipe_settings(letter), values, "the benchmark's")
    model = ck.load_model(letter, "random", times=settings.times)
    engine = Engine(model, settings, Processes(0, 1, torch.device(device)))
    rng = np.random.default_rng(0)
    pixels = torch.from_numpy(rng.integers(0, 256, (batch, 224, 224, 3), dtype=np.uint8))
    part = Part(pixels.permute(0, 3, 1, 2), torch.randint(0, 1000, (batch,)), [], [])
    return engine, part.pin_memory() if device != "cpu" else part


def memory(batch: int, checkpointed: bool) -> float:
    """Peak memory in MB of this process after a step of CORnet-S with 10/10/10 steps."""
    engine, part = _engine(
        "S", batch, "cpu", "float32", times=[10, 10, 10], checkpoint_activations=checkpointed
    )
    engine.backward([part], batch)
    engine.update(1e-6)
    return peak_bytes() / 1e6


def has_bf16(device: str) -> bool:
    """Whether bf16 is computed and not emulated."""
    import torch

    if device != "cpu":
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def part_of(name: str, options: argparse.Namespace) -> object:
    """Run one part in this process."""
    kind, letter = name.split("-")
    arguments = (letter, options.steps, options.batch, options.device)
    if kind == "memory":
        return memory(options.memory_batch, letter == "checkpointed")
    if kind == "plain":
        return plain(*arguments)
    if kind == "bare":
        return ours(*arguments, "bf16", bare=True)
    return ours(*arguments, kind)


def main() -> None:
    """Run the parts in turns and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--memory-batch", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--part")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(part_of(options.part, options)))
        return

    models = options.models.split(",")
    kinds = ["plain", "float32"]
    if has_bf16(options.device):
        kinds.append("bf16")
        if options.device != "cpu":
            kinds.append("bare")
    found: dict[str, list[list[float]]] = {f"{k}-{m}": [] for m in models for k in kinds}

    def run(name: str) -> object:
        command = [sys.executable, __file__, "--part", name]
        for option in ("steps", "batch", "device"):
            command += [f"--{option}", str(getattr(options, option))]
        command += ["--memory-batch", str(options.memory_batch)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    for _ in range(options.rounds):
        for name, values in found.items():
            values.append(run(name))  # in turns: what else runs on the machine hits all alike
    clock, cpu = (
        {name: statistics.median(one[k] for one in values) for name, values in found.items()}
        for k in (0, 1)
    )
    figures: dict[str, object] = {
        "batch": options.batch,
        "device": _device(options.device),
        "images_per_second": rounded(clock),
        "images_per_cpu_second": rounded(cpu),
        "all_rounds": found,
    }
    for model in models:
        for kind in kinds[1:]:
            if kind == "bare":
                share = clock[f"bf16-{model}"] / clock[f"bare-{model}"]
                figures[f"{model}_bf16_over_bare"] = round(share, 3)
                continue
            for rates, by in ((clock, "over_plain"), (cpu, "over_plain_by_cpu")):
                ratio = rates[f"{kind}-{model}"] / rates[f"plain-{model}"]
                figures[f"{model}_{kind}_{by}"] = round(ratio, 3)
    if "bf16" not in kinds:
        figures["bf16"] = "this device has no bf16 arithmetic: not measured"
    if options.device == "cpu":
        whole, less = (run(f"memory-{kind}") for kind in ("whole", "checkpointed"))
        figures["memory_10_10_10_mb"] = {"whole": round(whole), "checkpointed": round(less)}
        figures["memory_saved"] = round(1 - less / whole, 3)
        figures["memory_batch"] = options.memory_batch
    save("train" if options.device == "cpu" else "train_gpu", figures)


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Round for printing."""
    return {name: round(value, 3) for name, value in values.items()}


def _device(name: str) -> str:
    import torch

    return name if name == "cpu" else torch.cuda.get_device_name()


if __name__ == "__main__":
    main()
