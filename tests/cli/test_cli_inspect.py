"""`cornetkit inspect`: what a file holds, for readers and for machines."""

import json

import pytest

import cornetkit as ck


@pytest.fixture
def reduced(images, tmp_path):
    """Return a function that records a reduced file."""

    def make(**settings):
        path = tmp_path / "reduced.nc"
        model = ck.load_model("Z", weights="random")
        ck.record(model, images, path, areas=["IT"], progress=False, **settings).close()
        return path

    return make


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pool": "mean"}, "pooled: mean over each channel"),
        ({"units": 50, "reduction_seed": 3}, "50 random units (seed 3)"),
        ({"project": 40}, "projected to 40 dimensions (seed 0)"),
        ({"dtype": "float16"}, "stored as float16"),
    ],
)
def test_what_was_done_to_the_units_is_said(run, reduced, settings, words):
    lines = run("inspect", reduced(**settings)).out.splitlines()
    assert f"  {words}" in lines


def test_nothing_is_said_of_units_that_were_kept(run, acts):
    out = run("inspect", acts).out
    assert not any(word in out for word in ("pooled", "random units", "projected", "stored as"))


def test_json_counts_stimuli_only_where_a_file_has_them(run, acts, neural, tmp_path):
    run("predict", "--neural", neural, "--acts", acts, "--out", tmp_path / "s.nc", "--quiet")
    assert json.loads(run("inspect", acts, "--json").out)["n_stimuli"] == 24
    assert "n_stimuli" not in json.loads(run("inspect", tmp_path / "s.nc", "--json").out)


def test_json_holds_both_files_and_whether_they_fit(run, acts, neural):
    found = json.loads(run("inspect", neural, "--with", acts, "--json").out)
    assert found["fit"] is True
    assert (found["kind"], found["with"]["kind"]) == ("recordings", "activations")
    assert found["with"]["file"] == str(acts)
    assert found["with"]["n_stimuli"] == 24
    assert "fit: the same 24 stimuli in both" in run("inspect", neural, "--with", acts).out


def test_files_that_do_not_fit_are_shown_and_told_in_a_line(run, acts, neural, tmp_path):
    few = ck.save_recordings(
        (one := ck.open_recordings(neural))[one["stimulus"].values != "im3"], tmp_path / "few.nc"
    )
    done = run("inspect", few, "--with", acts)
    assert done.code == 1
    assert "recordings" in done.out
    assert "activations of CORnet-Z" in done.out
    assert (
        f"do not fit as they are: stimulus ids do not match: 1 only in {acts} (im3)" in done.error
    )
    machine = run("inspect", few, "--with", acts, "--json")
    assert (machine.code, json.loads(machine.out)["fit"]) == (1, False)
    assert "1 only in" in json.loads(machine.out)["words"]


def test_a_file_that_is_not_finished_is_told(run, tmp_path):
    assert run("inspect", tmp_path / "a.nc").error.endswith(
        "a.nc; expected activations, recordings, results or a checkpoint; check the name and the "
        "folder"
    )
    (tmp_path / "a.nc.partial").touch()
    assert "a.nc (only a.nc.partial, unfinished); exp" in run("inspect", tmp_path / "a.nc").error


@pytest.mark.parametrize(
    ("name", "content", "it_is"),
    [
        ("a.txt", b"stimulus,label", "a text file"),
        ("i.png", b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
        ("e.nc", b"", "an empty file"),
    ],
)
def test_other_files_are_told_what_is_expected_of_any(run, tmp_path, name, content, it_is):
    (tmp_path / name).write_bytes(content)
    error = run("inspect", tmp_path / name).error
    assert f"cannot be read as netCDF, it is {it_is}; expected activations, recordings" in error


@pytest.mark.parametrize(
    "command",
    [
        ("rsa", "--acts", "FILE", "--neural", "NEURAL"),
        ("decode", "--acts", "FILE", "--labels", "object_name"),
        ("ost", "--acts", "FILE", "--behavior", "CSV"),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_activations_are_expected_where_they_were_asked_for(run, neural, tmp_path, command, there):
    (tmp_path / "ost.csv").write_text("stimulus,threshold\ns0,1\n")
    if there:
        (tmp_path / "x.nc").write_text("no netCDF")
    paths = {"FILE": tmp_path / "x.nc", "NEURAL": neural, "CSV": tmp_path / "ost.csv"}
    error = run(*(paths.get(part, part) for part in command)).error
    assert "expected a netCDF file of activations (as cornetkit record writes)" in error
