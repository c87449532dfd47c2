"""`cornetkit compare`, and the options of predict about intervals and p values."""

import json

import pytest

import cornetkit as ck


@pytest.fixture(scope="module")
def results(acts, neural, tmp_path_factory):
    """Score files of the Z model by ridge and by PLS, resampled together."""
    folder = tmp_path_factory.mktemp("results")
    for name, settings in (("ridge", {}), ("pls", {"method": "pls", "n_components": 2})):
        with pytest.warns(ck.CornetkitWarning):
            scores = ck.predict(acts, neural, bootstrap=60, n_splits=4, progress=False, **settings)
        ck.save_scores(scores, folder / f"{name}.nc")
    return folder / "ridge.nc", folder / "pls.nc"


def test_two_files_are_compared(run, results):
    done = run("compare", *results)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "ridge.nc - pls.nc: 60 paired resamples over stimulus and neuroid"
    assert lines[1] == "both of CORnet-Z, untrained (random weights, seed 0)"
    assert lines[3].split() == [
        "a", "b", "neural", "ms", "r", "of", "a", "r", "of", "b", "a", "-", "b", "low", "high",
        "p", "p", "corr.",
    ]  # fmt: skip
    assert sum(line.startswith(("V4@0 ", "IT@0 ", "best ")) for line in lines) == 6
    assert "low, high: 95 % interval of the difference" in done.out


def test_places_of_one_file_are_compared_as_json(run, results):
    done = run("compare", results[0], "--between", "IT@0", "V4@0", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    expected = ck.comparison_table(ck.compare_scores(results[0], between=("IT@0", "V4@0")))
    assert [row["difference"] for row in found["rows"]] == pytest.approx(
        expected["difference"].tolist()
    )
    assert found["settings"]["resample_of"] == ["stimulus", "neuroid"]


def test_areas_and_steps_can_be_chosen(run, results):
    done = run("compare", *results, "--area", "IT", "--time", "0", "--json")
    assert {row["a"] for row in json.loads(done.out)["rows"]} == {"IT@0"}


def test_a_comparison_is_written_and_inspected(run, results, tmp_path):
    out = tmp_path / "compared.nc"
    assert run("compare", *results, "--out", out, "--quiet").code == 0
    assert "difference" in ck.open_scores(out)
    again = run("compare", *results, "--out", out)
    assert again.code == 1
    assert "--overwrite" in again.error
    looked = run("inspect", out)
    assert looked.code == 0
    assert "comparison of scores, ridge.nc (a) and pls.nc (b)" in looked.out


def test_an_output_that_is_an_input_is_refused(run, results):
    done = run("compare", *results, "--out", results[0], "--overwrite")
    assert done.code == 1
    assert results[0].name in done.error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--between", "IT@5", "V4@0"], "IT@5 has no score"),
        (["--time", "early"], "--time early is no list of steps"),
        ([], "one result was given"),
    ],
)
def test_mistakes_are_one_line(run, results, arguments, message):
    done = run("compare", results[0], *arguments)
    assert done.code == 1
    assert message in done.error


def test_a_file_without_resamples_is_told(run, acts, neural, tmp_path):
    out = tmp_path / "plain.nc"
    assert run("predict", "--neural", neural, "--acts", acts, "--out", out, "--quiet").code == 0
    done = run("compare", out, out)
    assert done.code == 1
    assert "plain.nc has no resampled scores" in done.error
    assert "--bootstrap 1000" in done.error


def test_three_files_are_too_many(run, results):
    done = run("compare", *results, results[0])
    assert done.code == 2
    assert "expected one or two" in done.err


def test_predict_prints_intervals_and_p(run, acts, neural):
    done = run(
        "predict", "--neural", neural, "--acts", acts, "--bootstrap", 60, "--permutations", 19,
        "--n-splits", 4, "--quiet",
    )  # fmt: skip
    assert done.code == 0, done.err
    head = next(
        line for line in done.out.splitlines() if line.startswith("model") or " 95 %" in line
    )
    assert "95 %" in head
    assert "p corr." in head
    assert " to " in done.out
    assert "t with the variance of 60 bootstrap resamples over held-out stimuli and" in done.out
    assert "p: 19 permutations of the stimuli, each fitted anew" in done.out


def test_predict_prints_no_interval_unless_asked(run, acts, neural):
    done = run("predict", "--neural", neural, "--acts", acts, "--quiet")
    assert "95 %" not in done.out
    assert "p corr." not in done.out


def test_predict_json_has_intervals_and_p(run, acts, neural):
    done = run(
        "predict", "--neural", neural, "--acts", acts, "--bootstrap", 60, "--resample", "stimulus",
        "--permutations", 19, "--correction", "cluster", "--permute-within", "none", "--json",
        "--quiet", "--n-splits", 4, "--areas", "IT",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert all(0.05 <= row["p"] <= 1 for row in found["rows"])
    assert all(row["score_low"] < row["score"] < row["score_high"] for row in found["rows"])
    assert found["settings"]["resample_of"] == "stimulus"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--permutations", 99, "--alpha", 0.001], "give permutations=999 (--permutations 999)"),
        (["--bootstrap", 60, "--resample", "animal"], "cannot be resampled: 3 or more"),
        (["--resample", "stimulus"], "(--bootstrap 1000)"),
    ],
)
def test_mistakes_about_inference_are_one_line(run, acts, neural, arguments, message):
    done = run("predict", "--neural", neural, "--acts", acts, "--quiet", *arguments)
    assert done.code == 1
    assert message in done.error
