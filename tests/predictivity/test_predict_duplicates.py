"""Copies of an image under other ids are found and named."""

import numpy as np
import pytest
import xarray as xr

METHODS = [
    {"method": "ridge"},
    {"method": "ols"},
    {"method": "best-unit"},
    {"method": "ridge", "dtype": "float32"},
]


def notes_of(scores):
    return [note for note in scores.attrs["notes"] if "same features" in note]


def with_copies(features, first=3, n=10):
    """Return features whose last n stimuli are copies of those from `first` on."""
    values = features.values.copy()
    values[-n:] = values[first : first + n]
    return features.copy(data=values)


@pytest.mark.parametrize("settings", METHODS, ids=str)
def test_copies_are_counted_and_named(planted, quietly, settings):
    data = planted(n_units=300)
    (note,) = notes_of(quietly(with_copies(data.features), data.recordings, **settings))
    assert note.startswith("10 of 60 stimuli have the same features as another one (s003 = s050, ")
    assert "inflate scores" in note


@pytest.mark.parametrize("settings", METHODS, ids=str)
def test_different_stimuli_are_not(planted, quietly, settings):
    data = planted(n_units=300)
    close = data.features.copy()
    close[1] = close[0] + 0.01 * close[2]
    assert notes_of(quietly(close, data.recordings, **settings)) == []


def test_copies_differ_by_rounding_only(planted, quietly):
    data = planted(n_units=300)
    rng = np.random.default_rng(0)
    copies = with_copies(data.features)
    rounded = copies * (1 + 1e-7 * rng.standard_normal(copies.shape))
    assert len(notes_of(quietly(rounded, data.recordings))) == 1


def test_three_of_a_kind_are_two_copies(planted, quietly):
    data = planted(n_units=30)
    features = data.features.copy()
    features[[7, 20]] = features[2]
    (note,) = notes_of(quietly(features, data.recordings))
    assert note.startswith(
        "2 of 60 stimuli have the same features as another one (s002 = s007, s00"
    )


@pytest.mark.parametrize("method", ["ridge", "best-unit"])
def test_one_note_for_all_steps_and_only_for_what_is_the_same_at_all(planted, quietly, method):
    data = planted(n_units=30)
    one, other = with_copies(data.features), with_copies(data.features, n=5, first=8)
    constant = xr.zeros_like(one)
    steps = xr.concat([constant, one, one, other], "time").assign_coords(time=[0, 1, 2, 3])
    # Of the last five stimuli the copies agree in both; the five before are copies in one only.
    (note,) = notes_of(quietly(steps, data.recordings, method=method))
    assert note.startswith("5 of 60 stimuli have the same features as another one (s008 = s055")


def test_copies_inflate_what_unrelated_features_score(planted, quietly):
    # What the note is about: nothing relates the features to the responses but the copies.
    rng = np.random.default_rng(1)
    data = planted(n_stimuli=100, n_neuroids=20)
    signal = np.tile(rng.standard_normal((50, 20)), (2, 1))
    trials = np.repeat(signal, 4, axis=0) + rng.standard_normal((400, 20))
    recordings = data.recordings.copy(data=trials[:, None])
    features = np.tile(rng.standard_normal((50, 300)), (2, 1))
    copies = xr.DataArray(
        features, dims=("stimulus", "unit"), coords={"stimulus": data.features["stimulus"]}
    )
    scores = quietly(copies, recordings)
    assert scores["score"].item() > 0.5
    assert notes_of(scores)[0].startswith("50 of 100 stimuli")
    once = quietly(copies[:50], recordings[recordings["stimulus"] < "s050"])
    assert abs(once["score"].item()) < 0.2
