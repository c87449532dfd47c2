"""Ceilings by every method: planted reliabilities, missing repetitions, reasons."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.predictivity import save_ceiling
from cornetkit.simulation import simulate_recordings

METHODS = ["split-half", "brainscore", "signal-power", "nsd"]
PER_NEUROID = ["split-half", "signal-power", "nsd"]


@pytest.fixture(scope="module")
def planted_reliability():
    rng = np.random.default_rng(0)
    features = xr.DataArray(
        rng.standard_normal((1000, 1, 40)),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": np.arange(1000), "time": [0]},
    )
    reliability = np.repeat([0.2, 0.5, 0.9], 30)
    return simulate_recordings(
        features, [0, 0], n_neuroids=90, reliability=reliability, n_repetitions=10, rng=rng
    )


@pytest.mark.parametrize("method", METHODS)
def test_planted_reliabilities_are_recovered_in_every_bin(planted_reliability, method):
    n_halves = 20 if method == "split-half" else None
    found = ck.ceiling(planted_reliability, method=method, n_halves=n_halves)
    for value in (0.2, 0.5, 0.9):
        here = found.values[:, planted_reliability["planted_reliability"] == value]
        np.testing.assert_allclose(here.mean(axis=1), value, atol=0.02)


@pytest.mark.parametrize("method", PER_NEUROID)
def test_repetitions_missing_from_neuroid_to_neuroid_lower_each_ceiling_as_they_should(method):
    # Of 12 repetitions every neuroid lacks others, and each as many as its number says.
    rng = np.random.default_rng(1)
    n, n_neuroids = 600, 40
    signal = rng.standard_normal((n, n_neuroids))
    trials = signal[:, None] + 1.5 * rng.standard_normal((n, 12, n_neuroids))
    left = np.tile([2, 4, 7, 12], 10)
    rank = rng.random(trials.shape).argsort(axis=1).argsort(axis=1)
    trials[rank >= left] = np.nan
    n_halves = 20 if method == "split-half" else None
    found = ck.ceiling(dense(trials), method=method, n_halves=n_halves).values[0]
    for count in (2, 4, 7, 12):
        expected = 1 / (1 + 1.5**2 / count)
        assert found[left == count].mean() == pytest.approx(expected, abs=0.03)


def dense(trials):
    """Label trials of shape (stimulus, repetition, neuroid)."""
    return xr.DataArray(
        trials[:, :, None],
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": np.arange(len(trials)), "neuroid": np.arange(trials.shape[2])},
    )


@pytest.fixture(scope="module")
def troubled():
    """Neuroids with every trouble in turn, and a last one with none."""
    rng = np.random.default_rng(2)
    trials = rng.standard_normal((30, 1, 7)) + 0.3 * rng.standard_normal((30, 2, 7))
    trials[:, :, 0] = np.nan
    trials[:, :, 1] = 0.1
    trials[:, 1, 2] = np.nan
    trials[2:, 1, 3] = np.nan
    trials[:, 1, 4] = -trials[:, 0, 4]
    trials[:, :, 5] = 0.1 + 1e-17 * rng.standard_normal((30, 2))
    return dense(trials)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_undefined_is_nan_and_says_why(troubled, method):
    found = ck.ceiling(troubled, method=method)
    assert found["reason"].values[0].tolist() == [
        "no response",
        "constant",
        "fewer than 2 repetitions",
        "fewer than 3 stimuli with 2 repetitions",
        "not positive",
        "constant",
        "",
    ]
    assert np.isnan(found.values[0]).tolist() == [True] * 6 + [False]
    assert found.attrs["n_undefined"] == 6
    assert found.attrs["reasons"].startswith("2 constant, ")


@pytest.mark.parametrize("method", METHODS)
def test_two_stimuli_have_no_ceiling(troubled, method):
    found = ck.ceiling(troubled.isel(stimulus=slice(2), neuroid=[6]), method=method)
    assert found["reason"].item() == "fewer than 3 stimuli with 2 repetitions"
    assert np.isnan(found.item())
    assert np.isnan(found["ceiling_score"].item())


@pytest.mark.parametrize("method", METHODS)
def test_one_repetition_has_no_ceiling(troubled, method):
    found = ck.ceiling(troubled.isel(repetition=[0], neuroid=[6]), method=method)
    assert found["reason"].item() == "fewer than 2 repetitions"
    assert np.isnan(found.item())


@pytest.mark.parametrize("method", PER_NEUROID)
def test_a_neuroid_that_is_not_positive_ranks_lowest_in_the_median(troubled, method):
    three = troubled.isel(neuroid=[4, 4, 6]).assign_coords(neuroid=["a", "b", "c"])
    assert np.isnan(ck.ceiling(three, method=method)["ceiling_score"].item())
    one = troubled.isel(neuroid=[4, 6, 6]).assign_coords(neuroid=["a", "b", "c"])
    found = ck.ceiling(one, method=method)
    assert found["ceiling_score"].item() == found.values[0, 2]


@pytest.mark.parametrize("method", METHODS)
def test_a_time_bin_by_itself_has_the_same_ceiling(planted, method):
    recordings = planted(n_bins=3).recordings
    whole, alone = (ck.ceiling(r, method=method) for r in (recordings, recordings[:, 1:2]))
    np.testing.assert_allclose(whole[1:2], alone, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_trials_and_single_precision_change_nothing(planted, method):
    recordings = planted(n_bins=2, n_repetitions=5).recordings
    before = recordings.copy(deep=True)
    expected = ck.ceiling(recordings, method=method)
    order = np.random.default_rng(4).permutation(recordings.sizes["presentation"])
    shuffled = ck.ceiling(recordings.isel(presentation=order), method=method)
    xr.testing.assert_allclose(expected, shuffled, rtol=1e-12)
    single = ck.ceiling(recordings.astype("float32"), method=method)
    np.testing.assert_allclose(single, expected, atol=1e-5)
    xr.testing.assert_identical(recordings, before)


def test_stimuli_shown_once_take_no_memory_of_repetitions_they_lack():
    # Padded to 200 repetitions this would be 6.4 GB, more than is allowed.
    rng = np.random.default_rng(5)
    stimulus = np.concatenate([np.arange(20_000), np.repeat([0, 1, 2, 3], 199)])
    trials = xr.DataArray(
        rng.standard_normal((len(stimulus), 1, 200)),
        dims=("presentation", "time_bin", "neuroid"),
        coords={"stimulus": ("presentation", stimulus), "neuroid": np.arange(200)},
    )
    for method in ("signal-power", "nsd"):
        found = ck.ceiling(trials, method=method)
        assert (found["half_stimuli"] == 4).all()
        assert found["repetitions"].values == pytest.approx(20_796 / 20_000)


def test_methods_by_variance_say_what_they_rest_on(planted):
    recordings = planted(n_stimuli=400, n_repetitions=8, noise=2.0).recordings
    power = ck.ceiling(recordings, method="signal-power")
    np.testing.assert_allclose(power["noise_power"], 4, rtol=0.1)
    share = power["signal_power"] / (power["signal_power"] + power["noise_power"] / 8)
    np.testing.assert_allclose(power, share)
    nsd = ck.ceiling(recordings, method="nsd")
    np.testing.assert_allclose(nsd, nsd["ncsnr"] ** 2 / (nsd["ncsnr"] ** 2 + 1 / 8))
    half = power["half_correlation"]
    np.testing.assert_allclose(power, 2 * half / (1 + half))


def test_a_noise_free_neuroid_has_a_ceiling_of_one():
    signal = np.random.default_rng(6).standard_normal((20, 1, 2))
    for method in METHODS:
        found = ck.ceiling(dense(np.repeat(signal, 3, axis=1)), method=method)
        np.testing.assert_allclose(found, 1)


def test_reasons_survive_a_file(troubled, tmp_path):
    found = ck.ceiling(troubled, method="nsd")
    save_ceiling(found, tmp_path / "c.nc")
    with xr.open_dataset(tmp_path / "c.nc") as stored:
        xr.testing.assert_equal(stored["ceiling"].load(), found)
        assert stored["reason"].values.tolist() == found["reason"].values.tolist()
        assert stored["ceiling"].attrs["method"] == "nsd"


def test_reasons_that_are_all_empty_survive_a_file(planted, tmp_path):
    found = ck.ceiling(planted().recordings)
    save_ceiling(found, tmp_path / "c.nc")
    with xr.open_dataset(tmp_path / "c.nc") as stored:
        assert (stored["reason"] == "").all()


def test_a_number_of_halves_below_one_is_refused(planted):
    with pytest.raises(InputError, match="0 halves were asked for; expected at least 1"):
        ck.ceiling(planted().recordings, n_halves=0)
    with pytest.raises(InputError, match="n_halves=5 was given, and nsd draws no halves"):
        ck.ceiling(planted().recordings, method="nsd", n_halves=5)
    with pytest.raises(InputError, match=r"n_halves must be a whole number, not 2\.5"):
        ck.ceiling(planted().recordings, n_halves=2.5)


def test_a_window_and_bins_are_those_of_rebinned_recordings(planted):
    recordings = planted(n_stimuli=40).recordings
    start = float(recordings["time_bin_start"].values[0])
    end = float(recordings["time_bin_end"].values[-1])
    found = ck.ceiling(recordings, window=(start, end))
    xr.testing.assert_equal(found, ck.ceiling(ck.rebin(recordings, window=(start, end))))
    assert (found.attrs["window"], found.attrs["bins"]) == ([start, end], "none")
    width = end - start
    found = ck.ceiling(recordings, bins=width)
    xr.testing.assert_equal(found, ck.ceiling(ck.rebin(recordings, width=width)))
    assert (found.attrs["window"], found.attrs["bins"]) == ("none", width)


def test_scores_are_normalised_by_the_ceiling_asked_for(planted, quietly):
    data = planted(n_stimuli=60, n_repetitions=5)
    for method in METHODS:
        scores = quietly(data.features, data.recordings, ceiling=method)
        np.testing.assert_array_equal(scores["ceiling"], ck.ceiling(data.recordings, method=method))
        assert (scores.attrs["ceiling"], scores["ceiling"].attrs["method"]) == (method, method)
        assert (scores["ceiling_reason"] == "").all()
        np.testing.assert_allclose(
            scores["normalized"], scores["score"] / np.sqrt(scores["ceiling_score"])
        )
    assert quietly(data.features, data.recordings).attrs["ceiling"] == "split-half"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("signalpower", r"unknown ceiling method.*\(did you mean 'signal-power'\?\)"),
        ("between-animals", r"is what animals share; take one of split-half, .*ck\.ceiling\("),
    ],
)
def test_ceilings_that_scores_cannot_be_normalised_by(planted, given, message):
    data = planted()
    with pytest.raises(InputError, match=message):
        ck.predict(data.features, data.recordings, ceiling=given)


def test_without_signal_the_note_speaks_of_signal_not_of_halves(quietly, troubled):
    features = xr.DataArray(
        np.random.default_rng(0).standard_normal((30, 5)),
        dims=("stimulus", "unit"),
        coords={"stimulus": np.arange(30)},
    )
    scores = quietly(features, troubled.isel(neuroid=[4, 6]), ceiling="signal-power")
    assert any("no signal above the noise" in note for note in scores.attrs["notes"])
    assert scores["ceiling_reason"].values.tolist() == [["not positive", ""]]
