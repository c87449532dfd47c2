"""JSON on stdout is JSON to every reader."""

import json

import numpy as np
import pytest
from cornetkit_cli.printing import print_json

import cornetkit as ck


def strict(text):
    """Read JSON as the standard has it: without NaN and infinities."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_what_is_not_finite_becomes_null(capsys):
    print_json({"a": [float("nan"), 1.5], "b": (np.float32("inf"), np.float64("-inf"))})
    assert strict(capsys.readouterr().out) == {"a": [None, 1.5], "b": [None, None]}


def test_numbers_of_numpy_stay_numbers_and_other_things_become_text(capsys, tmp_path):
    print_json({1: np.int64(3), "b": np.array([[1.0, np.nan]]), "c": np.bool_(True), "d": tmp_path})
    found = strict(capsys.readouterr().out)
    assert found == {"1": 3, "b": [[1.0, None]], "c": True, "d": str(tmp_path)}


@pytest.fixture
def unknown_bins(neural, tmp_path):
    """Recordings whose attributes and settings hold NaN."""
    trials = ck.open_recordings(neural).isel(time_bin=[0]).assign_attrs(threshold=np.nan)
    nan = ("time_bin", [np.nan])
    trials = trials.assign_coords(time_bin_start=nan, time_bin_end=nan)
    ck.save_recordings(trials, tmp_path / "nan.nc")
    return tmp_path / "nan.nc"


@pytest.mark.parametrize(
    "line",
    [
        ["inspect", "neural"],
        ["inspect", "acts"],
        ["ceiling", "--neural", "neural"],
        ["predict", "--neural", "neural", "--acts", "acts", "--quiet"],
        ["rsa", "--neural", "neural", "--acts", "acts", "--quiet"],
        ["verify", "acts", "--images", "images", "--batches", "1"],
        ["record", "--model", "Z", "--weights", "random", "--images", "images", "--dry-run"],
        ["weights"],
    ],
    ids=lambda line: line[0],
)
def test_every_command_prints_strict_json(run, unknown_bins, acts, images, line):
    given = {"neural": unknown_bins, "acts": acts, "images": images}
    result = run(*(given.get(word, word) for word in line), "--json")
    assert result.code == 0, result.err
    assert strict(result.out)
