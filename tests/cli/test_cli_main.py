"""The entry point: help at once, exit codes, one line for an error."""

import subprocess
import sys

import pytest
from cornetkit_cli.main import COMMANDS


def test_help_lists_every_command(run):
    result = run("--help")
    assert result.code == 0, result.err
    assert all(name in result.out for name in COMMANDS)


def test_help_loads_nothing_heavy():
    script = (
        "import sys; sys.argv = ['cornetkit', '--help']\n"
        "from cornetkit_cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'xarray', 'pandas', 'sklearn', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    result = run(command, "--help")
    assert result.code == 0, result.err
    assert "Usage: cornetkit" in result.out
    assert "\\b" not in result.out
    examples = [line for line in result.out.splitlines() if line.startswith("  cornetkit ")]
    assert all(line.count("cornetkit ") == 1 for line in examples), "one example a line"


def test_wrong_command_suggests_the_nearest_and_exits_with_2(run):
    result = run("recrod")
    assert result.code == 2
    assert "did you mean 'record'?" in result.err


def test_unknown_option_exits_with_2(run):
    result = run("record", "--modle", "S")
    assert result.code == 2


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *((name, "--seed") for name in ("ceiling", "demo", "predict", "record", "rsa", "verify")),
        ("record", "--reduction-seed"),
    ],
)
@pytest.mark.parametrize("seed", ["-1", "1.5"])
def test_what_is_no_seed_exits_with_2(run, command, option, seed):
    result = run(command, option, seed)
    assert result.code == 2
    assert f"Invalid value for '{option}'" in result.err


def test_debug_shows_the_traceback(run):
    with pytest.raises(Exception, match="no such folder"):
        run("record", "--model", "Z", "--images", "nowhere", "--out", "x.nc", "--debug")


def test_a_bug_is_told_in_one_line_that_asks_for_a_report(run, monkeypatch, tmp_path, images):
    import cornetkit as ck

    def broken(*args, **kwargs):
        raise KeyError("surprise")

    monkeypatch.setattr(ck, "load_model", broken)
    result = run("record", "--model", "Z", "--images", images, "--out", tmp_path / "a.nc")
    assert result.code == 1
    assert "this is a bug" in result.error
    assert "surprise" in result.error


def test_a_closed_pipe_is_no_error(acts):
    done = subprocess.run(
        f"{sys.executable} -m cornetkit_cli inspect {acts} | true",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""


def test_version(run):
    assert "cornetkit" in run("--version").out


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {}])
def test_output_has_no_colour_codes(run, acts, neural, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for line in (["--help"], ["inspect", acts], ["predict", "--neural", neural, "--acts", acts]):
        result = run(*line)
        assert result.code == 0, result.err
        assert "\x1b" not in result.out + result.err
