"""`cornetkit rsa` with permutations and a bootstrap: intervals in the table, errors in a line."""

import json

import numpy as np
import pytest

import cornetkit as ck

ASKED = ["--permutations", "19", "--bootstrap", "20", "--ceiling", "none", "--seed", "2"]


def test_the_table_has_intervals_and_p(run, acts, neural):
    result = run("rsa", "--acts", acts, "--neural", neural, *ASKED)
    assert result.code == 0, result.err
    heads = next(line for line in result.out.splitlines() if "similarity" in line)
    assert all(name in heads.split() for name in ("low", "high", "p"))
    assert "low, high: 95% interval over stimulus, 20 resamples, seed 2" in result.out
    assert "p: 19 permutations of the stimuli, one-sided" in result.out


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_json_has_the_numbers_of_the_python_result(run, acts, neural):
    result = run("rsa", "--acts", acts, "--neural", neural, *ASKED, "--json", "--quiet")
    rows = json.loads(result.out)["rows"]
    expected = ck.rsa(
        acts, neural, permutations=19, bootstrap=20, ceiling="none", rng=2, progress=False
    )
    for name in ("score_low", "score_high", "p", "p_corrected"):
        np.testing.assert_allclose([row[name] for row in rows], expected[name].values.ravel())


def test_by_scores_every_animal(run, acts, neural):
    result = run("rsa", "--acts", acts, "--neural", neural, *ASKED, "--by", "animal", "--json")
    assert result.code == 0, result.err
    rows = json.loads(result.out)["rows"]
    animals = set(ck.open_recordings(neural)["animal"].values.tolist())
    assert {row["animal"] for row in rows} == animals
    assert all(row["score_low"] < row["score"] < row["score_high"] for row in rows)


def test_the_file_holds_the_resamples(run, acts, neural, tmp_path):
    out = tmp_path / "rsa.nc"
    arguments = ["--resample", "stimulus,neuroid", "--out", out, "--quiet"]
    result = run("rsa", "--acts", acts, "--neural", neural, *ASKED, *arguments)
    assert result.code == 0, result.err
    found = ck.open_rsa(out)
    assert found["resampled"].sizes["resample"] == 20
    assert found.attrs["resample_of"] == ["stimulus", "neuroid"]
    assert float(ck.compare_rsa(found, found)["difference"].max()) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--permutations", "19", "--alpha", "0.01"], "(--permutations 99)"),
        (["--bootstrap", "3"], "3 bootstrap resamples are too few"),
        (["--bootstrap", "20", "--resample", "stimuli"], "did you mean 'stimulus'?"),
        (["--bootstrap", "20", "--resample", "subject"], "there are no subjects to resample"),
        (["--bootstrap", "20", "--resample", "subject", "--subjects", "animal"],
         "too few to resample subjects"),
        (["--by", "animl"], "did you mean 'animal'?"),
        (["--permutations", "19", "--permute-within", "movie"], "unknown coordinate of the st"),
        (["--permute-within", "movie"], "add permutations=999 (--permutations 999)"),
        (["--resample", "neuroid"], "add bootstrap=1000 (--bootstrap 1000)"),
        (["--noise", "full"], "(--noise) is for crossnobis, mahalanobis distances"),
        (["--pool", "mean"], "(--pool) is for a ceiling over subjects, and ceiling='none'"),
    ],
)  # fmt: skip
def test_wrong_inference_is_one_line(run, acts, neural, arguments, message):
    result = run("rsa", "--acts", acts, "--neural", neural, "--ceiling", "none", *arguments)
    assert result.code == 1
    assert message in result.error
