"""Run the command line in this process, as `cornetkit ...` would."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from cornetkit_cli.main import main
from PIL import Image

import cornetkit as ck


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that a wrong input gets."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1, self.err
        return lines[0]


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs a command and gives its exit code, stdout and stderr."""

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["cornetkit", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return Result(int(code), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def images(tmp_path_factory) -> Path:
    """A folder of 24 small images."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for k in range(24):
        pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((64, 64)).save(folder / f"im{k}.png")
    return folder


@pytest.fixture(scope="session")
def acts(images, tmp_path_factory) -> Path:
    """Activations of an untrained CORnet-Z, areas V4 and IT, for the 24 images."""
    path = tmp_path_factory.mktemp("acts") / "acts.nc"
    model = ck.load_model("Z", weights="random")
    ck.record(model, images, path, areas=["V4", "IT"], progress=False).close()
    return path


@pytest.fixture(scope="session")
def neural(acts, tmp_path_factory) -> Path:
    """Recordings of 10 neuroids that read the Z model's IT, 6 repetitions, two time bins."""
    from cornetkit.simulation import simulate_recordings

    recordings = simulate_recordings(
        ck.open_activations(acts)["IT"], (0, 0), n_neuroids=10, n_repetitions=6, n_dimensions=5
    )
    path = tmp_path_factory.mktemp("neural") / "it.nc"
    ck.save_recordings(recordings, path)
    return path
