"""`cornetkit predict` and `inspect`: results on stdout, notes on stderr, wrong input in a line."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


def predict(run, acts, neural, *more):
    return run("predict", "--neural", neural, "--acts", acts, *more)


def test_table_names_model_areas_and_formula(run, acts, neural):
    result = predict(run, acts, neural)
    assert result.code == 0, result.err
    assert "CORnet-Z, untrained (random weights, seed 0) -> it.nc" in result.out
    assert "24 stimuli, 10 neuroids" in result.out
    assert "score / sqrt(ceiling)" in result.out
    rows = [line.split() for line in result.out.splitlines() if line.startswith(("V4", "IT"))]
    assert len(rows) == 4  # two areas, one step, two time bins
    assert "note: 4 folds instead of 10" in result.err


def test_json_rows_equal_the_python_result(run, acts, neural):
    found = json.loads(predict(run, acts, neural, "--json").out)
    with pytest.warns(ck.CornetkitWarning):
        scores = ck.predict(acts, neural)
    expected = scores["score"].values.reshape(-1)
    np.testing.assert_allclose([row["score"] for row in found["rows"]], expected)
    assert found["settings"]["protocol"] == "cornetkit"


def test_acts_nc_in_this_folder_is_the_default(run, acts, neural, monkeypatch):
    monkeypatch.chdir(acts.parent)
    assert run("predict", "--neural", neural, "--quiet").code == 0


def test_window_and_bins_merge_time(run, acts, neural):
    found = json.loads(predict(run, acts, neural, "--window", "70:110", "--json").out)
    assert {row["bin_ms"] for row in found["rows"]} == {"70-110"}


def test_out_and_plot_are_written_and_not_written_over(run, acts, neural, tmp_path):
    out, plot = tmp_path / "scores.nc", tmp_path / "scores.png"
    arguments = ["--out", out, "--plot", plot, "--quiet"]
    assert predict(run, acts, neural, *arguments).code == 0
    assert ck.open_scores(out)["score"].dims == ("area", "time", "time_bin")
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "is there already" in predict(run, acts, neural, *arguments).error
    assert predict(run, acts, neural, *arguments, "--overwrite").code == 0


def test_images_add_a_row_of_pixels(run, acts, neural, images):
    result = predict(run, acts, neural, "--images", images, "--quiet")
    assert [line for line in result.out.splitlines() if line.startswith("pixels")]


def test_long_tables_show_the_best_and_a_summary(run, acts, tmp_path):
    from cornetkit.simulation import simulate_recordings

    it = ck.open_activations(acts)["IT"]
    many = simulate_recordings(it, (0,) * 25, n_neuroids=3, n_repetitions=2, n_dimensions=3)
    ck.save_recordings(many, tmp_path / "many.nc")
    result = predict(run, acts, tmp_path / "many.nc", "--quiet")
    assert "best step and bin of each area:" in result.out
    assert "50 rows in all" in result.out
    assert len(result.out.splitlines()) < 45


def test_unmatched_stimuli_stop_and_join_inner_goes_on(run, acts, neural, tmp_path):
    trials = ck.open_recordings(neural)
    kept = trials.isel(presentation=~np.isin(trials["stimulus"].values, ["im3", "im7"]))
    ck.save_recordings(kept, tmp_path / "fewer.nc")
    refused = predict(run, acts, tmp_path / "fewer.nc", "--quiet")
    assert refused.code == 1
    assert "2 only in the activations (im3, im7)" in refused.error
    assert "--join inner" in refused.error
    joined = predict(run, acts, tmp_path / "fewer.nc", "--join", "inner")
    assert joined.code == 0
    assert "22 stimuli are in both" in joined.err


@pytest.fixture
def overlapping(images, neural, tmp_path):
    """Activations of 22 images, pixels of 22 others, recordings of 23: 19 in all of them."""
    from shutil import copy

    stimuli = ck.load_stimuli(images)
    model = ck.load_model("Z", weights="random", seed=1)
    fewer = [k for k, name in enumerate(stimuli.ids) if name not in ("im3", "im7")]
    acts = tmp_path / "fewer.nc"
    ck.record(model, stimuli.select(fewer), acts, areas=["IT"], progress=False).close()
    (tmp_path / "some").mkdir()
    for name in stimuli.ids:
        if name not in ("im8", "im9"):
            copy(images / f"{name}.png", tmp_path / "some")
    trials = ck.open_recordings(neural)
    recordings = tmp_path / "no_im1.nc"
    ck.save_recordings(trials.isel(presentation=trials["stimulus"].values != "im1"), recordings)
    return acts, tmp_path / "some", recordings


def test_with_join_inner_every_row_rests_on_the_same_stimuli(run, acts, overlapping):
    other, some, recordings = overlapping
    arguments = ["--acts", other, "--images", some, "--join", "inner", "--json"]
    result = predict(run, acts, recordings, *arguments)
    assert result.code == 0, result.err
    found = json.loads(result.out)
    settings = [*found["settings"], found["baseline_settings"]]
    assert [s["n_stimuli"] for s in settings] == [19, 19, 19]
    assert found["notes"][0].startswith("19 of 23 stimuli of the recordings are in all 3 sources")
    ceilings = {(row["bin_ms"], row["ceiling_score"]) for row in found["rows"]}
    assert len(ceilings) == 2  # one in each time bin, whatever the row


def test_rows_of_a_joined_table_are_those_of_predict(run, acts, overlapping):
    other, _, recordings = overlapping
    found = json.loads(
        predict(run, acts, recordings, "--acts", other, "--join", "inner", "--json").out
    )
    trials = ck.open_recordings(recordings)
    shared = trials.isel(presentation=~np.isin(trials["stimulus"].values, ["im3", "im7"]))
    with pytest.warns(ck.CornetkitWarning):
        scores = ck.predict(acts, shared, join="inner")
    expected = scores["score"].values.reshape(-1)
    np.testing.assert_allclose([row["score"] for row in found["rows"][:4]], expected)


def test_one_source_is_joined_by_predict_alone(run, acts, overlapping):
    result = predict(run, acts, overlapping[2], "--join", "inner")
    assert "23 stimuli are in both" in result.err
    assert "sources" not in result.err


def test_sources_without_a_common_stimulus_are_refused(run, acts, images, neural, tmp_path):
    from shutil import copy

    for k, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        copy(images / f"im{k}.png", tmp_path / folder)
    other = tmp_path / "other.nc"
    model = ck.load_model("Z", weights="random")
    ck.record(model, tmp_path / "a", other, areas=["IT"], progress=False).close()
    arguments = ["--images", tmp_path / "b", "--join", "inner", "--quiet"]
    result = predict(run, other, neural, *arguments)
    assert result.code == 1
    assert "no stimulus in common: 1 in the images (im1)" in result.error


def test_json_holds_the_notes_that_stderr_has(run, acts, neural, images, tmp_path):
    other = tmp_path / "other.nc"
    other.write_bytes(acts.read_bytes())
    arguments = ["--acts", other, "--images", images, "--json"]
    result = predict(run, acts, neural, *arguments)
    found = json.loads(result.out)
    assert [f"note: {note}" for note in found["notes"]] == [
        line for line in result.err.splitlines() if line.startswith("note: ")
    ]
    for path in (acts, other):
        assert sum(note.startswith(f"{path}: 4 folds") for note in found["notes"]) == 1
    assert any(note.startswith("pixels: 4 folds") for note in found["notes"])
    assert found["baseline_settings"]["acts_model"] == "pixels"
    assert json.loads(predict(run, acts, neural, "--json").out)["baseline_settings"] is None


def test_the_table_says_what_its_numbers_are_not(run, acts, neural):
    out = predict(run, acts, neural, "--quiet").out
    assert "+-: sd over splits / sqrt(splits): stability of the fit, not a test;" in out
    assert "norm. of a fitted score still falls with reliability" in out
    assert "chosen on the scores" not in out  # one step: nothing to choose


def test_a_table_of_several_steps_says_how_its_best_row_is_chosen(run, acts, neural, tmp_path):
    area = ck.open_activations(acts)["IT"].load()
    steps = xr.concat([area, area.assign_coords(time=[1])], "time").rename("activation")
    steps.drop_attrs().to_netcdf(tmp_path / "steps.nc", group="IT")
    out = predict(run, tmp_path / "steps.nc", neural, "--quiet").out
    assert (
        "The highest row is chosen on these very scores: as the best of several it reads too high."
        in out
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "rigde"], "unknown method 'rigde' (did you mean 'ridge'?)"),
        (["--protocol", "brainscor"], "did you mean 'brainscore'?"),
        (["--areas", "V5"], "unknown area 'V5'"),
        (["--window", "70-170"], "70-170"),
        (["--window", "300:400"], "300"),
        (["--bins", "7"], "7"),
        (["--join", "outer"], "join must be 'exact' or 'inner'"),
        (["--stratify", "object"], "stratify='object'"),
        (["--plot", "scores.txt"], "ends in .png, .pdf or .svg"),
        (["--images", "nowhere"], "no such folder"),
        (["--out", "no/such/scores.nc"], "does not exist"),
    ],
)
def test_wrong_input_is_one_line(run, acts, neural, arguments, message):
    result = predict(run, acts, neural, *arguments, "--quiet")
    assert result.code == 1
    assert message in result.error


def test_files_of_the_wrong_kind_are_named(run, acts, neural, images, tmp_path):
    assert "no activation file" in predict(run, tmp_path / "none.nc", neural).error
    assert "holds no activations" in predict(run, neural, neural).error
    assert "activations" in predict(run, acts, acts).error
    assert "im0.png" in predict(run, acts, images / "im0.png").error
    assert "im0.png" in predict(run, images / "im0.png", neural).error


def test_no_stimulus_in_common(run, acts, neural, tmp_path):
    trials = ck.open_recordings(neural)
    other = trials.assign_coords(
        stimulus=("presentation", [f"x{name}" for name in trials["stimulus"].values])
    )
    ck.save_recordings(other, tmp_path / "other.nc")
    assert "no stimulus in common" in predict(run, acts, tmp_path / "other.nc").error


def test_too_few_stimuli(run, acts, neural, tmp_path):
    trials = ck.open_recordings(neural)
    few = trials.isel(presentation=np.isin(trials["stimulus"].values, ["im1", "im2", "im3"]))
    ck.save_recordings(few, tmp_path / "few.nc")
    result = predict(run, acts, tmp_path / "few.nc", "--join", "inner", "--quiet")
    assert "too few stimuli: 3" in result.error


def test_inspect_says_what_each_file_holds(run, acts, neural, tmp_path):
    assert "activations of CORnet-Z" in run("inspect", acts).out
    assert "10" in run("inspect", neural).out
    predict(run, acts, neural, "--out", tmp_path / "scores.nc", "--quiet")
    assert "scores" in run("inspect", tmp_path / "scores.nc").out
    assert json.loads(run("inspect", neural, "--json").out)["kind"] == "recordings"


def test_several_models_stand_in_one_table(run, acts, neural, images, tmp_path):
    other = tmp_path / "seed1.nc"
    model = ck.load_model("Z", weights="random", seed=1)
    ck.record(model, images, other, areas=["IT"], progress=False).close()
    result = predict(run, acts, neural, "--acts", other, "--quiet")
    assert result.code == 0, result.err
    models = [line.split()[0] for line in result.out.splitlines() if "70-90" in line]
    assert models == ["acts", "acts", "seed1"]
    assert "seed 0) and CORnet-Z" in result.out
    refused = predict(run, acts, neural, "--acts", other, "--out", tmp_path / "s.nc")
    assert "--out and --plot take one --acts, 2 were given" in refused.error
