"""Where there is no signal to normalise by, and over which neuroids scores are normalised."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


def dense(trials):
    """Label trials of shape (stimulus, repetition, time_bin, neuroid)."""
    return xr.DataArray(
        trials,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={"stimulus": np.arange(len(trials)), "neuroid": np.arange(trials.shape[3])},
    )


def labelled(values):
    return xr.DataArray(
        values, dims=("stimulus", "unit"), coords={"stimulus": np.arange(len(values))}
    )


@pytest.fixture(scope="module", params=[1, 20])
def noise(request):
    """Forty time bins of pure noise and a last one of signal."""
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((100, request.param))
    trials = rng.standard_normal((100, 4, 41, request.param))
    trials[:, :, 40] += 2 * signal[:, None]
    return labelled(signal), dense(trials)


def test_noise_is_not_normalised(noise, quietly):
    scores = quietly(*noise, alphas=1.0)
    normalized = scores["normalized"].squeeze()
    # One-sided 5 %: two of 40, give or take.
    assert np.isfinite(normalized[:40]).sum() <= 6
    assert normalized[40].item() == pytest.approx(1, abs=0.1)
    assert np.isfinite(scores["score"]).all()
    left_out = int(np.isnan(normalized).sum())
    (note,) = [n for n in scores.attrs["notes"] if "beyond chance" in n]
    assert note.startswith(f"in {left_out} of 41 time bins the halves")
    assert note.endswith("no normalised scores there (NaN)")


def test_the_brainscore_protocol_keeps_its_numbers_with_a_note(noise, quietly):
    scores = quietly(*noise, protocol="brainscore", method="ols", n_splits=2)
    c = scores["ceiling_score"].values
    score = scores["score"].squeeze().values
    expected = np.where(c > 0, np.sign(score) * score**2 / c, np.nan)
    np.testing.assert_allclose(scores["normalized"].squeeze(), expected)
    assert any("of the protocol are noise there" in n for n in scores.attrs["notes"])


def test_the_limit_is_the_one_that_is_stated(noise, quietly):
    scores = quietly(*noise, alphas=1.0)
    n_neuroids = scores.sizes["neuroid"]
    limit = 1.645 * 1.2533 / np.sqrt(n_neuroids * 99)
    signal = scores["half_correlation"].median("neuroid") >= limit
    defined = scores["ceiling_score"] > 0
    np.testing.assert_array_equal(
        np.isfinite(scores["normalized"].squeeze()), (signal & defined).values
    )


@pytest.fixture(scope="module")
def four_stimuli_for_most():
    """Three of five neuroids respond reliably, to four stimuli: halves, but no fold to score."""
    rng = np.random.default_rng(4)
    signal = rng.standard_normal((60, 5))
    trials = signal[:, None] + 1.5 * rng.standard_normal((60, 6, 5))
    trials[:, :, :3] = signal[:, None, :3]
    trials[4:, :, :3] = np.nan
    return labelled(signal), dense(trials[:, :, None])


def test_a_neuroid_without_any_prediction_is_not_in_the_ceiling(four_stimuli_for_most, quietly):
    features, recordings = four_stimuli_for_most
    scores = quietly(features, recordings, alphas=1e-6)
    others = quietly(features, recordings[..., 3:], alphas=1e-6)
    assert scores["half_correlation"].notnull().all()
    assert scores["r"][..., :3].isnull().all()
    assert scores["normalized"].attrs["n_neuroids"] == 2
    for name in ("ceiling_score", "score", "normalized"):
        np.testing.assert_allclose(scores[name], others[name], err_msg=name)
    assert ck.ceiling(recordings)["ceiling_score"].item() == pytest.approx(1)


def test_the_ceiling_that_brainscore_prints_is_that_of_the_protocol(four_stimuli_for_most, quietly):
    features, recordings = four_stimuli_for_most
    settings = {"protocol": "brainscore", "method": "ridge", "alpha_per": "neuroid", "alphas": 1e-6}
    scores = quietly(features, recordings, **settings)
    others = quietly(features, recordings[..., 3:], **settings)
    np.testing.assert_allclose(scores["normalized"], others["normalized"])
    whole = ck.ceiling(recordings, method="brainscore")
    np.testing.assert_allclose(scores["ceiling_score"], whole["ceiling_score"])


def test_the_number_of_neuroids_is_given_bin_by_bin_where_it_differs(planted, quietly):
    data = planted(n_neuroids=4, n_bins=2)
    trials = data.recordings.copy()
    trials[trials["repetition"] > 0, 1, 0] = np.nan
    assert quietly(data.features, trials)["normalized"].attrs["n_neuroids"] == [4, 3]
    assert quietly(data.features, data.recordings)["normalized"].attrs["n_neuroids"] == 4
