"""Labels of stimuli that only the activations carry, such as the columns of a table of images."""

import numpy as np
import pytest

import cornetkit as ck


@pytest.fixture
def data(planted):
    return planted(n_stimuli=60, n_units=5)


def labelled(recordings, **labels):
    """Return recordings with a label for each stimulus, by its id."""
    ids = np.unique(recordings["stimulus"].values)
    rows = np.searchsorted(ids, recordings["stimulus"].values)
    return recordings.assign_coords(
        {name: ("presentation", np.asarray(values)[rows]) for name, values in labels.items()}
    )


MOVIE = np.array([f"m{k % 12:02d}" for k in range(60)])


@pytest.mark.parametrize(
    "settings",
    [
        {"groups": "movie", "n_splits": 4},
        {"held_out": "movie", "splits": "held-out"},
        {"stratify": "movie", "splits": "stratified", "n_splits": 5},
        {"permutations": 19, "permute_within": "movie", "n_splits": 4},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_they_do_what_those_of_the_recordings_do(data, quietly, settings):
    of_acts = data.features.assign_coords(movie=("stimulus", MOVIE))
    found = quietly(of_acts.isel(stimulus=slice(None, None, -1)), data.recordings, **settings)
    expected = quietly(data.features, labelled(data.recordings, movie=MOVIE), **settings)
    plain = {
        name: value for name, value in settings.items() if name in ("n_splits", "permutations")
    }
    assert found.attrs["splits_sha256"] == expected.attrs["splits_sha256"]
    np.testing.assert_array_equal(found["r"], expected["r"])
    if "permutations" in settings:
        np.testing.assert_array_equal(found["null_score"], expected["null_score"])
        other = quietly(data.features, data.recordings, **plain)
        assert not np.array_equal(found["null_score"], other["null_score"])
    else:
        assert found.attrs["labels_of_activations"] == "movie"
        assert "labels_of_activations" not in expected.attrs
        assert (
            found.attrs["splits_sha256"]
            != quietly(data.features, data.recordings, **plain).attrs["splits_sha256"]
        )


def test_a_name_that_neither_has_comes_with_the_line_that_adds_it(data):
    of_acts = data.features.assign_coords(object_name=("stimulus", MOVIE))
    line = r"known: object_name; to add one: recordings.assign_coords\(movie=\('presentation', "
    with pytest.raises(ck.CornetkitError, match=line):
        ck.predict(of_acts, data.recordings, groups="movie")
    with pytest.raises(ck.CornetkitError, match=r"did you mean 'object_name'\?\); known: obj\w+$"):
        ck.predict(of_acts, data.recordings, groups="objectname")


def test_labels_that_differ_between_the_sides_are_refused(data, quietly):
    of_acts = data.features.assign_coords(movie=("stimulus", MOVIE))
    other = MOVIE.copy()
    other[3], other[4] = "m99", ""
    recordings = labelled(data.recordings, movie=other)
    message = (
        r"groups='movie', but movie differs between recordings and activations for 1 of 60 "
        r"stimuli \(s003: m99 and m03\); correct one of them"
    )
    with pytest.raises(ck.CornetkitError, match=message):
        ck.predict(of_acts, recordings, groups="movie")
    quietly(of_acts, recordings, splits="kfold")  # nobody asked for it


def test_numbers_are_the_same_in_any_precision(data, quietly):
    size = np.repeat(np.linspace(0.1, 0.9, 12), 5)
    of_acts = data.features.assign_coords(size=("stimulus", size.astype(np.float32)))
    quietly(of_acts, labelled(data.recordings, size=size), groups="size", n_splits=4)


def test_an_unused_whole_of_the_activations_is_noted(data, quietly):
    of_acts = data.features.assign_coords(movie=("stimulus", MOVIE))
    notes = quietly(of_acts, data.recordings).attrs["notes"]
    assert any("groups='movie' (--groups movie)" in note for note in notes)


def test_a_protocol_balances_by_the_recordings_only(data, quietly):
    """Else two models would be scored on other splits, by what their files happen to say."""
    of_acts = data.features.assign_coords(object_name=("stimulus", MOVIE))
    found, expected = (
        quietly(acts, data.recordings, protocol="brainscore", n_components=3)
        for acts in (of_acts, data.features)
    )
    assert found.attrs["splits_sha256"] == expected.attrs["splits_sha256"]
