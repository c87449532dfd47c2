"""`cornetkit decode`: a table, JSON, files and figures, and wrong input in a line."""

import json

import numpy as np
import pandas as pd
import pytest

import cornetkit as ck


@pytest.fixture(scope="module")
def labels(neural, tmp_path_factory):
    """A CSV with the object of each of the 24 images."""
    ids = np.unique(ck.open_recordings(neural)["stimulus"].values)
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    frame = pd.DataFrame({"stimulus": ids, "label": [f"o{k % 2}" for k in range(len(ids))]})
    frame.to_csv(path, index=False)
    return path


def test_the_table_has_bins_accuracy_and_chance(run, neural, labels):
    result = run("decode", "--neural", neural, "--labels", labels)
    assert result.code == 0, result.err
    assert "2 labels (labels.csv) of 24 stimuli; chance 0.500" in result.out
    assert "70 to 90" in result.out
    assert "90 to 110" in result.out


def test_json_rows_equal_the_python_result(run, neural, labels):
    result = run("decode", "--neural", neural, "--labels", labels, "--json", "--seed", "3",
                 "--quiet", "--permutations", "19")  # fmt: skip
    found = json.loads(result.out)
    with pytest.warns(ck.CornetkitWarning):
        expected = ck.decode(neural, str(labels), rng=3, n_permutations=19, progress=False)
    own = np.diagonal(expected["accuracy"].values)
    np.testing.assert_allclose([row["accuracy"] for row in found["rows"]], own)
    np.testing.assert_allclose([row["p"] for row in found["rows"]], expected["p"].values)
    assert found["notes"] == expected.attrs["notes"]
    assert "onset_bin" in found["onsets"]


def test_activations_have_areas_and_steps(run, acts, labels):
    result = run("decode", "--acts", acts, "--labels", labels, "--no-generalize", "--areas", "IT",
                 "--json")  # fmt: skip
    assert result.code == 0, result.err
    (row,) = json.loads(result.out)["rows"]
    assert (row["area"], row["step"]) == ("IT", 0)
    assert "at_other_times" not in row


def test_out_and_plot_are_written_and_not_written_over(run, neural, labels, tmp_path):
    out, plot = tmp_path / "d.nc", tmp_path / "d.png"
    arguments = ["decode", "--neural", neural, "--labels", labels, "--out", out, "--plot", plot,
                 "--quiet"]  # fmt: skip
    assert run(*arguments).code == 0
    assert ck.open_temporal(out)["accuracy"].dims == ("time_bin", "time_bin_test")
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "is there already" in run(*arguments).error
    assert run(*arguments, "--overwrite").code == 0


def test_inspect_says_what_the_file_holds(run, neural, labels, tmp_path):
    out = tmp_path / "d.nc"
    run("decode", "--neural", neural, "--labels", labels, "--out", out, "--quiet")
    result = run("inspect", out)
    assert result.code == 0, result.err
    assert "decoding" in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --neural (recordings) or --acts"),
        (["--neural", "{neural}", "--acts", "{acts}"], "not both"),
        (["--neural", "{neural}"], "give a CSV file with the columns stimulus,label (--labels"),
        (["--neural", "{neural}", "--labels", "{labels}", "--resamples", "5"], "leave it out"),
        (["--neural", "{neural}", "--labels", "{labels}", "--together", "all"], "leave it out"),
        (["--neural", "{neural}", "--labels", "{labels}", "--window", "30"], "cut through"),
        (["--acts", "{acts}", "--labels", "{labels}", "--window", "30"], "for recordings"),
        (["--neural", "{neural}", "--labels", "{labels}", "--classifier", "logisitc"], "did you"),
        (["--neural", "{neural}", "--labels", "{labels}", "--plot", "x.gif"], ".png, .pdf or .svg"),
        (["--neural", "nowhere.nc", "--labels", "{labels}"], "no file nowhere.nc"),
        (["--neural", "{neural}", "--labels", "nowhere.csv"], "no table of labels nowhere.csv"),
    ],
)
def test_wrong_input_is_one_line(run, acts, neural, labels, arguments, message):
    given = [a.format(acts=acts, neural=neural, labels=labels) for a in arguments]
    result = run("decode", *given)
    assert result.code == 1
    assert message in result.error
