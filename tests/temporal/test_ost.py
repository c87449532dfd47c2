"""ost(): solution times, what is censored and how they agree are those that were planted."""

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
from scipy.stats import norm, spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit

import cornetkit as ck
from cornetkit.temporal.first_passage import FIRST, UNSOLVED

QUIET = {"progress": False}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        yield


@pytest.fixture(scope="module")
def planted_acts():
    return acts_solved_step_by_step()


def test_planted_solution_times_are_found(planted_acts):
    acts, onset = planted_acts
    found = ck.ost(acts, "object_name", behavior_table(acts, onset, 1.4), **QUIET).isel(area=0)
    solved = onset < 99
    late = found["status"].values == UNSOLVED
    np.testing.assert_array_equal(found["stimulus"].values, acts["stimulus"].values)
    assert late[~solved].mean() > 0.6
    assert (np.abs(found["ost"].values - onset + 0.5)[solved & ~late] < 0.9).mean() > 0.8
    assert found["spearman"] > 0.85
    assert found["spearman_low"] < found["spearman"] < found["spearman_high"]


def test_shuffled_labels_solve_little(planted_acts):
    acts, onset = planted_acts
    rng = np.random.default_rng(1)
    labels = dict(
        zip(acts["stimulus"].values, rng.permutation(acts["object_name"].values), strict=True)
    )
    found = ck.ost(acts, labels, behavior_table(acts, onset), **QUIET).isel(area=0)
    assert found["solved_fraction"] < 0.35
    assert not abs(found["spearman"]) > 0.6


def test_undriven_steps_are_absent(planted_acts):
    acts, onset = planted_acts
    late = acts.assign_coords(driven=("time", [False, False] + [True] * 6))
    found = ck.ost(late, "object_name", behavior_table(acts, onset), **QUIET).isel(area=0)
    assert np.isnan(found["i1"].values[:2]).all()
    assert not np.isnan(found["i1"].values[2:]).any()
    first = found["status"].values == FIRST
    assert first.any()
    assert (found["ost"].values[first] == 2).all()


def brainscore_naive(values, names, threshold, starts, reference, seed):
    """Kar et al. 2019 with scikit-learn, image by image."""
    labels = np.unique(names)
    scores = []
    for train, test in ShuffleSplit(10, test_size=0.1, random_state=seed).split(names):
        osts, best = np.full(len(test), np.nan), [(-np.inf, None)] * len(test)
        for t, start in enumerate(starts):
            X = (values[:, t] - values[train, t].mean(0)) / values[train, t].std(0)
            peer = LogisticRegression(C=1 / (0.463 * len(train)), tol=1e-10, max_iter=9000)
            P = peer.fit(X[train], names[train]).predict_proba(X[test])
            truth = np.searchsorted(labels, names[test])
            own = P[np.arange(len(test)), truth][:, None]
            fa = P / (P + own)
            for i in range(len(test)):
                ds = []
                for c in range(len(labels)):
                    others = np.flatnonzero(truth == c)
                    if c == truth[i] or not others.size:
                        continue
                    against = fa[others, truth[i]].mean()
                    ds.append(np.clip(norm.ppf(1 - fa[i, c]) - norm.ppf(against), -5, 5))
                d = np.mean(ds) if ds else np.nan
                if not np.isnan(osts[i]):
                    continue
                if d >= threshold[test[i]]:
                    low, when = best[i]
                    osts[i] = start
                    if when is not None:
                        osts[i] = np.interp(threshold[test[i]], [low, d], [when, start])
                elif d >= best[i][0]:
                    best[i] = (d, start)
        both = ~np.isnan(osts) & ~np.isnan(reference[test])
        if both.sum() >= 3:
            scores.append(spearmanr(osts[both], reference[test][both]).statistic)
    scores = [s for s in scores if not np.isnan(s)]
    return np.mean(scores), np.std(scores) / np.sqrt(len(scores))


def test_the_brainscore_variant_equals_a_naive_loop(planted_acts):
    acts, onset = planted_acts
    means = np.repeat(acts.values, 2, axis=0)[:, 1:7]  # 96 images
    means = means + 0.5 * np.random.default_rng(3).normal(size=means.shape)
    names = np.repeat(acts["object_name"].values, 2)
    trials = make_trials(means, names, n_repetitions=1, noise=0.0, start=70.0, width=10.0)
    rng = np.random.default_rng(4)
    behavior = pd.DataFrame(
        {
            "stimulus": trials["stimulus"].values,
            "threshold": rng.uniform(0.3, 1.5, 96),
            "ost_ms": 70 + 10.0 * np.repeat(onset, 2) + rng.normal(size=96) * 20,
        }
    )
    found = ck.ost(trials, "object_name", behavior, variant="brainscore", rng=5, **QUIET)
    expected, error = brainscore_naive(
        means, names, behavior["threshold"].to_numpy(), 70 + 10.0 * np.arange(6),
        behavior["ost_ms"].to_numpy(), 5,
    )  # fmt: skip
    assert float(found["spearman"]) == pytest.approx(expected, abs=1e-3)
    assert float(found["spearman_error"]) == pytest.approx(error, abs=1e-3)
    assert np.isnan(found["spearman_low"])
    assert found.attrs["times"] == "start of a bin, ms"


def test_crossings_before_onset_are_counted_and_told():
    objects, pattern = object_patterns(40, 2, 12, 1.0)
    means = np.zeros((40, 8, 12))
    means[:, 6:] = pattern[:, None]
    trials = make_trials(means, objects, n_repetitions=2, start=-80.0, noise=1.0)
    behavior = dict.fromkeys(trials["stimulus"].values.tolist(), 0.0)
    found = ck.ost(trials, "object_name", behavior, **QUIET)
    assert 0.2 < found["pre_onset_rate"] <= 1
    assert any("before onset, by noise alone" in note for note in found.attrs["notes"])
    # Bins that start before onset are not searched.
    assert np.nanmin(found["ost"]) >= 10.0


def test_bins_without_limits_are_numbered():
    objects, pattern = object_patterns(24, 2, 8, 1.0)
    trials = make_trials(np.repeat(pattern[:, None], 3, axis=1), objects)
    bare = trials.drop_vars(["time_bin_start", "time_bin_end"])
    found = ck.ost(bare, "object_name", dict.fromkeys(trials["stimulus"].values, 0.1), **QUIET)
    assert found.attrs["times"] == "numbers of time bins"
    assert found["ost"].attrs["units"] == "time bins"
    assert np.isnan(found["pre_onset_rate"])


def test_thresholds_come_of_trials(planted_acts, tmp_path):
    acts, _ = planted_acts
    rng = np.random.default_rng(0)
    names = acts["object_name"].values
    rows = []
    for image, name in zip(acts["stimulus"].values, names, strict=True):
        for other in sorted(set(names) - {name}):
            for _ in range(6):
                choice = name if rng.uniform() < 0.8 else other
                rows.append((image, name, other, choice))
    trials = pd.DataFrame(rows, columns=["stimulus", "sample", "distractor", "choice"])
    trials.to_csv(tmp_path / "trials.csv", index=False)
    found = ck.ost(acts, "object_name", str(tmp_path / "trials.csv"), **QUIET)
    expected = ck.behavioral_signatures(trials)["i1"].sel(stimulus=acts["stimulus"].values)
    np.testing.assert_allclose(found["threshold"], expected)
    assert found.attrs["compared_with"] == "none"


def test_the_times_of_recordings_can_be_compared_with(planted_acts):
    acts, onset = planted_acts
    trials = make_trials(acts.values, acts["object_name"].values, noise=0.2)
    behavior = behavior_table(acts, onset)
    neural = ck.ost(trials, "object_name", behavior, **QUIET)
    found = ck.ost(acts, "object_name", behavior, reference=neural, **QUIET)
    assert found["spearman"].item() > 0.8
    assert found.attrs["compared_with"] == "the reference"
    np.testing.assert_array_equal(found["reference_ost"], neural["ost"])


def test_thresholds_of_images_never_shown_can_be_left_out(planted_acts):
    acts, _ = planted_acts
    found = ck.ost(acts, "object_name", {"x": 1.0, "s000": 1.0}, join="inner", **QUIET)
    assert found.attrs["n_thresholds"] == 1
    assert any("left out 1 thresholds" in note for note in found.attrs["notes"])


def test_too_few_bins_before_onset_for_a_run_are_told():
    objects, pattern = object_patterns(40, 2, 12, 1.0)
    means = np.repeat(pattern[:, None], 4, axis=1)
    trials = make_trials(means, objects, n_repetitions=2, start=-20.0, noise=1.0)
    thresholds = dict.fromkeys(trials["stimulus"].values, 0.5)
    found = ck.ost(trials, "object_name", thresholds, **QUIET)
    assert np.isnan(found["pre_onset_rate"])
    assert any("1 of the time bins end before onset, fewer than" in n for n in found.attrs["notes"])
