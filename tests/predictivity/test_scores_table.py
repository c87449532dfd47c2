"""Scores as a table."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cornetkit.predictivity import best_rows, score_table


@pytest.fixture(scope="module")
def scores(planted, quietly):
    data = planted(n_stimuli=40, n_units=6, n_bins=2)
    noise = np.random.default_rng(3).standard_normal((40, 6))
    area = xr.DataArray(
        np.stack([0 * noise, data.features.values + noise, data.features.values], axis=1),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": data.features["stimulus"].values,
            "time": [0, 1, 2],
            "area": "IT",
            "driven": ("time", [False, True, True]),
            "time_start_ms": ("time", [0.0, 50.0, 100.0]),
            "time_end_ms": ("time", [50.0, 100.0, 150.0]),
        },
    )
    return quietly(area, data.recordings)


def test_a_row_for_each_scored_area_step_and_bin(scores):
    table = score_table(scores)
    assert table["step"].tolist() == [1, 1, 2, 2]
    assert table["step_ms"].tolist() == ["50-100", "50-100", "100-150", "100-150"]
    assert table["bin_ms"].tolist() == ["70-90", "90-110"] * 2
    assert set(table["area"]) == {"IT"}


def test_numbers_are_those_of_the_scores(scores):
    table = score_table(scores)
    for name in ("score", "score_error", "score_low", "score_high", "normalized"):
        expected = scores[name].sel(area="IT", time=[1, 2]).values.ravel()
        np.testing.assert_array_equal(table[name], expected)
    np.testing.assert_array_equal(table["ceiling_score"], np.tile(scores["ceiling_score"], 2))


def test_best_rows_have_the_highest_score_of_each_bin(scores):
    best = best_rows(score_table(scores))
    expected = scores["score"].max("time").sel(area="IT")
    assert best["bin_ms"].tolist() == ["70-90", "90-110"]
    np.testing.assert_array_equal(best["score"], expected)


def test_best_rows_leave_out_bins_without_a_score(scores):
    undefined = scores.copy()
    undefined["score"] = scores["score"].where(scores["time_bin_start"] > 80)
    assert best_rows(score_table(undefined))["bin_ms"].tolist() == ["90-110"]


def test_bins_without_known_limits_are_told_apart(scores):
    unknown = scores.assign_coords(
        time_bin_start=("time_bin", [np.nan] * 2), time_bin_end=("time_bin", [np.nan] * 2)
    )
    table = score_table(unknown)
    assert table["bin_ms"].tolist() == ["bin 0", "bin 1"] * 2
    assert len(best_rows(table)) == 2
    assert set(score_table(unknown.isel(time_bin=[0]))["bin_ms"]) == {""}


def test_the_best_of_steps_that_say_nothing_is_above_0_by_the_choice_alone():
    rng = np.random.default_rng(0)
    steps, bins = 8, [f"{k}-{k + 1}" for k in range(100)]
    noise = pd.DataFrame(
        [("IT", step, of_bin, rng.normal(0, 0.1)) for of_bin in bins for step in range(steps)],
        columns=["area", "step", "bin_ms", "score"],
    )
    assert abs(noise["score"].mean()) < 0.01
    expected = 0.1 * 1.4236  # of the greatest of 8 normal deviates
    assert best_rows(noise)["score"].mean() == pytest.approx(expected, abs=0.02)
