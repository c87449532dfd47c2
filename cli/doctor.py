"""``cornetkit doctor``."""

from __future__ import annotations

import platform
import sys
import time
from importlib import metadata
from typing import Any

import click

from .printing import print_json

PACKAGES = (
    *("cornetkit", "torch", "torchvision", "numpy", "scipy", "scikit-learn", "xarray"),
    *("netCDF4", "pandas", "pillow", "matplotlib", "click"),
)
EXTRAS = {"himalaya": "banded", "rsatoolbox": "rsa", "h5py": "matlab", "pynwb": "nwb"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Say versions, devices and caches, and run a self-test of seconds."""
    facts = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "optional": {name: _version(name) for name in EXTRAS},
        **_devices(),
        "weights": _weights(),
        "self_test": _self_test(),
    }
    if as_json:
        print_json(facts)
    else:
        for name, value in facts.items():
            if isinstance(value, dict):
                value = ", ".join(f"{k} {v}" for k, v in value.items())
            print(f"{name.replace('_', ' ')}: {value}")
    if not facts["self_test"].startswith("passed"):
        sys.exit(1)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _devices() -> dict[str, Any]:
    import torch

    from cornetkit.activations import available_bytes
    from cornetkit.errors import in_words

    gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return {
        "gpu": ", ".join(gpus) or "none that torch sees",
        "cpu": f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}, "
        f"bf16 {'yes' if bf16 else 'no (--precision bf16 would be slow)'}",
        "free_memory": in_words(available_bytes()),
    }


def _weights() -> dict[str, str]:
    from pathlib import Path

    from cornetkit.models import list_weights

    rows = list_weights()
    return {"folder": str(Path(rows[0]["path"]).parent), **{r["model"]: r["state"] for r in rows}}


def _self_test() -> str:
    """Record planted images with an untrained model and find a planted population again."""
    import tempfile
    import warnings

    import numpy as np

    import cornetkit as ck
    from cornetkit.simulation import make_stimuli, simulate_recordings

    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        images = ck.load_stimuli(make_stimuli(folder, 40, size=64))
        model = ck.load_model("Z", weights="random")
        acts = ck.record(model, images, f"{folder}/acts.nc", areas=["IT"], progress=False)
        planted = simulate_recordings(acts["IT"], (0,), reliability=0.95, n_dimensions=4)
        score = float(ck.predict(acts, planted, progress=False)["score"].max())
        acts.close()
    seconds = time.monotonic() - begun
    if not np.isfinite(score) or score < 0.7:
        return f"FAILED: a planted population is predicted with r = {score:.2f}, expected above 0.7"
    return f"passed in {seconds:.1f} s (planted population predicted with r = {score:.2f})"
