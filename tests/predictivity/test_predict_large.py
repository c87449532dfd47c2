"""Ridge on more stimuli than are taken exactly: on leading components, and said so."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.predictivity import large

N, UNITS = 60, 150


@pytest.fixture
def data(planted):
    return planted(n_stimuli=N, n_units=UNITS, n_neuroids=4, n_bins=2)


@pytest.fixture
def beyond_the_limit(monkeypatch):
    """Take 30 stimuli for many."""

    def take(n_components, n_left_out=10**6):
        monkeypatch.setattr(large, "MOST_EXACT", 30)
        monkeypatch.setattr(large, "N_COMPONENTS", n_components)
        monkeypatch.setattr(large, "N_LEFT_OUT", n_left_out)

    return take


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"alpha_per": "all"},
        {"alphas": 3.0},
        {"alphas": "brainscore"},
        {"splits": "shuffle", "n_splits": 3},
    ],
    ids=str,
)
def test_all_components_and_all_stimuli_give_the_exact_scores(
    data, quietly, beyond_the_limit, settings
):
    exact = quietly(data.features, data.recordings, **settings)
    beyond_the_limit(N)
    found = quietly(data.features, data.recordings, **settings)
    assert (exact.attrs["form"], found.attrs["form"]) == ("dual", "sketched")
    np.testing.assert_allclose(found["r"], exact["r"], atol=1e-8)
    np.testing.assert_allclose(found["alpha"], exact["alpha"], rtol=1e-9)
    np.testing.assert_array_equal(found["alpha_at_edge"], exact["alpha_at_edge"])


def test_neuroids_without_some_responses_are_fitted_on_the_others(data, quietly, beyond_the_limit):
    recordings = data.recordings.copy(deep=True)
    stimulus = recordings["stimulus"].values
    recordings.values[np.isin(stimulus, np.unique(stimulus)[::7]), :, 1] = np.nan
    recordings.values[:, :, 3] = np.nan
    # A relative grid is scaled to the stimuli of a fit, here to all.
    exact = quietly(data.features, recordings, alphas=[1.0, 30.0, 900.0])
    beyond_the_limit(N)
    found = quietly(data.features, recordings, alphas=[1.0, 30.0, 900.0])
    # The components are those of all training stimuli, which only adds to the features' span.
    np.testing.assert_allclose(found["r"], exact["r"], atol=1e-8)
    np.testing.assert_array_equal(found["undefined"], exact["undefined"])


def test_scores_say_what_they_are_scores_of(data, quietly, beyond_the_limit):
    beyond_the_limit(5, 20)
    found = quietly(data.features, data.recordings)
    assert found.attrs["sketch_components"] == 5
    assert found.attrs["sketch_readings"] == 3
    assert found.attrs["sketch_left_out"] == 20
    [note] = [note for note in found.attrs["notes"] if "leading components" in note]
    assert "54 training stimuli are more than the 30 that ridge is fitted to exactly" in note
    assert "the 5 leading components of the features, which hold" in note


def test_exact_scores_say_nothing_of_it(data, quietly):
    attrs = quietly(data.features, data.recordings).attrs
    assert not [name for name in attrs if name.startswith("sketch")]


def test_the_seed_is_that_of_the_scores(data, quietly, beyond_the_limit):
    beyond_the_limit(5, 20)
    one, same = (quietly(data.features, data.recordings, rng=3)["r"] for _ in range(2))
    np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "pls", "n_components": 4},
        {"method": "ols"},
        {"standardize": True},
        {"normalization": "%EV"},
        {"groups": "movie"},
    ],
    ids=str,
)
def test_what_has_no_short_cut_is_exact(data, quietly, beyond_the_limit, settings):
    recordings = data.recordings
    number = np.unique(recordings["stimulus"].values, return_inverse=True)[1]
    recordings = recordings.assign_coords(movie=("presentation", number // 2))
    expected = quietly(data.features, recordings, **settings)
    beyond_the_limit(5)
    found = quietly(data.features, recordings, **settings)
    assert found.attrs["form"] == "dual"
    np.testing.assert_array_equal(found["r"], expected["r"])


def test_fewer_units_than_the_limit_are_exact(planted, quietly, beyond_the_limit):
    small = planted(n_stimuli=N, n_units=12)
    beyond_the_limit(5)
    assert quietly(small.features, small.recordings).attrs["form"] == "primal"


def test_constant_features_have_no_score(data, quietly, beyond_the_limit):
    beyond_the_limit(5)
    constant = xr.full_like(data.features, 0.1)
    found = quietly(constant, data.recordings)
    assert np.isnan(found["r"]).all()
    assert any("constant over the stimuli" in note for note in found.attrs["notes"])


def test_copies_of_an_image_are_found(data, quietly, beyond_the_limit):
    features = data.features.copy(deep=True)
    features.values[1] = features.values[0]
    beyond_the_limit(5)
    notes = quietly(features, data.recordings).attrs["notes"]
    assert any("same features as another one" in note for note in notes)
