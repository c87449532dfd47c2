"""Peak memory of record(): 2,000 images against 100, a process each.

    python benchmarks/memory.py [--images 2000] [--few 100]

CORnet-Z, V4 and IT, to a file. Printed: peak resident memory of each (ru_maxrss), their difference
(the aim is below 300 MB, whatever the number of images) and what record said beforehand.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import save

AIM_MB = 300
AREAS = ["V4", "IT"]


def measure(table: str, n_images: int) -> dict[str, float]:
    """Record so many images; return the peak of this process, and what was expected of it."""
    import cornetkit as ck
    from cornetkit.recording import estimate

    model = ck.load_model("Z", weights="random")
    images = ck.load_stimuli(table).select(range(n_images))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "acts.nc")
        expected = estimate(model, images, out, areas=AREAS)
        ck.record(model, images, out, areas=AREAS).close()
        written = out.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "peak_mb": peak * (1 if sys.platform == "darwin" else 1024) / 1e6,
        "expected_peak_mb": expected.peak_memory / 1e6,
        "file_mb": written / 1e6,
        "expected_file_mb": expected.bytes_on_disk / 1e6,
    }


def main() -> None:
    """Measure both in processes of their own and print the difference."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--measure", type=int)
    parser.add_argument("--table")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.table, options.measure)))
        return

    from cornetkit.simulation import make_stimuli

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        table = str(make_stimuli(folder, options.images, size=64))
        for count in (options.few, options.images):
            command = [sys.executable, __file__, "--measure", str(count), "--table", table]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[count] = json.loads(done.stdout.splitlines()[-1])
    more = found[options.images]["peak_mb"] - found[options.few]["peak_mb"]
    save(
        "memory",
        {
            "model": "CORnet-Z, V4 and IT, batches of 16",
            **{
                f"{count}_images": {name: round(value, 1) for name, value in values.items()}
                for count, values in found.items()
            },
            "more_mb": round(more, 1),
            "aim_mb": AIM_MB,
            "holds": more < AIM_MB,
        },
    )


if __name__ == "__main__":
    main()
