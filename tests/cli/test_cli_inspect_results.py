"""`cornetkit inspect` on files of results: true lines, and the same numbers for machines."""

import json

import numpy as np
import pytest

import cornetkit as ck


@pytest.fixture
def inspect(run, every_result, tmp_path):
    """Return a function that saves a result and gives its lines and its JSON."""

    def look(content):
        result, save, _ = every_result[content]
        path = save(result, tmp_path / "result.nc")
        shown, machine = run("inspect", path), run("inspect", path, "--json")
        assert (shown.code, machine.code) == (0, 0), shown.err + machine.err
        found = json.loads(machine.out)
        assert found["kind"] == content
        assert shown.out.startswith(str(path))
        return result, shown.out, found

    return look


def test_ceilings(inspect):
    result, out, found = inspect("ceilings")
    assert "noise ceilings of 8 neuroids in 2 time bins, 40 stimuli" in out
    assert "method split-half, 100 halves, seed 0" in out
    medians = result["ceiling_score"].values
    assert f"{medians[0]:.3f}" in out
    np.testing.assert_allclose([row["median"] for row in found["rows"]], medians)
    assert found["attrs"]["method"] == "split-half"


def test_reverse_predictivity(inspect):
    result, out, found = inspect("reverse predictivity")
    assert "reverse predictivity of CORnet-S, weights w" in out
    assert "40 stimuli, 8 neuroids; ridge from 5 predictors, 2 folds, seed 0" in out
    # Two of three steps are driven, in two bins.
    assert len(found["rows"]) == 4
    for name in ("forward", "reverse"):
        for variable, head in (("score", "r"), ("normalized", "norm.")):
            expected = result[variable].sel(direction=name, time=[1, 2]).values.ravel()
            given = [row[f"{name} {head}"] for row in found["rows"]]
            np.testing.assert_allclose(np.array(given, dtype=float), expected)
    assert f"{float(result['score'].sel(direction='forward', time=2)[0, 0]):.3f}" in out


def test_partition_of_variance(inspect):
    result, out, found = inspect("partition of variance")
    assert "partition of variance, CORnet-S, weights w, IT steps 1 and 2" in out
    assert found["rows"][1]["bin_ms"] == "90-110"
    assert found["rows"][1]["unique to 2"] == pytest.approx(result["unique_median"].values[1, 1])
    assert found["rows"][1]["shared"] == pytest.approx(result["shared_median"].values[1])
    assert f"{result['unique_median'].values[1, 0]:.3f}" in out


def test_error_modes(inspect):
    result, out, found = inspect("error modes")
    assert "penalty 1" in out
    assert "expected error with 36 training stimuli" in out
    assert len(found["rows"]) == 4
    expected = result["error"].sel(n_train=36, time=[1, 2]).values.ravel()
    np.testing.assert_allclose([row["error"] for row in found["rows"]], expected)


def test_rdms(inspect):
    _, out, found = inspect("rdms")
    assert "40 stimuli (s00, s01, s02 and 37 more), 3 times; metric correlation" in out
    assert found["n_stimuli"] == 40
    assert found["rdms"]["rdm"]["sizes"] == {"time": 3}


def test_rdms_in_groups(run, every_result, tmp_path):
    rdms = every_result["rdms"][0]
    path = ck.save_rdms({"one": rdms, "two": rdms.isel(time=[2])}, tmp_path / "rdms.nc")
    out = run("inspect", path).out
    assert "  one: 40 stimuli" in out
    assert "  two: 40 stimuli (s00, s01, s02 and 37 more), 1 time;" in out
    assert set(json.loads(run("inspect", path, "--json").out)["rdms"]) == {"one", "two"}


def test_rdms_with_recordings(run, every_result, neural, tmp_path):
    path = ck.save_rdms(every_result["rdms"][0], tmp_path / "rdms.nc")
    assert run("inspect", path, "--with", path).out.endswith("fit: the same 40 stimuli in both\n")
    misfit = run("inspect", path, "--with", neural)
    assert misfit.code == 1
    assert misfit.error.startswith(f"Error: {path} and {neural} do not fit as they are: no stimul")


def test_rsa(inspect):
    result, out, found = inspect("rsa")
    assert "RSA of CORnet-S, weights w" in out
    assert "RDMs of 40 stimuli, compared by spearman" in out
    expected = result["score"].sel(time=[1, 2]).values.ravel()
    np.testing.assert_allclose([row["score"] for row in found["rows"]], expected)
    assert f"{expected[0]:.3f}" in out


def test_ceilings_of_rdms(inspect):
    result, out, found = inspect("rdm ceilings")
    assert "noise ceilings of RDMs, compared by spearman" in out
    lower = [row["lower"] for row in found["rows"]]
    np.testing.assert_allclose(lower, result["ceiling_lower"].values)


@pytest.mark.parametrize("content", ["one-to-one matching", "soft matching"])
def test_a_matching(inspect, content):
    result, out, found = inspect(content)
    assert content in out
    assert "40 stimuli, 8 neuroids; 2 folds, seed 0" in out
    expected = result["score"].sel(time=[1, 2]).values.ravel()
    np.testing.assert_allclose([row["score"] for row in found["rows"]], expected)


def test_scores(inspect):
    _, out, found = inspect("scores")
    assert "4 rows; the best:" in out
    assert found["rows"] == 4


def test_scores_with_a_bootstrap_have_their_interval(run, acts, neural, tmp_path):
    path = tmp_path / "scores.nc"
    options = ("--areas", "IT", "--bootstrap", 50, "--quiet", "--out", path)
    assert run("predict", "--neural", neural, "--acts", acts, *options).code == 0
    best = run("inspect", path).out.splitlines()[-1]
    scores = ck.open_scores(path)
    at = scores["score"].argmax(...)
    low, high = (float(scores[name][at]) for name in ("score_low", "score_high"))
    assert f"{low:.3f} to {high:.3f}" in best


def test_results_without_stimuli_are_not_compared(run, every_result, neural, tmp_path):
    path = ck.save_scores(every_result["scores"][0], tmp_path / "scores.nc")
    assert "--with compares the stimuli of" in run("inspect", path, "--with", neural).error
