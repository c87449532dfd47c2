"""The reader of a pipe has gone, or the standard output cannot be written: no traceback."""

import os
import subprocess
import sys

import pytest

RUN = f"{sys.executable} -m cornetkit_cli"


def shell(command, unbuffered=""):
    return subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}} >&2"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )


@pytest.fixture(scope="module")
def files(server, line, tmp_path_factory):
    """Activations and recordings of the same stimuli."""
    import cornetkit as ck

    folder = tmp_path_factory.mktemp("files")
    acts, neural = folder / "acts.nc", folder / "it.nc"
    assert server.run(*line(acts, "--areas", "IT")).code == 0
    with ck.open_activations(acts) as opened:
        recordings = ck.simulate_recordings(
            opened["IT"], (0,) * 40, n_neuroids=4, n_repetitions=3, n_dimensions=3
        )
    ck.save_recordings(recordings, neural)
    return acts, neural


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_predict_ends_quietly_when_the_reader_has_gone(files, reader):
    acts, neural = files
    done = shell(f"{RUN} predict --acts {acts} --neural {neural} --quiet --json | {reader}")
    assert done.stderr == "0\n"
    assert done.stdout == ("{\n" if reader == "head -1" else "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_inspect_ends_quietly_when_the_reader_has_gone(files, unbuffered):
    done = shell(f"{RUN} inspect {files[0]} | true", unbuffered)
    assert (done.stdout, done.stderr) == ("", "0\n")


def test_help_ends_quietly_when_the_reader_has_gone():
    assert shell(f"{RUN} --help | true").stderr == "0\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_the_standard_output_is_one_line(files, unbuffered):
    done = shell(f"{RUN} inspect {files[0]} --json > /dev/full", unbuffered)
    assert done.stderr == (
        "Error: cannot write the standard output: No space left on device; free some space\n1\n"
    )


def test_a_closed_standard_output_is_no_error(server, line, out):
    closed = "import sys\nsys.stdout = None"  # what Python makes of it
    assert server.run(*line(out, "--areas", "IT"), setup=closed).code == 0
