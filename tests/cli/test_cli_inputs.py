"""What the command line reads: never replaced, told apart, and refused where it is no file."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

import cornetkit as ck

LONG = "a" * 300


def kept(run, path, *arguments):
    """Return the refusal of a command that must leave a file as it is."""
    before = path.read_bytes()
    result = run(*arguments, "--overwrite")
    assert result.code == 1
    assert path.read_bytes() == before
    return result.error


@pytest.fixture
def copies(acts, neural, images, tmp_path):
    """Copies of everything, in one folder."""
    for path in (acts, neural):
        shutil.copy(path, tmp_path)
    shutil.copytree(images, tmp_path / "stim")
    rows = "\n".join(f"im{k},stim/im{k}.png" for k in range(24))
    (tmp_path / "stim.csv").write_text(f"stimulus_id,filename\n{rows}\n")
    return tmp_path


@pytest.mark.parametrize("option", ["--out", "--plot"])
@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("it.nc", "--neural"),
        ("acts.nc", "--acts"),
        ("stim.csv", "--images"),
        ("stim/im3.png", "one of --images"),
    ],
)
def test_predict_does_not_replace_what_it_reads(run, copies, option, name, of):
    line = ["--neural", copies / "it.nc", "--acts", copies / "acts.nc"]
    line += ["--images", copies / "stim.csv"]
    error = kept(run, copies / name, "predict", *line, option, copies / name)
    assert error == f"Error: {option} {copies / name} is also {of}; give another name"


def test_predict_does_not_replace_its_tables(run, copies):
    (copies / "steps.csv").write_text("time_bin_start,step\n70,0\n")
    line = ["--neural", copies / "it.nc", "--acts", copies / "acts.nc"]
    for option in ("--alignment", "--splits"):
        out = copies / "steps.csv"
        assert f"also {option}" in kept(run, out, "predict", *line, option, out, "--out", out)


def test_out_and_plot_have_to_differ(run, copies):
    line = ["--neural", copies / "it.nc", "--acts", copies / "acts.nc"]
    for command in ("predict", "rsa"):
        result = run(command, *line, "--out", copies / "x.png", "--plot", copies / "x.png")
        assert "x.png is also --out; give another name" in result.error
        assert not (copies / "x.png").exists()


@pytest.mark.parametrize(
    ("name", "of"),
    [("stim.csv", "--images"), ("stim/im3.png", "one of --images"), ("z.pth", "--weights")],
)
def test_record_does_not_replace_what_it_reads(run, copies, name, of):
    (copies / "z.pth").write_bytes(b"weights")
    line = ["--model", "Z", "--images", copies / "stim.csv", "--weights", copies / "z.pth"]
    for more in ([], ["--dry-run"]):
        error = kept(run, copies / name, "record", *line, "--out", copies / name, *more)
        assert error == f"Error: --out {copies / name} is also {of}; give another name"


def test_ceiling_and_rsa_do_not_replace_what_they_read(run, copies):
    it, acts = copies / "it.nc", copies / "acts.nc"
    assert "also --neural" in kept(run, it, "ceiling", "--neural", it, "--out", it)
    rsa = ["rsa", "--neural", it, "--acts", acts]
    assert "also --neural" in kept(run, it, *rsa, "--out", it)
    assert "also --acts" in kept(run, acts, *rsa, "--plot", acts)


def test_files_of_one_name_are_told_apart_by_their_folders(run, copies, neural):
    (copies / "B").mkdir()
    shutil.copy(copies / "acts.nc", copies / "B" / "acts.nc")
    shutil.copy(copies / "acts.nc", copies / "other.nc")
    paths = [copies / "acts.nc", copies / "B" / "acts.nc", copies / "other.nc"]
    halves = ck.open_recordings(neural).assign_coords(half=("neuroid", ["a", "b"] * 5))
    ck.save_recordings(halves, copies / "halves.nc")
    line = ["--neural", copies / "halves.nc", "--areas", "IT", "--by", "half", "--quiet"]
    line += [part for path in paths for part in ("--acts", path)]
    found = json.loads(run("predict", *line, "--json").out)
    labels = [str(copies / "acts.nc"), str(copies / "B" / "acts.nc"), "other"]
    assert list(dict.fromkeys(row["model"] for row in found["rows"])) == labels
    text = run("predict", *line).out
    assert [line for line in text.splitlines() if line.endswith("by half:")] == [
        f"{label} by half:" for label in labels
    ]


def test_one_file_is_not_taken_for_two_models(run, copies):
    (copies / "link.nc").symlink_to(copies / "acts.nc")
    acts, link = copies / "acts.nc", copies / "link.nc"
    twice = run("predict", "--neural", copies / "it.nc", "--acts", acts, "--acts", acts)
    assert f"--acts was given {acts} twice; give every file once" in twice.error
    linked = run("predict", "--neural", copies / "it.nc", "--acts", acts, "--acts", link)
    assert f"--acts was given {acts} and {link}, the same file, twice" in linked.error


def commands(neural, acts, images, weights="random"):
    """Every command that reads files, with these in place of its own."""
    record = ["record", "--model", "Z", "--images", images, "--weights", weights, "--dry-run"]
    return {
        "predict": ["predict", "--neural", neural, "--acts", acts],
        "ceiling": ["ceiling", "--neural", neural],
        "record": record,
        "verify": ["verify", acts, "--images", images],
    }


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("predict", "neural"),
        ("predict", "acts"),
        ("ceiling", "neural"),
        ("record", "images"),
        ("record", "weights"),
        ("verify", "acts"),
        ("verify", "images"),
    ],
)
def test_a_pipe_and_a_name_that_is_too_long_are_refused(
    run, neural, acts, images, tmp_path, command, place
):
    given = {"neural": neural, "acts": acts, "images": images}
    pipe = tmp_path / ("pipe.csv" if place == "images" else "pipe.nc")
    os.mkfifo(pipe)
    result = run(*commands(**given | {place: pipe})[command], *quiet(command))
    assert result.code == 1
    assert f"{pipe} is a pipe and no file; " in result.error
    result = run(*commands(**given | {place: LONG})[command], *quiet(command))
    assert result.code == 1
    assert "no file can be called aaa" in result.error


def quiet(command):
    return ["--quiet"] if command in ("predict", "record") else []


@pytest.mark.parametrize("option", ["--splits", "--space", "--alignment"])
def test_other_names_that_are_too_long_are_refused(run, neural, acts, option):
    more = ["--splits", "distance"] if option == "--space" else []
    more += ["--mapping", "shared"] if option == "--alignment" else []
    result = run("predict", "--neural", neural, "--acts", acts, "--quiet", *more, option, LONG)
    assert result.code == 1
    assert "is a bug" not in result.error


@pytest.mark.parametrize("out", ["", ".", "/"])
@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--overwrite"], ["--resume"]])
def test_an_output_without_a_name_is_a_folder(run, images, out, more):
    line = ["--model", "Z", "--weights", "random", "--images", images]
    assert "is a folder; give a file name in it" in run("record", *line, "--out", out, *more).error


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--overwrite"], ["--resume"]])
def test_an_output_with_too_long_a_name_is_refused(run, images, more):
    line = ["--model", "Z", "--weights", "random", "--images", images]
    assert (
        "is 300 bytes long; give one of at most" in run("record", *line, "--out", LONG, *more).error
    )


def test_a_demo_with_too_long_a_name_is_refused(run):
    assert "no file can be called aaa" in run("demo", "--out", LONG).error


def test_an_empty_place_of_images_is_not_the_current_folder(run, images, monkeypatch):
    monkeypatch.chdir(images)
    result = run("record", "--model", "Z", "--weights", "random", "--images", "", "--dry-run")
    assert "the place of the images is empty; give a folder" in result.error


def test_one_image_is_not_called_images(run, tmp_path):
    (tmp_path / "stim").mkdir()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "stim" / "a.png")
    (tmp_path / "stim" / "notes.txt").write_text("")
    line = ["--model", "Z", "--weights", "random", "--areas", "IT", "--dry-run"]
    result = run("record", *line, "--images", tmp_path / "stim", "--out", tmp_path / "a.nc")
    assert "seed 0); 1 image\n" in result.err
    assert "left out 1 file in" in result.err
    assert "1 images\n" not in result.out + result.err
    assert " 1 images" not in result.out + result.err
