"""Decoding and solution times at equal reliability: windows of unequal noise are made alike."""

import warnings

import numpy as np
import pytest
from planted_courses import make_acts, make_trials, object_patterns

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.temporal.equal_reliability import equally_reliable
from cornetkit.temporal.windows import make_windows

QUIET = {"progress": False, "n_bootstraps": 0}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


def static(noise, n_repetitions=24, seed=0):
    """Return a code that does not change, nothing in the first two bins, noise bin by bin."""
    objects, pattern = object_patterns(40, 4, 16, 1.0)
    means = np.repeat(pattern[:, None], len(noise), axis=1)
    means[:, :2] = 0.0
    trials = make_trials(
        means, objects, n_repetitions=n_repetitions, noise=0.0, start=-40.0, seed=seed
    )
    rng = np.random.default_rng(seed)
    shape = trials.shape
    return trials.copy(data=trials.values + rng.standard_normal(shape) * np.asarray(noise)[:, None])


NOISE = [2.0, 2.0, 2.0, 5.0, 9.0]


def test_a_static_code_is_decoded_alike_at_equal_reliability():
    courses = []
    for match in (False, True):
        found = [
            ck.decode(static(NOISE, seed=seed), generalize=False, match_reliability=match,
                      n_splits=5, rng=seed, **QUIET)["accuracy"].values[2:]
            for seed in range(4)
        ]  # fmt: skip
        courses.append(np.mean(found, axis=0))
    whole, matched = courses
    assert whole[0] - whole[2] > 0.2
    assert abs(matched[0] - matched[2]) < 0.5 * (whole[0] - whole[2])


def test_bins_without_signal_keep_as_few_repetitions():
    windows = make_windows(static(NOISE), None, None)
    thinned, _ = equally_reliable(windows, 0)
    counts = (~np.isnan(thinned.trials)).groupby("stimulus").sum("presentation")
    counts = counts.transpose("time_bin", "stimulus", "neuroid").values
    assert counts[4].mean() == 24
    assert counts[2].mean() < 8
    for silent in (0, 1):
        np.testing.assert_array_equal(counts[silent], counts[2:].min(axis=0))


def test_the_rate_of_chance_crossings_is_that_of_all_bins_at_equal_reliability():
    trials = static([6.0, 6.0, 4.0, 4.0, 6.0])
    thresholds = dict.fromkeys(np.unique(trials["stimulus"].values), 0.5)
    settings = {"n_consecutive": 1, "n_splits": 5} | QUIET
    one = ck.ost(trials, "object_name", thresholds, **settings)
    other = ck.ost(trials, "object_name", thresholds, match_reliability=True, **settings)
    assert other.attrs["match_reliability"] == "time_bin"
    assert one.attrs["match_reliability"] == "none"
    assert 0 < float(other["pre_onset_rate"]) <= 1


def test_what_cannot_be_matched_is_one_clear_line():
    acts = make_acts(np.random.default_rng(0).normal(size=(20, 3, 5)), np.repeat(["a", "b"], 10))
    with pytest.raises(InputError, match="activations have no noise"):
        ck.decode(acts, match_reliability=True, **QUIET)
    with pytest.raises(InputError, match="thins repetitions, and these are what is decoded over"):
        ck.decode(static(NOISE), match_reliability=True, cross_validate="repetitions", **QUIET)
