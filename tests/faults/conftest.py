"""Run `cornetkit` in processes of its own that can be killed, watched and starved."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

LONGEST = 120  # seconds of a command; far more than any takes, so that a hanging one is an error
SERVER = Path(__file__).with_name("fork_server.py")


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on stderr."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class Server:
    """Starts commands; see `fork_server`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        self.started = 0

    def ask(self, **request: object) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def start(self, *arguments: object, setup: str = "", whole_end: bool = False) -> "Child":
        """Begin a command, after running the lines of `setup` in its process."""
        self.started += 1
        out, err = (self.folder / f"{self.started}.{name}" for name in ("out", "err"))
        argv = [str(argument) for argument in arguments]
        request = {"argv": argv, "setup": setup, "whole_end": whole_end}
        pid = self.ask(**request, stdout=str(out), stderr=str(err))
        return Child(self, pid, out, err)

    def run(self, *arguments: object, setup: str = "", whole_end: bool = False) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments, setup=setup, whole_end=whole_end).wait()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Child:
    server: Server
    pid: int
    out: Path
    err: Path

    def written(self) -> int:
        """Bytes that it has handed to the system for writing."""
        try:
            counts = Path(f"/proc/{self.pid}/io").read_text()
        except OSError:
            counts = ""
        return next((int(x.split()[1]) for x in counts.splitlines() if x.startswith("wchar")), -1)

    def running(self) -> bool:
        """Whether it has not ended; it keeps its pid until `wait`."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def wait(self) -> Ended:
        deadline = time.monotonic() + LONGEST
        while self.running():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                self.server.ask(wait=self.pid)
                pytest.fail(f"the command hangs; it said: {self.err.read_text()!r}")
            time.sleep(0.002)
        code = self.server.ask(wait=self.pid)
        return Ended(code, self.out.read_text(), self.err.read_text())


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A process that forks commands."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def stimuli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of seven small images."""
    folder = tmp_path_factory.mktemp("stimuli")
    rng = np.random.default_rng(0)
    for k in range(7):
        pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"im{k}.png")
    return folder


@pytest.fixture(scope="session")
def line(stimuli: Path) -> Callable[..., list[object]]:
    """Return the arguments that record the images in four batches to a file."""

    def make(out: Path, *more: object) -> list[object]:
        fixed = ["record", "--model", "Z", "--weights", "random", "--batch-size", 2]
        return [*fixed, "--images", stimuli, "--quiet", "--out", out, *more]

    return make


@dataclass
class Whole:
    content: bytes
    written: int  # by the whole process


@pytest.fixture(scope="session")
def undisturbed(
    server: Server, line: Callable[..., list[object]], tmp_path_factory: pytest.TempPathFactory
) -> Whole:
    """The file that a run gives which nothing disturbs."""
    out = tmp_path_factory.mktemp("undisturbed") / "acts.nc"
    child = server.start(*line(out))
    written = 0
    while child.running():
        written = max(written, child.written())
        time.sleep(0.001)
    ended = child.wait()
    assert ended.code == 0, ended.err
    return Whole(out.read_bytes(), written)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the file goes, in a folder of its own."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "acts.nc"


@pytest.fixture
def mount(out: Path) -> Iterator[Callable[[str], None]]:
    """Return a function that makes the folder of the output a disk of some size."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount")
    mounted: list[str] = []

    def resize(size: str) -> None:
        option = f"remount,size={size}" if mounted else f"size={size}"
        command = ["mount", "-t", "tmpfs", "-o", option, "tmpfs", out.parent]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting is not possible here")
        mounted.append(size)

    yield resize
    if mounted:
        subprocess.run(["umount", "-l", out.parent], check=True)
