"""Wherever a score of an untrained model is printed, it is said to be untrained."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import cornetkit as ck

UNTRAINED = "CORnet-Z, untrained (random weights, seed 0)"


@pytest.fixture(scope="module")
def tables(acts, tmp_path_factory):
    """Labels and thresholds of the images."""
    folder = tmp_path_factory.mktemp("tables")
    ids = ck.open_activations(acts)["IT"]["stimulus"].values
    labels = [f"o{k % 2}" for k in range(len(ids))]
    pd.DataFrame({"stimulus": ids, "label": labels}).to_csv(folder / "labels.csv", index=False)
    pd.DataFrame({"stimulus": ids, "threshold": 0.5}).to_csv(folder / "ost.csv", index=False)
    return folder


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
@pytest.mark.parametrize("command", ["decode", "behavior", "power", "rsa", "predict"])
def test_a_score_of_random_weights_says_so(run, acts, neural, tables, command):
    of_images = ["--labels", tables / "labels.csv", "--areas", "IT"]
    arguments = {
        "decode": of_images,
        "behavior": of_images,
        "power": ["--areas", "IT,V4", "--simulations", 3, "--reliability", 0.3, "--n-splits", 3],
        "rsa": ["--neural", neural, "--areas", "IT"],
        "predict": ["--neural", neural, "--areas", "IT"],
    }[command]
    result = run(command, "--acts", acts, *arguments, "--quiet")
    assert result.code == 0, result.err
    assert UNTRAINED in result.out


def test_solution_times_say_so(run, tables, tmp_path):
    ids = pd.read_csv(tables / "ost.csv")["stimulus"].values
    values = np.random.default_rng(0).normal(size=(len(ids), 4, 6))
    steps = xr.DataArray(
        values,
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": ids, "time": range(4)},
        name="activation",
    )
    identity = "untrained (random weights, seed 0)"
    xr.Dataset(attrs={"model": "Z", "identity": identity}).to_netcdf(tmp_path / "a.nc")
    steps.to_netcdf(tmp_path / "a.nc", group="IT", mode="a")
    given = ["--labels", tables / "labels.csv", "--behavior", tables / "ost.csv"]
    result = run("ost", "--acts", tmp_path / "a.nc", *given, "--quiet")
    assert result.code == 0, result.err
    assert f"a.nc: {UNTRAINED}" in result.out


def test_comparisons_say_so_of_both_sides(run, acts, neural, tmp_path):
    for command, name in (("predict", "s.nc"), ("rsa", "r.nc")):
        out = tmp_path / name
        made = run(command, "--acts", acts, "--neural", neural, "--bootstrap", 50, "--out", out)
        assert made.code == 0, made.err
        compared = run("compare", out, "--between", "V4@0", "IT@0")
        assert f"both of {UNTRAINED}" in compared.out
