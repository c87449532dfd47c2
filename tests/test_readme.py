"""The README's Python blocks run as they stand."""

import re
from pathlib import Path

import click
import numpy as np
import pytest
from cornetkit_cli.main import COMMANDS, group
from PIL import Image

import cornetkit as ck

ROOT = Path(__file__).resolve().parent.parent

PAGES = {path.name: path.read_text() for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))}
README = PAGES["README.md"]
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with what the README's reader has: images, their table, responses."""
    stim = tmp_path / "stim"
    stim.mkdir()
    rng = np.random.default_rng(0)
    for k in range(16):
        pixels = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(stim / f"im{k:02d}.png")
    rows = "\n".join(f"im{k:02d},stim/im{k:02d}.png,m{k // 4}" for k in range(16))
    (tmp_path / "stim.csv").write_text(f"stimulus_id,filename,movie\n{rows}\n")
    np.save(tmp_path / "psth.npy", rng.standard_normal((16, 4, 2, 5)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_python_blocks_run_one_after_the_other(folder):
    names: dict = {}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), names)
    assert (folder / "rt.nc").exists()
    assert ck.open_recordings(folder / "it.nc").sizes == {
        "presentation": 64, "time_bin": 2, "neuroid": 5
    }  # fmt: skip
    movies = ck.open_recordings(folder / "it_movies.nc")
    assert movies["movie"].values[movies["stimulus"].values == "im07"].tolist() == ["m1"] * 4


def test_the_commands_that_the_readme_names_exist():
    named = set(re.findall(r"^cornetkit (\w+)", README, flags=re.MULTILINE))
    assert named
    assert named <= set(COMMANDS)


def options_of(command):
    """Return all that a command takes, such as --out."""
    found = group.get_command(click.Context(group), command)
    return {name for param in found.params for name in (*param.opts, *param.secondary_opts)}


@pytest.mark.parametrize("page", PAGES)
def test_the_options_of_each_command_that_is_shown_exist(page):
    text = PAGES[page].replace("\\\n", " ")
    shown = re.findall(r"^ *cornetkit (\w+)( .*)?$", text, flags=re.MULTILINE)
    shown += re.findall(r"`cornetkit (\w+)( [^`]*)?`", text)
    for command, rest in shown:
        asked = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest.partition("#")[0]))
        assert asked <= options_of(command), (page, command)


@pytest.mark.parametrize("page", PAGES)
def test_every_option_that_is_named_is_one_of_some_command(page):
    known = set.union(*map(options_of, COMMANDS)) | {"--debug", "--help", "--nproc-per-node"}
    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]*", PAGES[page])) <= known
