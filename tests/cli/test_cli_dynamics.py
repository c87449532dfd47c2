"""`cornetkit dynamics`: a table over time, files, figures, and wrong input in a line."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.simulation import simulate_recordings

FEW = ("--draws", "20", "--n-splits", "3", "--analyses", "matrix,alignment,gain")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Activations of 5 steps, 1 of them undriven, and recordings that follow the others."""
    folder = tmp_path_factory.mktemp("course")
    rng = np.random.default_rng(0)
    values = rng.standard_normal((40, 5, 12)).astype(np.float32)
    values[:, 0] = 1.0
    acts = xr.DataArray(
        values,
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{k:02d}" for k in range(40)],
            "time": np.arange(5),
            "driven": ("time", np.arange(5) > 0),
        },
        name="activation",
    )
    acts.to_netcdf(folder / "acts.nc", group="IT")
    settings = {"n_neuroids": 6, "n_repetitions": 6, "n_dimensions": 6, "reliability": 0.9}
    recordings = simulate_recordings(acts, (None, 1, 2, 3, 4), **settings)
    ck.save_recordings(recordings, folder / "it.nc")
    return folder


def given(course):
    return "--acts", course / "acts.nc", "--neural", course / "it.nc"


def test_the_table_has_a_row_a_bin_and_the_planted_steps(run, course):
    result = run("dynamics", *given(course), *FEW, "--quiet")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    rows = {line.split()[0]: line for line in lines if line[:1].isdigit() and "-" in line[:7]}
    assert list(rows) == ["70-90", "90-110", "110-130", "130-150", "150-170"]
    best = next(line for line in lines if line.startswith("neural ms"))
    at = best.index("best step")
    assert [row[at] for name, row in rows.items() if name != "70-90"] == list("1234")
    assert "not reached: 0" in result.out
    assert "affine" in result.out
    assert "recurrence gain (copy matched): over every control in" in result.out
    assert result.err == ""


def test_json_equals_the_python_result(run, course):
    result = run("dynamics", *given(course), *FEW, "--json", "--quiet", "--seed", "2")
    found = json.loads(result.out)
    with pytest.warns(ck.CornetkitWarning):
        tree = ck.dynamics(
            course / "acts.nc", course / "it.nc", analyses=["matrix", "alignment", "gain"],
            n_draws=20, n_splits=3, rng=2, progress=False,
        )  # fmt: skip
    table = ck.dynamics_table(tree)
    assert [row["best_step"] for row in found["rows"]] == table["best_step"].tolist()
    np.testing.assert_allclose([row["best_r"] for row in found["rows"]], table["best_r"])
    assert found["claimed"] == tree["gain"]["claimed"].values.tolist()
    assert found["identifiable"] == "true"
    assert found["notes"] == tree.attrs["notes"]


def test_out_and_plots_are_written_and_not_written_over(run, course, tmp_path):
    out, folder = tmp_path / "dynamics.nc", tmp_path / "figures"
    arguments = ["dynamics", *given(course), *FEW, "--quiet", "--out", out, "--plots", folder]
    assert run(*arguments).code == 0
    drawn = sorted(path.name for path in folder.iterdir())
    assert drawn == ["alignment.png", "dynamics.png", "recurrence_gain.png", "step_matrix.png"]
    assert (folder / "dynamics.png").read_bytes().startswith(b"\x89PNG")
    assert list(ck.open_dynamics(out).children) == ["matrix", "alignment", "gain"]
    with xr.open_dataset(out, group="gain") as gain:
        assert "claimed" in gain
    assert "is there already" in run(*arguments).error
    out.unlink()
    assert "is there already" in run(*arguments).error  # the figures
    assert run(*arguments, "--overwrite").code == 0


def test_inspect_says_what_the_file_holds(run, course, tmp_path):
    out = tmp_path / "dynamics.nc"
    assert run("dynamics", *given(course), *FEW, "--quiet", "--out", out).code == 0
    result = run("inspect", out)
    assert result.code == 0, result.err
    assert f"{out}: dynamics" in result.out
    assert "groups: matrix, alignment, gain" in result.out


def test_notes_go_to_stderr(run, course):
    result = run("dynamics", *given(course), "--analyses", "matrix", "--draws", "20")
    assert "note: IT: the image has not arrived by step 0" in result.err


def test_baselines_stand_in_the_table(run, course, tmp_path):
    recordings = ck.open_recordings(course / "it.nc")
    kinds = [f"kind{int(s[1:]) % 4}" for s in recordings["stimulus"].values]
    labelled = recordings.assign_coords(object_name=("presentation", kinds))
    ck.save_recordings(labelled, tmp_path / "labelled.nc")
    result = run(
        "dynamics", "--acts", course / "acts.nc", "--neural", tmp_path / "labelled.nc",
        "--baselines", "labels", "--draws", "20", "--analyses", "matrix", "--json", "--quiet",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert all("labels_r" in row for row in json.loads(result.out)["rows"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--analyses", "matrx"], "did you mean 'matrix'"),
        (["--area", "V9"], "unknown area 'V9'"),
        (["--window", "70:90"], "--window alone makes one time bin"),
        (["--window", "70:110", "--bins", "40"], "no time bins to compare"),
        (["--plots", "{file}"], "is a file; give a folder"),
        (["--plots", "x", "--format", "gif"], "expected png, pdf or svg"),
        (["--format", "svg"], "--format svg is of the figures; add --plots FOLDER"),
        (["--analyses", "gain", "--images", "x"], "--images is for baselines of the matrix"),
        (["--analyses", "matrix", "--labels", "object_name"], "is for decoding, and the analyses"),
        (["--analyses", "matrix", "--unique"], "is for the recurrence gain"),
        (["--baselines", "pixels"], "add --images"),
        (["--baselines", "untrained"], "is made from the images"),
        (["--draws", "3"], "expected 20 or more"),
        (["--method", "lasso"], "expected ridge, pls, ols"),
        (["--analyses", "decoding"], "add labels= (--labels)"),
        (["--feedforward", "nowhere.nc"], "nowhere.nc"),
        (["--interval-over", "monkey"], "unknown second factor"),
    ],
)
def test_wrong_input_is_one_line(run, course, arguments, message):
    filled = [a.format(file=course / "it.nc") for a in arguments]
    result = run("dynamics", *given(course), *filled)
    assert result.code == 1
    assert message in result.error


def test_two_outputs_of_one_name_are_refused(run, course):
    result = run("dynamics", *given(course), "--out", course / "acts.nc")
    assert result.code == 1
    assert "--acts" in result.error or "is there already" in result.error


def test_rsa_is_printed_bin_by_bin(run, course):
    result = run(
        "dynamics", *given(course), "--analyses", "rsa", "--draws", "20", "--n-splits", "3",
        "--quiet",
    )  # fmt: skip
    assert result.code == 0, result.err
    head = next(k for k, line in enumerate(result.out.splitlines()) if line.startswith("RSA:"))
    with xr.open_dataset(course / "it.nc") as it:
        n_bins = it.sizes["time_bin"]
    rows = result.out.splitlines()[head + 1 :]
    assert len(rows) == n_bins
    assert all(" step " in row for row in rows)
