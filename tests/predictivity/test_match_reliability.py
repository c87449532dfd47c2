"""Repetitions thinned to equal reliability, and the false contrasts that are gone then."""

import json
import warnings

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError

BINS = {
    "time_bin_start": ("time_bin", [70.0, 120.0, 170.0]),
    "time_bin_end": ("time_bin", [120.0, 170.0, 220.0]),
}


def static_code(seed=0, n=120, n_units=60, n_neuroids=20, n_repetitions=20, noise=(0.8, 1.4, 2.2)):
    """Return three steps of features, and recordings that read the last at falling reliability."""
    rng = np.random.default_rng(seed)
    late = rng.standard_normal((n, n_units))
    steps = [np.where(np.arange(n_units) < k, late, 0) for k in (10, 30, n_units)]
    features = xr.DataArray(
        np.stack(steps, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": np.arange(n), "time": [0, 1, 2]},
    )
    # Detail that the first steps lack weighs less, as in a spectrum that falls.
    weights = rng.standard_normal((n_units, n_neuroids)) / (1 + np.arange(n_units)[:, None] / 10)
    signal = late @ weights
    signal /= signal.std(axis=0)
    shape = (n, n_repetitions, n_neuroids)
    trials = [signal[:, None] + sd * rng.standard_normal(shape) for sd in noise]
    recordings = xr.DataArray(
        np.stack(trials, axis=2),
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": np.arange(n),
            "neuroid": np.arange(n_neuroids),
            "region": ("neuroid", np.repeat(["V4", "IT"], n_neuroids // 2)),
            "animal": ("neuroid", np.tile(["m0", "m1"], n_neuroids // 2)),
            **BINS,
        },
    )
    return features, recordings


def matched(recordings, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ck.CornetkitWarning)
        return ck.match_reliability(recordings, **settings)


@pytest.mark.parametrize("method", ["signal-power", "split-half"])
def test_time_bins_are_equally_reliable_afterwards(method):
    _, recordings = static_code(n=400)
    before = ck.ceiling(recordings, method=method)["ceiling_score"].values
    after = ck.ceiling(matched(recordings), method=method)["ceiling_score"].values
    assert np.ptp(before) > 0.1
    np.testing.assert_allclose(after, before[2], atol=0.02)
    assert after[2] == before[2]


def test_the_result_carries_what_it_was_thinned_to():
    result = matched(static_code()[1], rng=3)
    record = json.loads(result.attrs["match_reliability"])
    assert (record["over"], record["target"], record["seed"]) == ("time_bin", "lowest", 3)
    groups = record["groups"]
    assert [g["time_bin"] for g in groups] == ["70-120 ms", "120-170 ms", "170-220 ms"]
    assert all(g["matched"] and g["why"] == "" for g in groups)
    np.testing.assert_allclose([g["after"] for g in groups], groups[2]["before"], atol=0.01)
    counts = ck.average(result)["n_repetitions"].mean(("stimulus", "neuroid")).values
    np.testing.assert_allclose([g["repetitions_after"] for g in groups], counts, atol=1e-3)
    assert counts[0] < counts[1] < counts[2] == groups[2]["repetitions_before"] == 20


def test_a_target_is_reached_by_all():
    result = matched(static_code(n=400)[1], target=0.7)
    after = ck.ceiling(result, method="signal-power")["ceiling_score"].values
    np.testing.assert_allclose(after, 0.7, atol=0.03)


@pytest.mark.parametrize("over", ["region", "animal"])
def test_regions_and_animals_are_matched_bin_by_bin(over):
    _, recordings = static_code(n=400)
    of_first = recordings[over] == recordings[over][0]
    rng = np.random.default_rng(0)
    noisier = recordings + np.where(of_first, 2.0, 0.0) * rng.standard_normal(recordings.shape)
    result = matched(noisier, over=over)
    for part, alone in ((result, noisier),):
        medians = [
            [
                np.median(ck.ceiling(r[..., mask], method="signal-power"), axis=1)
                for mask in (of_first.values, ~of_first.values)
            ]
            for r in (part, alone)
        ]
    np.testing.assert_allclose(medians[0][0], medians[0][1], atol=0.03)
    assert (medians[1][1] - medians[1][0] > 0.05).all()
    np.testing.assert_array_equal(medians[0][0], medians[1][0])
    record = json.loads(result.attrs["match_reliability"])
    assert [g[over] for g in record["groups"][:2]] == sorted(np.unique(recordings[over]))


def test_bins_and_regions_together_have_one_target():
    result = matched(static_code(n=400)[1], over=["time_bin", "region"])
    groups = json.loads(result.attrs["match_reliability"])["groups"]
    assert len(groups) == 6
    assert np.ptp([g["after"] for g in groups]) < 0.01


def test_neuroids_that_lack_other_trials_keep_their_share():
    _, recordings = static_code(n=300)
    rng = np.random.default_rng(1)
    ragged = recordings.where(rng.random(recordings.shape) < 0.6)
    after = ck.ceiling(matched(ragged), method="signal-power")["ceiling_score"].values
    np.testing.assert_allclose(after, after[2], atol=0.025)


def test_what_is_below_the_target_with_all_repetitions_is_said():
    with pytest.warns(ck.CornetkitWarning, match=r"in 1 of 3 \(170-220 ms\): below 0.850 with all"):
        result = ck.match_reliability(static_code()[1], target=0.85)
    record = json.loads(result.attrs["match_reliability"])
    assert [g["matched"] for g in record["groups"]] == [True, True, False]
    assert record["groups"][2]["repetitions_after"] == 20


def test_what_is_above_the_target_with_one_repetition_is_said():
    _, recordings = static_code(noise=(0.3, 1.4, 4.0))
    with pytest.warns(ck.CornetkitWarning, match=r"1 of 3 \(70-120 ms\): above 0\.\d+ with one"):
        ck.match_reliability(recordings)


def test_noise_is_left_as_it_is_and_said():
    _, recordings = static_code()
    recordings[:, :, 2] = np.random.default_rng(0).standard_normal(recordings[:, :, 2].shape)
    with pytest.warns(ck.CornetkitWarning, match=r"\(170-220 ms\): not reliable beyond chance"):
        result = ck.match_reliability(recordings)
    groups = json.loads(result.attrs["match_reliability"])["groups"]
    assert groups[0]["after"] == pytest.approx(groups[1]["before"], abs=0.01)
    assert groups[2]["repetitions_after"] == 20


def test_input_is_not_modified_and_the_seed_decides():
    _, recordings = static_code()
    before = recordings.copy(deep=True)
    one, same, other = (matched(recordings, rng=seed) for seed in (1, 1, 2))
    xr.testing.assert_identical(one, same)
    assert not np.array_equal(ck.average(one), ck.average(other))
    xr.testing.assert_identical(recordings, before)


def test_a_matched_file_opens_again(tmp_path):
    result = matched(static_code()[1])
    ck.save_recordings(result, tmp_path / "matched.nc")
    again = ck.open_recordings(tmp_path / "matched.nc")
    np.testing.assert_array_equal(again, result)
    assert again.attrs["match_reliability"] == result.attrs["match_reliability"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"over": "timebin"}, r"unknown thing to match .* \(did you mean 'time_bin'\?\)"),
        ({"over": []}, r"over nothing; expected time_bin, region, animal"),
        ({"over": "session"}, r"unknown thing to match reliability over 'session'"),
        ({"target": 1.2}, r"must lie between 0 and 1, not 1\.2"),
    ],
)
def test_wrong_arguments(settings, message):
    with pytest.raises(InputError, match=message):
        ck.match_reliability(static_code()[1], **settings)


def test_what_there_is_only_one_of_cannot_be_matched():
    _, recordings = static_code()
    with pytest.raises(InputError, match="only one time bin in the recordings"):
        ck.match_reliability(recordings[:, :, :1])
    with pytest.raises(InputError, match=r"no coordinate 'animal' on neuroid; add it"):
        ck.match_reliability(recordings.drop_vars("animal"), over="animal")
    with pytest.raises(InputError, match="no time bin is reliable beyond chance"):
        ck.match_reliability(recordings[:, :1])


def contrast(scores):
    """Return first less last time bin of the score of the last step."""
    score = scores["score"].values[0, 2]
    return score[0] - score[2]


@pytest.mark.slow
def test_a_static_code_of_falling_reliability_makes_no_contrast_once_matched(quietly):
    raw, equal = [], []
    for seed in range(6):
        features, recordings = static_code(seed)
        raw.append(contrast(quietly(features, recordings, alphas=10.0)))
        scores = quietly(features, recordings, alphas=10.0, match_reliability="time_bin", rng=seed)
        equal.append(contrast(scores))
    error = np.std(equal, ddof=1) / np.sqrt(6)
    assert min(raw) > 0.04
    assert abs(np.mean(equal)) < max(2.5 * error, 0.01)
    assert abs(np.mean(equal)) < np.mean(raw) / 4


def test_scores_say_that_they_were_matched(quietly):
    features, recordings = static_code()
    scores = quietly(features, recordings, alphas=10.0, match_reliability="time_bin", rng=1)
    assert scores.attrs["match_reliability"] == "time_bin"
    record = json.loads(scores.attrs["neural_match_reliability"])
    assert record["seed"] == 1
    assert any("thinned to equal reliability over time_bin" in n for n in scores.attrs["notes"])
    direct = quietly(features, ck.match_reliability(recordings, rng=1), alphas=10.0, rng=1)
    np.testing.assert_allclose(scores["score"], direct["score"])
    assert quietly(features, recordings, alphas=10.0).attrs["match_reliability"] == "none"


def test_predict_refuses_what_cannot_be_matched(quietly):
    features, recordings = static_code()
    with pytest.raises(InputError, match=r"did you mean 'region'"):
        quietly(features, recordings, match_reliability="regions")


def test_stimuli_that_are_only_trained_on_are_not_matched(quietly):
    features, recordings = static_code(n=60, n_repetitions=4)[:2]
    ids = np.unique(recordings["stimulus"])
    both = [(ids[:30], ids[30:]), (ids[30:], ids[:30])]
    scores = quietly(features, recordings, splits=both, match_reliability="time_bin")
    assert "neural_match_reliability" in scores.attrs
    with pytest.raises(InputError, match="by all 60 stimuli, and the stored splits hold out 30"):
        quietly(features, recordings, splits=both[:1], match_reliability="time_bin")
