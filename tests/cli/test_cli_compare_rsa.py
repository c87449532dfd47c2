"""`cornetkit compare` of results of rsa: paired differences of models, areas and steps."""

import json

import numpy as np
import pytest

import cornetkit as ck


@pytest.fixture(scope="module")
def files(acts, neural, tmp_path_factory):
    """Two results on the same resamples, and one without any."""
    folder = tmp_path_factory.mktemp("rsa")
    paths = {}
    for name, settings in (
        ("a", {"bootstrap": 20}),
        ("b", {"bootstrap": 20, "metric": "euclidean"}),
        ("plain", {}),
    ):
        with pytest.warns(ck.CornetkitWarning):
            found = ck.rsa(acts, neural, neural_metric="correlation", ceiling="none", **settings)
        paths[name] = ck.save_rsa(found, folder / f"{name}.nc")
    return paths


def test_two_results_are_compared_place_by_place(run, files):
    result = run("compare", files["a"], files["b"])
    assert result.code == 0, result.err
    assert result.out.startswith("a.nc - b.nc: 20 paired resamples over stimulus")
    assert len([line for line in result.out.splitlines() if line.startswith(("V4", "IT"))]) == 4


def test_json_holds_the_difference(run, files):
    rows = json.loads(run("compare", files["a"], files["b"], "--json").out)["rows"]
    expected = ck.compare_rsa(files["a"], files["b"])
    for name in ("difference", "difference_low", "difference_high", "p"):
        np.testing.assert_allclose([row[name] for row in rows], expected[name].values.ravel())


def test_time_bins_are_told_by_their_window(run, files):
    rows = json.loads(run("compare", files["a"], files["b"], "--json").out)["rows"]
    result = ck.open_rsa(files["a"])
    start, end = (float(result[f"time_bin_{side}"].values[0]) for side in ("start", "end"))
    assert {row["bin_ms"] for row in rows if row["time_bin"] == 0} == {f"{start:g}-{end:g}"}
    assert f" {start:g}-{end:g} " in run("compare", files["a"], files["b"]).out


def test_two_steps_of_an_area_come_with_a_note(run, files, tmp_path):
    one = ck.open_rsa(files["a"]).load()
    two = one.isel(time=[0, 0]).assign_coords(time=[0, 1])
    path = ck.save_rsa(two, tmp_path / "two.nc")
    result = run("compare", path, "--between", "IT@1", "IT@0")
    assert result.code == 0, result.err
    assert "note: steps of one area may differ by how many features they hold" in result.err
    assert "note" not in run("compare", path, "--between", "IT@1", "IT@0", "--quiet").err


def test_two_areas_of_one_result_are_compared(run, files):
    result = run("compare", files["a"], "--between", "IT@0", "V4@0", "--json")
    assert result.code == 0, result.err
    found = ck.open_rsa(files["a"]).isel(time=0)
    expected = ck.compare_rsa(found.sel(area="IT"), found.sel(area="V4"))
    rows = json.loads(result.out)["rows"]
    np.testing.assert_allclose([row["difference"] for row in rows], expected["difference"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{a}"], "one file was given"),
        (["{a}", "{plain}"], "the second result has no bootstrap resamples"),
        (["{a}", "--between", "IT@0", "V5@0"], "unknown area 'V5'; known: V4, IT"),
        (["{a}", "--between", "IT", "V4"], "--between 'IT': expected AREA@STEP, such as IT@3"),
        (["{a}", "--between", "", "V4@0"], "--between '': expected AREA@STEP"),
        (["{a}", "--between", "IT@7", "V4@0"], "unknown step '7'; known: 0"),
        (["{a}", "{b}", "--area", "IT"], "--area is for results of predict"),
    ],
)
def test_wrong_input_is_one_line(run, files, arguments, message):
    result = run("compare", *(a.format(**files) for a in arguments))
    assert result.code == 1
    assert message in result.error


def test_the_table_says_what_its_columns_are(run, files):
    result = run("compare", files["a"], files["b"])
    head = result.out.splitlines()[3].split()
    assert head[:4] == ["area", "step", "neural", "ms"]
    assert head[-8:] == ["a", "-", "b", "low", "high", "p", "p", "corr."]
    assert "low, high: 95% interval of the difference" in result.out
    assert "p corr.: over all rows" in result.out
    assert "interval of the difference" not in run("compare", *map(files.get, "ab"), "--quiet").out


def test_a_comparison_is_written_and_inspected(run, files, tmp_path):
    out = tmp_path / "compared.nc"
    assert run("compare", files["a"], files["b"], "--out", out).code == 0
    found = ck.open_rsa(out)
    np.testing.assert_allclose(
        found["difference"], ck.compare_rsa(files["a"], files["b"])["difference"]
    )
    again = run("compare", files["a"], files["b"], "--out", out)
    assert again.code == 1
    assert "--overwrite" in again.error
    looked = run("inspect", out)
    assert looked.code == 0, looked.err
    assert "comparison of similarity, a.nc (a) and b.nc (b)" in looked.out


def test_two_places_of_a_file_are_written_with_their_names(run, files, tmp_path):
    out = tmp_path / "places.nc"
    done = run("compare", files["a"], "--between", "IT@0", "V4@0", "--out", out)
    assert done.code == 0, done.err
    assert "IT@0 of a.nc (a) and V4@0 of a.nc (b)" in run("inspect", out).out


@pytest.mark.parametrize("order", ["rsa first", "scores first"])
def test_a_score_file_and_a_result_of_rsa_are_not_compared(
    run, files, acts, neural, order, tmp_path
):
    with pytest.warns(ck.CornetkitWarning):
        scores = ck.predict(acts, neural, bootstrap=50, n_splits=4, progress=False)
    ck.save_scores(scores, tmp_path / "scores.nc")
    both = [files["a"], tmp_path / "scores.nc"]
    result = run("compare", *(both if order == "rsa first" else both[::-1]))
    assert result.code == 1
    assert "scores" in result.error


def test_a_result_of_one_area_names_it(run, files, tmp_path):
    path = ck.save_rsa(ck.open_rsa(files["a"]).load().sel(area="IT"), tmp_path / "it.nc")
    assert "unknown area 'V4'; known: IT" in run("compare", path, "--between", "V4@0", "IT@0").error
    assert run("compare", path, "--between", "IT@0", "IT@0").code == 0
