"""`cornetkit rsa`: a table with ceilings, JSON, files and figures, and wrong input in a line."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.similarity import open_rsa


@pytest.fixture(scope="module")
def rdms(neural, tmp_path_factory):
    """RDMs of four subjects: those of the recordings, with noise."""
    rng = np.random.default_rng(0)
    one = ck.rdm(neural).isel(time_bin=1, drop=True).reset_coords(drop=True)
    noise = np.triu(rng.exponential(size=(4, 24, 24)), 1)
    kinds = ("stimulus_a", [f"k{i % 2}" for i in range(24)])
    square = one + xr.DataArray(noise + noise.transpose(0, 2, 1), dims=("subject", *one.dims))
    square = square.transpose("subject", ...).assign_coords(kind=kinds, subject=list("abcd"))
    path = tmp_path_factory.mktemp("rdms") / "rdms.nc"
    ck.save_rdms({"it": square, "mean": square.mean("subject")}, path)
    return path


def test_the_table_has_areas_bins_and_ceilings(run, acts, neural):
    result = run("rsa", "--acts", acts, "--neural", neural)
    assert result.code == 0, result.err
    assert "CORnet-Z, untrained (random weights, seed 0) -> it.nc: RDMs of 24" in result.out
    rows = [line.split() for line in result.out.splitlines() if line.startswith(("V4", "IT"))]
    assert len(rows) == 4
    assert "ceiling over repetitions" in result.out


def test_json_rows_equal_the_python_result(run, acts, neural):
    result = run("rsa", "--acts", acts, "--neural", neural, "--json", "--quiet", "--seed", "3")
    found = json.loads(result.out)
    with pytest.warns(ck.CornetkitWarning):
        expected = ck.rsa(acts, neural, rng=3, progress=False)
    np.testing.assert_allclose(
        [row["score"] for row in found["rows"]], expected["score"].values.ravel()
    )
    assert found["settings"]["seed"] == 3
    assert found["notes"] == expected.attrs["notes"]


def test_rdms_of_subjects_have_ceilings_over_them(run, acts, rdms):
    result = run("rsa", "--acts", acts, "--rdms", rdms, "--group", "it", "--json")
    assert result.code == 0, result.err
    row = json.loads(result.out)["rows"][0]
    assert row["score_error"] > 0
    assert row["ceiling_lower"] < row["ceiling_upper"]


def test_out_and_plot_are_written_and_not_written_over(run, acts, rdms, tmp_path):
    out, plot = tmp_path / "rsa.nc", tmp_path / "rdms.png"
    arguments = ["rsa", "--acts", acts, "--rdms", rdms, "--group", "it", "--out", out]
    arguments += ["--plot", plot, "--category", "kind", "--quiet"]
    assert run(*arguments).code == 0
    assert open_rsa(out)["score"].dims == ("area", "time")
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "is there already" in run(*arguments).error
    assert run(*arguments, "--overwrite").code == 0


def test_recordings_are_drawn_too(run, acts, neural, tmp_path):
    plot = tmp_path / "rdms.svg"
    result = run("rsa", "--acts", acts, "--neural", neural, "--plot", plot, "--quiet")
    assert result.code == 0, result.err
    assert b"<svg" in plot.read_bytes()


def test_the_figure_draws_the_distances_that_were_compared(
    run, acts, neural, tmp_path, monkeypatch
):
    made = []
    rdm = ck.rdm
    monkeypatch.setattr(ck, "rdm", lambda *a, **k: made.append(k) or rdm(*a, **k))
    asked = ["--neural-metric", "crossnobis", "--noise", "identity", "--constant-units", "drop"]
    result = run("rsa", "--acts", acts, "--neural", neural, *asked, "--plot", tmp_path / "x.png")
    assert result.code == 0, result.err
    assert [k.get("noise") for k in made] == ["identity", None, None]
    assert [k.get("constant_units") for k in made] == [None, "drop", "drop"]


def test_model_rdms_can_be_the_activations(run, rdms):
    result = run("rsa", "--acts", rdms, "--acts-group", "mean", "--rdms", rdms, "--group", "it",
                 "--json")  # fmt: skip
    assert result.code == 0, result.err
    row = json.loads(result.out)["rows"][0]
    assert row["score"] == pytest.approx(row["ceiling_upper"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --neural (recordings) or --rdms"),
        (["--rdms", "{rdms}"], "choose one with group= (--group)"),
        (["--rdms", "{rdms}", "--group", "ti"], "did you mean 'it'?"),
        (["--neural", "{neural}", "--group", "it"], "--group is for --rdms"),
        (["--neural", "{neural}", "--compare", "sperman"], "did you mean 'spearman'?"),
        (["--neural", "{neural}", "--metric", "crossnobis"], "activations do not have"),
        (["--neural", "{neural}", "--plot", "x.gif"], "ends in .png, .pdf or .svg"),
        (["--neural", "{neural}", "--category", "kind"], "give --plot too"),
        (["--neural", "nowhere.nc"], "no file nowhere.nc"),
        (["--neural", "{neural}", "--subjects", "animl"], "did you mean 'animal'?"),
    ],
)
def test_wrong_input_is_one_line(run, acts, neural, rdms, arguments, message):
    given = [a.format(rdms=rdms, neural=neural) for a in arguments]
    result = run("rsa", "--acts", acts, *given)
    assert result.code == 1
    assert message in result.error
