"""Wrong input to ost() is one line that says how to mend it."""

import warnings

import numpy as np
import pandas as pd
import pytest
from planted_courses import (
    acts_solved_step_by_step,
    behavior_table,
    make_trials,
    object_patterns,
)

import cornetkit as ck

QUIET = {"progress": False}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


@pytest.fixture(scope="module")
def planted_acts():
    return acts_solved_step_by_step()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"behavior": None}, "need thresholds: give behavior= (--behavior)"),
        (
            {"behavior": {"x": 1.0, "s000": 1.0}},
            "thresholds for images that were never shown, 1 in all (x)",
        ),
        ({"behavior": {"x": 1.0}}, "no stimulus in common"),
        ({"behavior": pd.DataFrame({"stimulus": ["s000"], "treshold": [1]})}, "expected stimulus"),
        (
            {"behavior": pd.DataFrame({"stimulus": ["s000"] * 2, "threshold": [1, 2]})},
            "1 stimuli more than once (s000)",
        ),
        (
            {"behavior": pd.DataFrame({"stimulus": ["s000"], "threshold": ["hard"]})},
            "row 1: threshold is 'hard'; expected a number",
        ),
        ({"behavior": {"s000": np.nan}}, "no threshold at all"),
        ({"behavior": 3}, "behavior of type int was given"),
        ({"behavior": "nowhere.csv"}, "no file of behaviour nowhere.csv"),
        (
            {
                "behavior": pd.DataFrame(
                    [("s000", "o3", "o1", "o1")],
                    columns=["stimulus", "sample", "distractor", "choice"],
                )
            },
            "1 stimuli show another object in the trials",
        ),
        ({"labels": {f"s{k:03d}": f"o{k}" for k in range(48)}}, "give at least 2 of each object"),
        ({"variant": "kar"}, "unknown variant 'kar'"),
        ({"n_consecutive": 9}, "n_consecutive=9 (--consecutive) was given for 8 times"),
        ({"reference": 3}, "expected a result of ost"),
        ({"search": (70, 250)}, "search= (--search) is in ms, and the times of these are not"),
        ({"n_bootstraps": 9}, "n_bootstraps=9 is too few for an interval"),
        ({"n_splits": 1}, "n_splits=1 was given; expected 2 or more"),
        ({"variant": "brainscore", "n_bootstraps": 90}, "n_bootstraps=90 is for the interval of a"),
        ({"behavior": {"s000": 1.0}, "n_bootstraps": 90}, "there are no times to compare with"),
        ({"x": slice(0, 1)}, "one step that the image has reached"),
    ],
)
def test_wrong_input_is_one_line(planted_acts, change, message):
    acts, onset = planted_acts
    given = {"labels": "object_name", "behavior": behavior_table(acts, onset), **change}
    x = acts.isel(time=given.pop("x")) if "x" in given else acts
    with pytest.raises(ck.CornetkitError) as error:
        ck.ost(x, given.pop("labels"), given.pop("behavior"), **given, **QUIET)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda t: t.isel(time_bin=[0]), {}, "no time bins to search (1 was found)"),
        (lambda t: t, {"search": (500, 600)}, "0 time bins lie within search=500 to 600 ms"),
        (lambda t: t.isel(time_bin=[1, 0, 2]), {}, "not in order"),
    ],
)
def test_wrong_recordings_are_one_line(change, settings, message):
    objects, pattern = object_patterns(12, 2, 5, 1.0)
    trials = make_trials(np.repeat(pattern[:, None], 3, axis=1), objects)
    with pytest.raises(ck.CornetkitError) as error:
        ck.ost(change(trials), "object_name", {"s000": 1.0}, **settings, **QUIET)
    assert message in str(error.value)
