"""`cornetkit predict` with one mapping over time, and with steps side by side."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Activations of three steps of IT, and recordings that follow them."""
    folder = tmp_path_factory.mktemp("mapping")
    rng = np.random.default_rng(0)
    area = xr.DataArray(
        rng.standard_normal((40, 3, 12)).cumsum(axis=1),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{i:02d}" for i in range(40)],
            "time": [0, 1, 2],
            "unit": np.arange(12),
            "driven": ("time", [True] * 3),
            "time_start_ms": ("time", [70.0, 90.0, 110.0]),
            "time_end_ms": ("time", [90.0, 110.0, 130.0]),
            "area": "IT",
        },
        name="activation",
    )
    area.to_netcdf(folder / "acts.nc", group="IT")
    recordings = ck.simulate_recordings(
        area, [0, 1, 2], n_neuroids=6, n_dimensions=8, onset_ms=70, bin_width_ms=20, rng=1
    )
    ck.save_recordings(recordings, folder / "it.nc")
    return folder


def rows(run, folder, *more):
    result = run(
        "predict", "--neural", folder / "it.nc", "--acts", folder / "acts.nc", "--json", *more
    )
    assert result.code == 0, result.err
    found = json.loads(result.out)
    return found["rows"], found["settings"]


def test_a_shared_mapping_has_a_row_a_bin_with_its_step(run, files):
    found, settings = rows(run, files, "--mapping", "shared")
    assert [(row["step"], row["bin_ms"]) for row in found] == [
        ("0", "70-90"),
        ("1", "90-110"),
        ("2", "110-130"),
    ]
    assert settings["mapping"] == "shared"
    assert settings["alignment"] == "nearest-start"
    with pytest.warns(ck.CornetkitWarning, match="8 folds instead of 10"):
        scores = ck.predict(files / "acts.nc", files / "it.nc", mapping="shared")
    np.testing.assert_allclose([row["score"] for row in found], scores["score"].values.ravel())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mapping", "shared"], "one mapping over all time bins (alignment: nearest-start);"),
        (["--stack", "time,unit"], "a neuroid, all steps of an area side by side;"),
    ],
    ids=str,
)
def test_the_heading_says_what_was_put_together(run, files, arguments, said):
    result = run(
        "predict", "--neural", files / "it.nc", "--acts", files / "acts.nc", "--quiet", *arguments
    )
    assert said in result.out


def test_a_table_file_is_taken(run, files, tmp_path):
    table = tmp_path / "steps.csv"
    table.write_text("time_bin_start,step\n70,2\n90,1\n110,0\n")
    found, settings = rows(run, files, "--mapping", "shared", "--alignment", table)
    assert [row["step"] for row in found] == ["2", "1", "0"]
    assert settings["alignment"] == "table"


def test_a_stack_has_a_row_with_its_steps(run, files):
    found, settings = rows(run, files, "--stack", "time,unit", "--window", "70:130")
    assert [(row["area"], row["step"]) for row in found] == [("IT", "0,1,2")]
    assert settings["stack"] == "time,unit"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mapping", "shard"], "did you mean 'shared'"),
        (["--alignment", "overlap"], "--mapping shared"),
        (["--stack", "unit"], "expected ('time', 'unit')"),
        (["--mapping", "shared", "--alignment", "no.csv"], "no alignment table no.csv"),
    ],
    ids=str,
)
def test_wrong_flags_are_told_in_one_line(run, files, arguments, message):
    result = run(
        "predict", "--neural", files / "it.nc", "--acts", files / "acts.nc", *arguments, "--quiet"
    )
    assert result.code == 1
    assert message in result.error
