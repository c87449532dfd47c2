"""`cornetkit ceiling`: a table of what repeats."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


@pytest.fixture(scope="module")
def recordings(neural_module):
    return ck.open_recordings(neural_module)


@pytest.fixture(scope="session")
def neural_module(neural):
    return neural


def ceiling(run, neural, *more):
    return run("ceiling", "--neural", neural, *more)


def rows(run, neural, *more):
    return json.loads(ceiling(run, neural, *more, "--json").out)["rows"]


def test_a_row_for_each_time_bin(run, neural):
    result = ceiling(run, neural)
    assert result.code == 0, result.err
    assert "it.nc: 24 stimuli, 10 neuroids" in result.out
    assert "ceiling split-half, 100 halves, seed 0, in units of r^2" in result.out
    lines = [
        line.split() for line in result.out.splitlines() if line.strip().startswith(("70", "90"))
    ]
    assert [line[:2] for line in lines] == [["70-90", "10"], ["90-110", "10"]]


@pytest.mark.parametrize("method", ["split-half", "brainscore", "signal-power", "nsd"])
def test_json_equals_the_python_result(run, neural, method):
    found = rows(run, neural, "--method", method)
    expected = ck.ceiling(str(neural), method=method)
    np.testing.assert_allclose([r["median"] for r in found], expected["ceiling_score"])
    np.testing.assert_allclose([r["q25"] for r in found], expected.quantile(0.25, "neuroid"))
    assert [r["repetitions"] for r in found] == [6, 6]
    assert [r["n_neuroids"] for r in found] == [10, 10]


def test_notes_are_on_stderr_unless_quiet(run, recordings, tmp_path):
    once = recordings[recordings["repetition"] == 0]
    ck.save_recordings(once, tmp_path / "once.nc")
    assert "note: no stimulus was repeated" in ceiling(run, tmp_path / "once.nc").err
    assert ceiling(run, tmp_path / "once.nc", "--quiet").err == ""


def test_windows_and_bins(run, neural):
    assert [r["bin_ms"] for r in rows(run, neural, "--window", "70:110")] == ["70-110"]
    assert [r["bin_ms"] for r in rows(run, neural, "--bins", "40")] == ["70-110"]


def test_a_row_for_each_region(run, recordings, tmp_path):
    region = np.repeat(["V4", "IT"], [4, 6])
    parts = recordings.assign_coords(region=("neuroid", region))
    ck.save_recordings(parts, tmp_path / "two.nc")
    found = rows(run, tmp_path / "two.nc", "--by", "region")
    assert [(r["region"], r["n_neuroids"]) for r in found[:2]] == [("V4", 4), ("IT", 6)]
    expected = ck.ceiling(recordings).values[0, :4]
    assert found[0]["median"] == pytest.approx(np.median(expected))
    assert "V4" in ceiling(run, tmp_path / "two.nc", "--by", "region").out
    wrong = ceiling(run, tmp_path / "two.nc", "--by", "regoin")
    assert wrong.code == 1
    assert "did you mean 'region'?" in wrong.error


def test_what_is_undefined_is_counted_with_reasons(run, recordings, tmp_path):
    trials = recordings.copy()
    trials[:, :, 0] = 1.0
    trials[trials["repetition"].values > 0, :, 1] = np.nan
    ck.save_recordings(trials, tmp_path / "odd.nc")
    found = rows(run, tmp_path / "odd.nc")[0]
    assert found["n_undefined"] == 2
    assert found["reasons"] == "1 constant, 1 fewer than 2 repetitions"
    assert found["reasons"] in ceiling(run, tmp_path / "odd.nc").out


def test_one_repetition_is_said_and_no_failure(run, recordings, tmp_path):
    ck.save_recordings(recordings[recordings["repetition"] == 0], tmp_path / "once.nc")
    result = ceiling(run, tmp_path / "once.nc")
    assert result.code == 0
    assert "note: no stimulus was repeated, so there is no noise ceiling" in result.err
    assert "10 fewer than 2 repetitions" in result.out
    assert rows(run, tmp_path / "once.nc")[0]["median"] is None


def test_out_is_written_and_not_written_over(run, neural, tmp_path):
    out = tmp_path / "ceiling.nc"
    assert ceiling(run, neural, "--out", out).code == 0
    with xr.open_dataset(out) as stored:
        np.testing.assert_array_equal(stored["ceiling"], ck.ceiling(str(neural)))
    assert "is there already" in ceiling(run, neural, "--out", out).error
    assert ceiling(run, neural, "--out", out, "--overwrite").code == 0


def test_between_animals_needs_two(run, neural):
    result = ceiling(run, neural, "--method", "between-animals")
    assert result.code == 1
    assert "the recordings hold one animal (simulated)" in result.error


def test_between_animals_says_what_it_rests_on(run, recordings, tmp_path):
    pair = recordings.assign_coords(animal=("neuroid", np.repeat(["a", "b"], 5)))
    ck.save_recordings(pair, tmp_path / "pair.nc")
    result = ceiling(run, tmp_path / "pair.nc", "--method", "between-animals", "--halves", "2")
    assert result.code == 0, result.err
    assert "that other animals' predict (a, b); predictors: 5" in result.out


def test_between_animals_tells_of_frames_of_a_movie(run, recordings, tmp_path):
    number = np.unique(recordings["stimulus"], return_inverse=True)[1]
    pair = recordings.assign_coords(
        animal=("neuroid", np.repeat(["a", "b"], 5)), movie=("presentation", number % 6)
    )
    ck.save_recordings(pair, tmp_path / "pair.nc")
    arguments = ("--method", "between-animals", "--halves", "1", "--json")
    result = ceiling(run, tmp_path / "pair.nc", *arguments)
    assert result.err.startswith("note: stimuli of the same movie are on both sides of splits")
    found = json.loads(result.out)
    assert len(found["notes"]) == len(result.err.splitlines()) == 1
    assert "notes" not in found["settings"]


def test_an_unknown_method_is_one_line(run, neural):
    result = ceiling(run, neural, "--method", "nds")
    assert result.code == 1
    assert "did you mean 'nsd'?" in result.error


def test_predict_takes_a_ceiling_and_matches_reliability(run, acts, neural):
    arguments = ["--neural", neural, "--acts", acts, "--json"]
    found = json.loads(
        run("predict", *arguments, "--ceiling", "nsd", "--match-reliability", "time_bin").out
    )
    assert found["settings"]["ceiling"] == "nsd"
    assert found["settings"]["match_reliability"] == "time_bin"
    assert any("thinned to equal reliability" in note for note in found["notes"])
    wrong = run("predict", *arguments, "--match-reliability", "time")
    assert wrong.code == 1
    assert "did you mean 'time_bin'?" in wrong.error
