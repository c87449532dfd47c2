"""`cornetkit power`: what a design could tell."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

FAST = ["--simulations", 6, "--dimensions", 5, "--n-neuroids", 15, "--quiet"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two models of three steps, each step a random turn of the one before."""
    folder = tmp_path_factory.mktemp("power")
    for seed, name in enumerate(("one", "two")):
        rng = np.random.default_rng(seed)
        values = rng.standard_normal((40, 3, 16)).cumsum(axis=1)
        acts = xr.DataArray(
            values,
            dims=("stimulus", "time", "unit"),
            coords={
                "stimulus": [f"s{k:02d}" for k in range(40)],
                "time": range(3),
                "unit": np.arange(16),
            },
            name="activation",
        )
        acts.to_netcdf(folder / f"{name}.nc", group="IT")
        if name == "one":
            recordings = ck.simulate_recordings(
                acts, (0, 1, 2), n_neuroids=8, n_repetitions=6, n_dimensions=5
            )
            ck.save_recordings(recordings, folder / "it.nc")
    return folder


def power(run, files, *more, acts=("one.nc",)):
    given = [part for name in acts for part in ("--acts", files / name)]
    return run("power", *given, *FAST, *more)


def test_the_report_says_design_recovery_gain_and_lag(run, files):
    result = power(run, files, "--bins", "50:210:20", "--reliability", 0.2)
    assert result.code == 0, result.err
    assert (
        "40 stimuli x 10 repetitions, 15 neuroids of reliability 0.71 (0.200 a trial)" in result.out
    )
    assert "IT: a gain by recurrence is seen in" in result.out
    assert "IT: onset and step length found within a bin in" in result.out
    rows = [line.split() for line in result.out.splitlines() if line.startswith("IT@")]
    assert [row[0] for row in rows] == ["IT@0", "IT@1", "IT@2"]
    assert float(rows[0][1]) > 0.8


def test_json_equals_the_python_result(run, files):
    found = json.loads(power(run, files, "--reliability", 0.02, "--json").out)
    expected = ck.power(
        files / "one.nc", n_simulations=6, n_dimensions=5, n_neuroids=15, trial_reliability=0.02,
        progress=False,
    )  # fmt: skip
    np.testing.assert_array_equal(found["recovery"], expected["recovery"])
    np.testing.assert_allclose(found["score"], expected["score"])
    assert found["groups"][0]["gain_power"] == pytest.approx(float(expected["gain_power"][0]))
    assert found["told"][0][0] is None


def test_a_design_that_tells_nothing_says_which_pairs(run, files):
    result = power(run, files, "--reliability", 0.0001)
    assert "not identifiable by this design: IT@0 and IT@1 (told apart in" in result.out


def test_several_models_and_the_images_that_separate_them(run, files):
    result = power(
        run, files, "--separate", "one/IT@2,two/IT@2", "--top", 3, acts=("one.nc", "two.nc")
    )
    assert result.code == 0, result.err
    after = result.out.split("images that separate one/IT@2 and two/IT@2 most")[1].splitlines()[1:]
    expected = ck.separating_stimuli(
        [files / "one.nc", files / "two.nc"], "one/IT@2", "two/IT@2", n_dimensions=5
    )
    assert [line.split()[0] for line in after] == expected["stimulus"].values[:3].tolist()


def test_a_design_is_taken_from_recordings(run, files, tmp_path):
    out, figure = tmp_path / "power.nc", tmp_path / "power.png"
    result = run(
        "power", "--acts", files / "one.nc", "--neural", files / "it.nc", "--window", "70:130",
        "--simulations", 3, "--dimensions", 5, "--out", out, "--plot", figure, "--quiet",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert ck.open_temporal(out).attrs["n_neuroids"] == 8
    assert ck.open_temporal(out).attrs["n_time_bins"] == 3
    assert figure.stat().st_size > 1000


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--areas", "V9"], "unknown area 'V9'"),
        (["--bins", "50:250"], "--bins 50:250: expected START:END:WIDTH in ms"),
        (["--separate", "IT@1"], "--separate IT@1: expected two, such as IT@1,IT@2"),
        (["--separate", "IT@1,IT@9"], "unknown step 'IT@9'"),
        (["--n-stimuli", 99], "n_stimuli=99 (--n-stimuli) was given"),
        (["--planted", "fitted"], "planted='fitted' needs recordings to fit (--neural)"),
        (["--neural", "none.nc"], "none.nc"),
        (["--top", 3], "--top 3 is of the images that --separate ranks; add --separate A,B"),
        (["--window", "70:170"], "window= (--window) is of recordings, and none were given"),
        (["--plot", "power.bmp"], "--plot power.bmp: expected a name that ends in .png, .pdf"),
    ],
)
def test_a_mistake_is_one_line(run, files, more, message):
    result = power(run, files, *more)
    assert result.code == 1
    assert message in result.error
