"""The summary of recordings counts what is there."""

import json

import numpy as np
import pytest

from cornetkit.neural import describe, open_recordings


def test_counts_of_trials_stimuli_and_labels(dense):
    summary = describe(dense)
    assert summary["n_trials"] == 4
    assert summary["n_stimuli"] == 3
    assert summary["trials_per_stimulus"] == {"min": 1, "median": 1.0, "max": 2}
    assert summary["neuroids"]["region"] == {"IT": 2, "V4": 2}
    assert summary["neuroids"]["animal"] == {"M": 1, "P": 3}
    assert summary["time_bins"] == {
        "n": 2,
        "known": True,
        "limits_ms": [[70.0, 80.0], [80.0, 90.0]],
    }
    assert summary["coords"]["presentation"] == ["object_name", "repetition", "stimulus"]


def test_missing_constant_and_undefined_neuroids_are_counted(make_trials):
    values = np.random.default_rng(0).normal(size=(6, 2, 5))
    values[:, :, 1] = np.nan  # missing throughout
    values[:, :, 2] = 0.1  # constant
    values[0, 0, 3] = np.nan  # partially missing
    values[:, 1, 4] = 7.0  # constant in one bin only
    summary = describe(open_recordings(make_trials(values, ["a", "b", "c"] * 2)))
    neuroids = summary["neuroids"]
    assert neuroids["all_missing"] == 1
    assert neuroids["constant"] == 1
    assert neuroids["partially_missing"] == 1
    assert neuroids["undefined_targets"] == 2 + 2 + 1
    assert summary["fraction_missing"] == pytest.approx(13 / 60)


def test_repetitions_count_valid_responses_of_recorded_neuroids(make_trials):
    values = np.zeros((4, 1, 3))
    values[:, :, 0] = np.nan
    values[0, :, 1] = np.nan
    summary = describe(open_recordings(make_trials(values, ["a", "a", "a", "b"])))
    assert summary["repetitions"] == {"min": 1, "median": 1.5, "max": 3}


def test_the_summary_is_plain_and_has_no_nan(make_trials):
    summary = describe(make_trials(np.full((2, 1, 1), np.nan), ["a", "a"]))
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["time_bins"]["limits_ms"] == [[None, None]]


def test_odd_things_are_noted(make_trials):
    notes = " ".join(describe(make_trials(np.zeros((2, 1, 1)), ["a", "b"]))["notes"])
    assert "fewer than 3 stimuli" in notes
    assert "no stimulus is repeated" in notes
    assert "limits of the time bins are unknown" in notes


def test_limits_that_look_like_seconds_are_noted(make_trials):
    trials = make_trials(
        np.zeros((1, 1, 1)), ["a"],
        time_bin_start=("time_bin", [0.07]), time_bin_end=("time_bin", [0.17]),
    )  # fmt: skip
    assert any("in seconds?" in note for note in describe(trials)["notes"])
