"""Split-half ceilings of labelled recordings."""

from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.simulation import simulate_recordings


@pytest.fixture(scope="module")
def recordings(planted):
    return planted(n_stimuli=40, n_neuroids=5, n_repetitions=6, n_bins=2).recordings


def test_labels(recordings):
    ceiling = ck.ceiling(recordings)
    assert ceiling.dims == ("time_bin", "neuroid")
    assert ceiling["half_correlation"].dims == ("time_bin", "neuroid")
    assert ceiling["ceiling_score"].dims == ("time_bin",)
    assert ceiling["neuroid"].values.tolist() == [f"n{k}" for k in range(5)]
    assert ceiling["time_bin_start"].values.tolist() == [70, 90]
    assert ceiling.attrs["units"] == "r^2"


def test_halves_are_corrected_once_and_the_median_is_taken(recordings):
    ceiling = ck.ceiling(recordings)
    half = ceiling["half_correlation"].values
    np.testing.assert_allclose(ceiling, 2 * half / (1 + half))
    np.testing.assert_allclose(ceiling["ceiling_score"], np.median(ceiling, axis=1))


def test_planted_reliabilities_are_recovered():
    rng = np.random.default_rng(0)
    features = xr.DataArray(
        rng.standard_normal((1000, 1, 40)),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": np.arange(1000), "time": [0]},
    )
    planted = np.repeat([0.2, 0.5, 0.9], 12)
    recordings = simulate_recordings(
        features, [0], n_neuroids=36, reliability=planted, n_repetitions=10, rng=rng
    )
    found = ck.ceiling(recordings, n_halves=30).squeeze("time_bin").values
    for value in (0.2, 0.5, 0.9):
        assert found[planted == value].mean() == pytest.approx(value, abs=0.03)


def test_halves_that_do_not_correlate_have_no_ceiling_and_rank_lowest():
    # Neuroid by neuroid: clear signal, clear signal, and repetitions that contradict each other.
    rng = np.random.default_rng(1)
    signal = rng.standard_normal((30, 3))
    trials = np.stack([signal, signal + 0.3 * rng.standard_normal((30, 3))], axis=1)
    trials[:, 1, 1] += rng.standard_normal(30)
    trials[:, 1, 2] = -trials[:, 0, 2]
    recordings = xr.DataArray(
        trials[:, :, None],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": np.arange(30), "neuroid": ["a", "b", "c"]},
    )
    ceiling = ck.ceiling(recordings)
    assert np.isnan(ceiling.sel(neuroid="c")).all()
    assert ceiling["half_correlation"].sel(neuroid="c").item() == pytest.approx(-1)
    # The median of three with the contradicting one at the bottom is the lower of the two others.
    assert ceiling["ceiling_score"].item() == ceiling.min().item()
    assert ceiling.attrs["n_undefined"] == 1
    assert np.isnan(ck.ceiling(recordings, method="brainscore").sel(neuroid="c")).all()


def test_no_ceiling_score_where_most_neuroids_have_none():
    rng = np.random.default_rng(2)
    trials = rng.standard_normal((30, 2, 1, 3))
    trials[:, 1] = -trials[:, 0]
    recordings = xr.DataArray(
        trials,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": np.arange(30), "neuroid": ["a", "b", "c"]},
    )
    assert np.isnan(ck.ceiling(recordings)["ceiling_score"]).all()


@pytest.mark.parametrize("method", ["split-half", "brainscore"])
def test_one_repetition_has_no_ceiling(recordings, method):
    once = ck.ceiling(recordings[recordings["repetition"] == 0], method=method)
    assert np.isnan(once).all()
    assert np.isnan(once["ceiling_score"]).all()


def test_stimuli_shown_once_change_the_correction_only(recordings):
    mixed = recordings[(recordings["repetition"] == 0) | (recordings["stimulus"] < "s020")]
    repeated = recordings[recordings["stimulus"] < "s020"]
    one, other = ck.ceiling(mixed), ck.ceiling(repeated)
    for name in ("half_correlation", "half_stimuli"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12)
    np.testing.assert_allclose(other["lengthening"], 2)
    np.testing.assert_allclose(one["lengthening"], (1 / 3) / ((1 + 1 / 6) / 2))
    assert (one.attrs["n_extrapolated"], other.attrs["n_extrapolated"]) == (5, 0)


@pytest.mark.parametrize(
    ("n_repetitions", "k", "extrapolated"),
    [(2, 2, False), (3, 3, True), (9, 2.25, True), (11, 2.2, False)],
)
def test_about_twice_the_data_is_doubled_and_other_lengths_are_not(n_repetitions, k, extrapolated):
    trials = known_reliability(100, [n_repetitions] * 100).recordings
    ceiling = ck.ceiling(trials, n_halves=5)
    half = ceiling["half_correlation"]
    used = k if extrapolated else 2
    np.testing.assert_allclose(ceiling["lengthening"], k)
    np.testing.assert_allclose(ceiling, used * half / (1 + (used - 1) * half))
    assert ceiling.attrs["n_extrapolated"] == (20 if extrapolated else 0)


UNEQUAL = {
    "3 of all": [3] * 600,
    "once or 10": [1, 10] * 300,
    "3 or 10": [3, 10] * 300,
    "270 once and 30 x 30": [1] * 270 + [30] * 30,
}


@pytest.mark.parametrize("counts", UNEQUAL.values(), ids=UNEQUAL)
def test_the_reliability_of_the_scored_means_is_recovered(counts):
    data = known_reliability(len(counts), counts)
    score = ck.ceiling(data.recordings, n_halves=30)["ceiling_score"].item()
    assert score == pytest.approx(data.reliability, abs=0.03)


@pytest.mark.parametrize("counts", UNEQUAL.values(), ids=UNEQUAL)
def test_an_oracle_of_unequal_repetitions_normalises_to_one(counts, quietly):
    data = known_reliability(len(counts), counts)
    # The features are the planted signals themselves, and nothing has to be fitted.
    scores = quietly(data.signal, data.recordings, method="best-unit")
    assert scores["normalized"].item() == pytest.approx(1, abs=0.03)
    assert any("ceilings of 20 of 20 neuroids are extra" in n for n in scores.attrs["notes"])


class Known(NamedTuple):
    """Trials, the signal in them, and the share of it in the means over all trials."""

    recordings: xr.DataArray
    signal: xr.DataArray
    reliability: float


def known_reliability(n_stimuli, counts, n_neuroids=20, noise=1.5):
    rng = np.random.default_rng(8)
    # Signals of exactly unit variance, among the repeated stimuli too: what is tested is the
    # formula, not the luck of drawing few stimuli.
    signal = rng.standard_normal((n_stimuli, n_neuroids))
    for n in set(counts):
        same = np.array(counts) == n
        signal[same] -= signal[same].mean(axis=0)
        signal[same] /= signal[same].std(axis=0)
    row = np.repeat(np.arange(n_stimuli), counts)
    trials = signal[row] + noise * rng.standard_normal((len(row), n_neuroids))
    stimulus = [f"s{i:04d}" for i in range(n_stimuli)]
    recordings = xr.DataArray(
        trials[:, None],
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.take(stimulus, row)),
            "repetition": ("presentation", np.concatenate([np.arange(n) for n in counts])),
            "neuroid": np.arange(n_neuroids),
        },
    )
    features = xr.DataArray(signal, dims=("stimulus", "unit"), coords={"stimulus": stimulus})
    return Known(recordings, features, 1 / (1 + noise**2 * np.mean(1 / np.array(counts))))


@pytest.mark.parametrize("method", ["split-half", "brainscore"])
def test_the_order_of_trials_changes_nothing(recordings, method):
    order = np.random.default_rng(4).permutation(recordings.sizes["presentation"])
    shuffled = ck.ceiling(recordings.isel(presentation=order), method=method)
    xr.testing.assert_allclose(ck.ceiling(recordings, method=method), shuffled, rtol=1e-12)


def test_dense_recordings_and_trial_rows_agree(recordings):
    dense = recordings.set_index(presentation=["stimulus", "repetition"]).unstack("presentation")
    dense = dense.reset_coords(drop=True).assign_coords(neuroid=recordings["neuroid"].values)
    np.testing.assert_allclose(ck.ceiling(dense), ck.ceiling(recordings), rtol=1e-12)


def test_rng_reproduces(recordings):
    same = [ck.ceiling(recordings, n_halves=5, rng=3) for _ in range(2)]
    xr.testing.assert_identical(*same)
    assert not np.allclose(same[0], ck.ceiling(recordings, n_halves=5, rng=4))


def test_only_the_stimuli_asked_for(recordings):
    wanted = [f"s{i:03d}" for i in range(10)]
    some = ck.ceiling(recordings, stimuli=wanted)
    direct = ck.ceiling(recordings[recordings["stimulus"].isin(wanted)])
    xr.testing.assert_identical(some, direct)
    assert (some.attrs["n_stimuli"], ck.ceiling(recordings).attrs["n_stimuli"]) == (10, 40)


@pytest.mark.parametrize(
    ("stimuli", "message"),
    [
        (["x"], r"do not hold 1 of the 1 stimuli that were asked for \(x\)"),
        (["s001", "x", "s002", "y"], r"do not hold 2 of the 4 stimuli .* \(x, y\)"),
        ("s1", r"do not hold 1 of the 1 stimuli .* \(s1\)"),
        ([], r"there were none"),
    ],
    ids=str,
)
def test_stimuli_that_are_not_there_are_named(recordings, stimuli, message):
    with pytest.raises(InputError, match=message):
        ck.ceiling(recordings, stimuli=stimuli)


def test_unknown_method(recordings):
    with pytest.raises(
        InputError, match=r"unknown ceiling method.*\(did you mean 'split-half'\?\)"
    ):
        ck.ceiling(recordings, method="splithalf")
