"""The README's Python blocks run as they stand."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cornetkit as ck

ROOT = Path(__file__).resolve().parent.parent

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with what the README's reader has: images and an array of responses."""
    stim = tmp_path / "stim"
    stim.mkdir()
    rng = np.random.default_rng(0)
    for k in range(16):
        pixels = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(stim / f"im{k:02d}.png")
    np.save(tmp_path / "psth.npy", rng.standard_normal((16, 4, 5)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_python_blocks_run_one_after_the_other(folder):
    names: dict = {}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), names)
    assert (folder / "rt.nc").exists()
    assert ck.open_recordings(folder / "it.nc").sizes["neuroid"] == 5


def test_the_commands_that_the_readme_names_exist():
    from cornetkit_cli.main import COMMANDS

    named = set(
        re.findall(r"^cornetkit (\w+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    )
    assert named
    assert named <= set(COMMANDS)
