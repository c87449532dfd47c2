"""record() of CORnet-S against a batch-1 loop and against the bare batched forward.

    python benchmarks/record.py [--images 320] [--rounds 3]

Each part runs in a process of its own, in turns, so that no part profits from another's caches
or allocator settings. Printed: images per second (medians) and ratios.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import save

BATCH = 16


def batch_one(folder: Path, n_images: int) -> float:
    """A plain loop: read an image, transform it, run the model; nothing is kept."""
    import torch

    import cornetkit as ck
    from cornetkit.recording.prepare import model_transform

    images = ck.load_stimuli(folder)
    model = ck.load_model("S", weights="random")
    transform = model_transform(model)
    with torch.inference_mode():
        model(torch.zeros(1, 3, 224, 224))
        begun = time.perf_counter()
        for k in range(n_images):
            model(torch.from_numpy(transform(images.image(k)))[None])
    return n_images / (time.perf_counter() - begun)


def bare(folder: Path, n_images: int) -> float:
    """The model alone on ready batches, with the memory format and allocator of record."""
    import torch

    import cornetkit as ck
    from cornetkit.allocator import keep_large_buffers

    keep_large_buffers()
    model = ck.load_model("S", weights="random")
    batch = torch.randn(BATCH, 3, 224, 224).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        model(batch)
        begun = time.perf_counter()
        for _ in range(n_images // BATCH):
            model(batch)
    return n_images // BATCH * BATCH / (time.perf_counter() - begun)


def full(folder: Path, n_images: int, precision: str = "float32") -> float:
    """record(): reading, transform, hooks on every area and step, writing to disk."""
    import cornetkit as ck

    images = ck.load_stimuli(folder).select(range(n_images))
    model = ck.load_model("S", weights="random")
    with tempfile.TemporaryDirectory() as out:
        begun = time.perf_counter()
        ck.record(model, images, f"{out}/acts.nc", batch_size=BATCH, precision=precision).close()
        return n_images / (time.perf_counter() - begun)


PARTS = {
    "batch_one": batch_one,
    "bare": bare,
    "record": full,
    "record_bf16": lambda folder, n: full(folder, n, "bf16"),
}


def main() -> None:
    """Run the parts in turns and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.part:
        print(PARTS[options.part](options.folder, options.images))
        return

    import torch

    from cornetkit.simulation import make_stimuli

    has_bf16 = bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    parts = [p for p in PARTS if p != "record_bf16" or has_bf16]
    rates: dict[str, list[float]] = {part: [] for part in parts}
    with tempfile.TemporaryDirectory() as folder:
        make_stimuli(folder, options.images)
        for _ in range(options.rounds):
            for part in parts:
                count = min(options.images, 64) if part == "batch_one" else options.images
                command = [sys.executable, __file__, "--part", part, "--images", str(count)]
                done = subprocess.run(
                    [*command, "--folder", f"{folder}/images"],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                rates[part].append(float(done.stdout))
    median = {part: statistics.median(values) for part, values in rates.items()}
    figures: dict[str, object] = {
        "images": options.images,
        "images_per_second": {part: round(value, 3) for part, value in median.items()},
        "all_rounds": {part: [round(v, 3) for v in values] for part, values in rates.items()},
        "record_over_batch_one": round(median["record"] / median["batch_one"], 3),
        "record_over_bare": round(median["record"] / median["bare"], 3),
        "bf16": (
            round(median["record_bf16"] / median["batch_one"], 3)
            if has_bf16
            else "this CPU has no bf16 arithmetic: not measured"
        ),
    }
    save("record", figures)


if __name__ == "__main__":
    main()
