"""Coarser time bins: what they hold, and which are refused."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import InputError
from cornetkit.neural import open_recordings, parse_window, rebin

WIDTHS = np.array([10, 10, 20, 10, 10, 40])
EDGES = 50 + np.concatenate([[0], np.cumsum(WIDTHS)])  # 50 60 70 90 100 110 150


@pytest.fixture
def trials(make_trials):
    values = np.random.default_rng(0).normal(size=(4, 6, 3))
    return open_recordings(
        make_trials(
            values,
            ["a", "b", "a", "b"],
            time_bin_start=("time_bin", EDGES[:-1]),
            time_bin_end=("time_bin", EDGES[1:]),
            time_bin_center=("time_bin", (EDGES[:-1] + EDGES[1:]) / 2),
        )
    )


def limits(recordings):
    start, end = recordings["time_bin_start"].values, recordings["time_bin_end"].values
    return list(zip(start, end, strict=True))


def test_a_window_alone_becomes_one_bin_weighted_by_width(trials):
    binned = rebin(trials, window=(60, 100))
    expected = np.average(trials.values[:, 1:4], axis=1, weights=WIDTHS[1:4])
    assert limits(binned) == [(60.0, 100.0)]
    np.testing.assert_allclose(binned.values[:, 0], expected, rtol=1e-14)


def test_a_width_alone_starts_at_the_first_bin(trials):
    binned = rebin(trials.isel(time_bin=slice(0, 5)), width=20)
    assert limits(binned) == [(50.0, 70.0), (70.0, 90.0), (90.0, 110.0)]
    np.testing.assert_allclose(binned.values[:, 0], trials.values[:, :2].mean(axis=1), rtol=1e-14)
    np.testing.assert_array_equal(binned.values[:, 1], trials.values[:, 2])


def test_a_window_and_a_width_divide_the_window(trials):
    binned = rebin(trials, window=(70, 150), width=40)
    assert limits(binned) == [(70.0, 110.0), (110.0, 150.0)]
    expected = np.average(trials.values[:, 2:5], axis=1, weights=WIDTHS[2:5])
    np.testing.assert_allclose(binned.values[:, 0], expected, rtol=1e-14)


def test_the_bins_as_they_are_come_back_unchanged(make_trials):
    start = np.arange(5) * 10
    trials = open_recordings(
        make_trials(
            np.random.default_rng(1).normal(size=(2, 5, 2)), ["a", "b"],
            time_bin_start=("time_bin", start), time_bin_end=("time_bin", start + 10),
        )
    )  # fmt: skip
    xr.testing.assert_allclose(rebin(trials, width=10), trials, rtol=1e-15)


def test_labels_of_trials_and_neuroids_stay_and_those_of_old_bins_go(trials):
    binned = rebin(trials, window=(50, 70))
    assert binned["stimulus"].values.tolist() == ["a", "b", "a", "b"]
    assert binned["neuroid"].values.tolist() == ["n0", "n1", "n2"]
    assert "time_bin_center" not in binned.coords


def test_a_missing_response_in_any_bin_makes_the_new_one_missing(trials):
    trials[0, 1, 2] = np.nan
    binned = rebin(trials, window=(50, 70))
    assert np.isnan(binned.values[0, 0, 2])
    assert int(np.isnan(binned).sum()) == 1


def test_the_float_type_stays_and_sums_are_float64(make_trials):
    trials = make_trials(
        np.array([[[2.0**24], [1.0], [1.0], [2.0]]]), ["a"],
        time_bin_start=("time_bin", np.arange(4)), time_bin_end=("time_bin", np.arange(1, 5)),
    ).astype("float32")  # fmt: skip
    binned = rebin(trials, width=4)
    assert binned.dtype == np.float32
    assert binned.item() == (2**24 + 4) / 4


def test_dense_recordings_can_be_binned(dense):
    binned = rebin(dense, window=(70, 90))
    expected = open_recordings(dense).mean("time_bin", skipna=False)
    np.testing.assert_allclose(binned.values[:, 0], expected.values)


def test_rounded_limits_are_taken_for_equal(make_trials):
    start = np.arange(10) * 0.1
    trials = make_trials(
        np.ones((1, 10, 1)), ["a"],
        time_bin_start=("time_bin", start), time_bin_end=("time_bin", start + 0.1),
    )  # fmt: skip
    assert rebin(trials, window=(0.3, 0.9), width=0.3).sizes["time_bin"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"needs window=\(start, end\), width=, or both"),
        ({"window": (75, 100)}, "edge 75 ms cuts through the time bin 70 to 90 ms.*use 70 or 90"),
        ({"window": (50, 120)}, r"edge 120 ms cuts.*6 bins from 50 to 150 ms"),
        ({"width": 20}, "edge 130 ms cuts through the time bin 110 to 150"),
        ({"window": (0, 70)}, "window 0 to 70 ms lies partly outside .* from 50 to 150 ms"),
        ({"window": (200, 300)}, "window 200 to 300 ms lies outside .* from 50 to 150 ms"),
        ({"window": (90, 60)}, "window 90:60 ends before or where it starts"),
        ({"window": "70:90"}, r"is not \(start, end\) in ms; for text use parse_window"),
        ({"width": 0}, "width= must be a number of ms above 0, not 0"),
        ({"width": 1e-300}, r"bins of 1e-300 ms are narrower than those of the recordings \(10"),
        ({"width": np.nan}, "width= must be a number of ms above 0"),
        ({"window": (50, 110), "width": 40}, "cannot be divided into bins of 40 ms.* 20, 60 ms"),
        ({"window": (50, 110), "width": 200}, "cannot be divided into bins of 200 ms"),
    ],
)
def test_bins_that_cannot_be_had_are_refused_in_words(trials, arguments, message):
    with pytest.raises(InputError, match=message):
        rebin(trials, **arguments)


def test_bins_of_unknown_limits_cannot_be_binned(make_trials):
    with pytest.raises(InputError, match=r"limits of the time bins are unknown.*time_bins="):
        rebin(make_trials(np.zeros((1, 2, 1)), ["a"]), width=10)


def test_a_gap_within_a_window_is_refused(make_trials):
    trials = make_trials(
        np.zeros((1, 2, 1)), ["a"],
        time_bin_start=("time_bin", [90, 190]), time_bin_end=("time_bin", [110, 210]),
    )  # fmt: skip
    with pytest.raises(InputError, match="no time bin covers 110 to 190 ms"):
        rebin(trials, window=(90, 210))
    assert limits(rebin(trials, window=(190, 210))) == [(190.0, 210.0)]


def test_windows_are_read_from_text():
    assert parse_window("70:170") == (70.0, 170.0)
    assert parse_window("-100:0.5") == (-100.0, 0.5)


@pytest.mark.parametrize("text", ["70-170", "70", "", "70:", "a:b", "70:170:200", "nan:3", "0:inf"])
def test_text_that_is_no_window_is_refused(text):
    with pytest.raises(InputError, match=rf"window '{text}' is not START:END in ms"):
        parse_window(text)
