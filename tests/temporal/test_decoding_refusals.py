"""Wrong input to decode() is one line that says how to mend it."""

import warnings

import numpy as np
import pytest
from planted_courses import make_acts, make_trials, object_patterns

import cornetkit as ck


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


def decode(x, *arguments, **settings):
    return ck.decode(x, *arguments, **({"progress": False} | settings))


@pytest.fixture(scope="module")
def acts():
    """Three steps: nothing, a code, another code of the same strength."""
    objects, first = object_patterns(48, 4, 30, 0.7)
    _, second = object_patterns(48, 4, 30, 0.7, seed=1)
    noise = np.random.default_rng(2).normal(size=(48, 3, 30))
    values = 0.5 * noise + np.stack([np.zeros_like(first), first, second], axis=1)
    return make_acts(values, objects)


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda a: a.drop_vars("object_name"), {}, "from a CSV with such a column, or give a CSV"),
        (lambda a: a, {"labels": "object_nam"}, "did you mean 'object_name'?"),
        (lambda a: a, {"labels": "shape"}, "stimulus,label (--labels FILE.csv)"),
        (lambda a: a, {"labels": {"s000": "a", "s001": "b"}}, "labels are missing for 46 of 48"),
        (lambda a: a, {"labels": {"x": "a"}}, "no stimulus in common"),
        (lambda a: a, {"labels": {f"s{k:03d}": "a" for k in range(48)}}, "nothing to tell apart"),
        (lambda a: a, {"labels": 3}, "labels of type int were given"),
        (lambda a: a, {"window": 50}, "window= (--window) is in ms, for recordings"),
        (lambda a: a, {"classifier": "lda"}, "unknown classifier 'lda'"),
        (lambda a: a, {"classifier": "correlation"}, "give standardize=True (--standardize)"),
        (
            lambda a: a,
            {"classifier": "correlation", "standardize": True, "C": 1.0},
            "C=1.0 is a penalty, and classifier='correlation' has none",
        ),
        (lambda a: a, {"cross_validate": "repetitions"}, "is for recordings"),
        (lambda a: a, {"n_resamples": 5}, "n_resamples=5 (--resamples) is for pseudo-populations"),
        (lambda a: a, {"together": "all"}, "together='all' (--together) is for pseudo-populations"),
        (lambda a: a, {"alpha": 0.1}, "alpha=0.1 is for clusters of permutations"),
        (lambda a: a, {"n_splits": 1}, "n_splits must be at least 2, not 1"),
        (lambda a: a, {"n_bootstraps": 1}, "is too few for an interval; expected 20 or more, or 0"),
        (lambda a: a, {"areas": ["IT"]}, "unknown area 'IT'"),
        (lambda a: a.assign_coords(driven=("time", [False] * 3)), {}, "reaches none of the 3"),
    ],
)
def test_wrong_input_is_one_line(acts, change, settings, message):
    given = {"labels": "object_name", **settings}
    with pytest.raises(ck.CornetkitError) as error:
        decode(change(acts), given.pop("labels"), **given)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda t: t.isel(time_bin=[1, 0]), {}, "time bins are not in order"),
        (
            lambda t: t.assign_coords(time_bin_end=t["time_bin_end"] + 10),
            {},
            "overlap the next one",
        ),
        (lambda t: t.drop_vars("time_bin_start"), {"window": 40}, "the time bins have no limits"),
        (lambda t: t, {"window": 30}, "cut through a time bin"),
        (lambda t: t, {"window": 400}, "is wider than the recordings"),
        (lambda t: t, {"step": 20}, "needs window= (--window)"),
        (lambda t: t.isel(time_bin=[]), {}, "no time bins"),
        (lambda t: t.isel(stimulus=[0, 1], repetition=[0]), {}, "needs at least 2 of each label"),
        (
            lambda t: t.isel(stimulus=[0, 1], repetition=[0]),
            {"cross_validate": "repetitions"},
            "at least 2 repetitions, and every stimulus was shown once",
        ),
        (lambda t: t, {"areas": ["IT"]}, "areas= (--areas) is for activations"),
        (
            lambda t: t,
            {"together": "sesion", "cross_validate": "repetitions"},
            "unknown coordinate",
        ),
        (lambda t: t, {"n_resamples": 3}, "this is decoded over stimuli"),
        (
            lambda t: t,
            {"n_bootstraps": 50, "cross_validate": "repetitions"},
            "n_bootstraps=50 is for intervals over held-out stimuli",
        ),
    ],
)
def test_wrong_recordings_are_one_line(change, settings, message):
    objects, pattern = object_patterns(12, 2, 5, 1.0)
    trials = make_trials(np.repeat(pattern[:, None], 4, axis=1), objects)
    with pytest.raises(ck.CornetkitError) as error:
        decode(change(trials), **settings)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
