"""`cornetkit verify`: what it says, and its exit code."""

import json
import shutil

import netCDF4
import numpy as np
import pytest


@pytest.fixture
def changed(acts, tmp_path):
    """A copy of the file with one value changed."""
    path = tmp_path / "changed.nc"
    shutil.copy(acts, path)
    with netCDF4.Dataset(path, "a") as file:
        file["V4"].variables["activation"][3, 0, 5] += 100
    return path


def test_a_file_that_holds_is_one_line_and_exit_code_0(run, acts, images):
    result = run("verify", acts, "--images", images)
    assert result.code == 0
    assert result.out == f"{acts} holds exactly: 24 images in 2 batches computed again\n"


def test_a_file_that_does_not_hold_is_exit_code_1(run, changed, images):
    result = run("verify", changed, "--images", images)
    assert result.code == 1
    assert "does NOT hold: V4 at step 0 differs by" in result.out
    assert result.err == ""


def test_the_number_of_batches_can_be_chosen(run, acts, images):
    result = run("verify", acts, "--images", images, "--batches", "1", "--seed", "3")
    assert "in 1 batch computed again" in result.out


def test_json_holds_every_difference(run, changed, images):
    result = run("verify", changed, "--images", images, "--json")
    assert result.code == 1
    found = json.loads(result.out)
    assert found["holds"] is False
    differences = {(d["area"], d["step"]): d["difference"] for d in found["differences"]}
    assert differences["IT", 0] == 0
    assert np.isfinite(differences["V4", 0])
    assert differences["V4", 0] > 0.1


def test_a_seed_below_0_is_a_wrong_use_and_the_demo_makes_no_folder_for_it(
    run, acts, images, tmp_path
):
    for command in (["verify", acts, "--images", images], ["demo", "--out", tmp_path / "demo"]):
        result = run(*command, "--seed", "-1")
        assert result.code == 2
        assert "-1 is not in the range" in result.err
    assert not (tmp_path / "demo").exists()


def test_wrong_input_is_one_line(run, acts, images, tmp_path):
    assert "no activation file" in run("verify", tmp_path / "no.nc", "--images", images).error
    result = run("verify", acts, "--images", tmp_path / "nowhere")
    assert result.code == 1
    assert "no such folder" in result.error
