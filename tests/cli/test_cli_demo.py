"""What the demo says of planted and found."""

import json

import numpy as np
import pytest
import xarray as xr
from cornetkit_cli.demo import planted_beside_found


@pytest.fixture
def results():
    """Scores of three steps and two time bins, the first of them without signal."""
    score = np.array([[[0.09, 0.2], [-0.05, 0.7], [0.02, 0.5]]])
    bins = {"time_bin_start": ("time_bin", [50, 70]), "time_bin_end": ("time_bin", [70, 90])}
    scores = xr.Dataset(
        {
            "score": (("area", "time", "time_bin"), score),
            "ceiling": (("time_bin", "neuroid"), [[0.0, 0.1], [0.6, 0.8]]),
            "ceiling_score": ("time_bin", [0.05, 0.7]),
        },
        coords={"area": ["IT"], "time": [3, 4, 5], **bins},
    )
    population = xr.DataArray(
        np.zeros((1, 2, 2)),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "planted_step": ("time_bin", [-1, 4]),
            "planted_reliability": ("neuroid", [0.6, 0.7]),
        },
    )
    return scores, scores.isel(time=[0]), population


def test_a_bin_without_signal_shows_the_median_over_steps_and_others_the_best(results):
    lines = planted_beside_found(*results)
    silent = next(line for line in lines if "50-70" in line)
    driven = next(line for line in lines if "70-90" in line)
    assert silent.split()[:5] == ["50-70", "no", "signal", "-", "0.02"]
    assert driven.split()[:4] == ["70-90", "4", "4", "0.70"]
    assert "the planted step predicts best in 1 of 1 bins with signal" in "\n".join(lines)


def test_reliability_is_compared_over_bins_with_signal(results):
    last = planted_beside_found(*results)[-1]
    assert "reliability of each neuroid, mean over bins: planted and found differ by 0.050" in last


def test_a_folder_of_somebody_else_is_not_written_into(run, tmp_path):
    (tmp_path / "it.nc").write_text("mine")
    result = run("demo", "--out", tmp_path)
    assert result.code == 1
    assert "holds files that no demo made" in result.error
    assert [path.name for path in tmp_path.iterdir()] == ["it.nc"]


@pytest.mark.slow
def test_the_whole_demo_finds_what_was_planted(run, tmp_path):
    result = run("demo", "--out", tmp_path / "demo", "--stimuli", 48, "--quiet")
    assert result.code == 0, result.err
    assert "UNTRAINED" in result.out
    hits = int(result.out.split("the planted step predicts best in ")[1].split()[0])
    assert hits >= 5
    assert (tmp_path / "demo" / "rt_scores.png").stat().st_size > 10_000
    decoded = run("decode", "--neural", tmp_path / "demo" / "it.nc", "--no-generalize", "--json",
                  "--quiet")  # fmt: skip
    before, *after = [row["accuracy"] for row in json.loads(decoded.out)["rows"]]
    assert before < 0.3  # chance is 1 / 8, and there are 6 images of each object
    assert min(after) > 0.3
    assert np.mean(after) > 0.4
