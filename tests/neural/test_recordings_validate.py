"""What is wrong with recordings is said in one line; what is merely odd is let through."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import InputError
from cornetkit.neural import open_recordings, validate


def bins(start, end):
    return {"time_bin_start": ("time_bin", start), "time_bin_end": ("time_bin", end)}


def test_wrong_dims_are_named_with_the_expected_ones(dense):
    with pytest.raises(
        InputError, match=r"dims \(stimulus, .*expected \(presentation, time_bin, neuroid\)"
    ):
        validate(dense)


def test_a_missing_stimulus_coordinate_names_the_nearest(make_trials):
    trials = make_trials(np.zeros((2, 1, 1)), ["a", "b"]).rename(stimulus="stimuli")
    with pytest.raises(InputError, match=r"did you mean 'stimuli'.*it has neuroid, stimuli"):
        validate(trials)


def test_stimulus_ids_of_another_dim_are_refused(make_trials):
    trials = make_trials(np.zeros((2, 1, 1)), ["a", "b"]).drop_vars("stimulus")
    with pytest.raises(InputError, match=r"expected \(presentation\): one id for each trial"):
        validate(trials.assign_coords(stimulus=("neuroid", ["a"])))


@pytest.mark.parametrize(
    "ids", [["a", "", "b"], [1.0, np.nan, 2.0], np.array(["a", None, "b"], dtype=object)]
)
def test_missing_stimulus_ids_are_counted_with_their_rows(make_trials, ids):
    with pytest.raises(InputError, match=r"1 of 3 trials have no stimulus id \(rows 1\)"):
        open_recordings(make_trials(np.zeros((3, 1, 1)), ids))


def test_repeated_neuroid_ids_are_named(make_trials):
    trials = make_trials(np.zeros((1, 1, 3)), ["a"]).assign_coords(neuroid=["x", "x", "y"])
    with pytest.raises(InputError, match=r"1 of 2 are repeated \(x\); tell them apart"):
        validate(trials)


def test_missing_neuroid_ids_are_refused(make_trials):
    with pytest.raises(InputError, match="no neuroid ids"):
        validate(make_trials(np.zeros((1, 1, 1)), ["a"]).drop_vars("neuroid"))


def test_infinite_responses_are_counted_with_their_neuroids(make_trials):
    trials = make_trials(np.zeros((2, 2, 3)), ["a", "b"])
    trials[0, :, 1] = np.inf
    trials[1, 0, 2] = -np.inf
    with pytest.raises(InputError, match=r"3 responses are infinite, in 2 neuroids \(n1, n2\)"):
        validate(trials)


def test_values_that_are_no_numbers_are_refused(make_trials):
    trials = make_trials(np.zeros((1, 1, 1)), ["a"])
    with pytest.raises(InputError, match="expected real numbers"):
        validate(trials.astype(str))
    with pytest.raises(InputError, match="expected real numbers"):
        open_recordings(trials.astype(str))


@pytest.mark.parametrize("dim", ["presentation", "time_bin", "neuroid"])
def test_an_empty_dim_is_named(make_trials, dim):
    trials = make_trials(np.zeros((2, 1, 1)), ["a", "b"]).isel({dim: []})
    with pytest.raises(
        InputError, match=rf"is empty along {dim}.*a selection that matched nothing"
    ):
        open_recordings(trials)


def test_a_trial_given_twice_is_named(make_trials):
    trials = make_trials(
        np.zeros((3, 1, 1)), ["a", "b", "a"], repetition=("presentation", [0, 0, 0])
    )
    with pytest.raises(InputError, match=r"1 pairs of \(stimulus, repetition\).*\(a 0\)"):
        validate(trials)


def test_the_same_repetition_in_another_session_is_let_through(make_trials):
    trials = make_trials(
        np.zeros((2, 1, 1)),
        ["a", "a"],
        repetition=("presentation", [0, 0]),
        session=("presentation", ["mon", "tue"]),
    )
    validate(trials)


def test_the_same_repetition_of_other_neuroids_is_let_through(make_trials):
    values = [[[1.0, np.nan]], [[np.nan, 2.0]]]
    repetition = ("presentation", [0, 0])
    validate(make_trials(values, ["a", "a"], repetition=repetition))
    values[1][0][0] = 3.0
    with pytest.raises(InputError, match="are repeated for the same neuroids"):
        validate(make_trials(values, ["a", "a"], repetition=repetition))


def test_a_session_along_neuroids_does_not_excuse_a_repeated_trial(make_trials):
    trials = make_trials(
        np.zeros((2, 1, 1)), ["a", "a"], repetition=("presentation", [0, 0]),
        session=("neuroid", ["mon"]),
    )  # fmt: skip
    with pytest.raises(InputError, match="are repeated"):
        validate(trials)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ([70, 80], [80, 80], "1 time bins end before or where they start, the first is 80 to 80"),
        ([80, 70], [90, 80], "not in order: 70 to 80 ms comes after 80 to 90 ms"),
        ([70, 70], [80, 80], "not in order"),
    ],
)
def test_time_bins_that_make_no_sense_are_named(make_trials, start, end, message):
    with pytest.raises(InputError, match=message):
        validate(make_trials(np.zeros((1, 2, 1)), ["a"], **bins(start, end)))


def test_overlapping_time_bins_come_with_the_thinning_that_mends_them(make_trials):
    start = np.arange(0, 100, 10)
    trials = make_trials(np.zeros((1, 10, 1)), ["a"], **bins(start, start + 50))
    with pytest.raises(InputError, match=r"9 time bins overlap.*slice\(None, None, 5\)"):
        validate(trials)
    validate(trials.isel(time_bin=slice(None, None, 5)))


def test_gaps_between_time_bins_and_rounded_limits_are_let_through(make_trials):
    validate(make_trials(np.zeros((1, 2, 1)), ["a"], **bins([90, 190], [110, 210])))
    edges = np.arange(11) * 0.1
    validate(make_trials(np.zeros((1, 10, 1)), ["a"], **bins(edges[:-1], edges[:-1] + 0.1)))


def test_bins_of_unknown_limits_are_let_through(make_trials):
    unknown = [np.nan, np.nan]
    validate(make_trials(np.zeros((1, 2, 1)), ["a"], **bins(unknown, unknown)))


def test_what_is_merely_odd_is_no_error(make_trials):
    values = np.zeros((2, 1, 2))
    values[:, :, 1] = np.nan
    validate(make_trials(values, ["a", "a"]))


def test_any_order_of_dims_is_valid(dense):
    validate(open_recordings(dense).transpose("neuroid", "time_bin", "presentation"))


def test_validation_changes_nothing(dense):
    recordings = open_recordings(dense)
    before = recordings.copy(deep=True)
    validate(recordings)
    xr.testing.assert_identical(recordings, before)
