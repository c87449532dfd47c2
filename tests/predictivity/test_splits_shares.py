"""Neuroids without a correlation in some splits: why, how many, and what they count for."""

import numpy as np
import pytest

from cornetkit.predictivity import score_table
from cornetkit.predictivity.undefined import REASONS

CODE = {name: code for code, name in enumerate(REASONS)}


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=60, n_units=10, n_neuroids=4)


def sparse(recordings, n_responding, neuroid=1):
    """Return recordings in which a neuroid responds to its first stimuli only."""
    changed = recordings.copy()
    silent = changed["stimulus"].values >= f"s{n_responding:03d}"
    changed[silent, :, neuroid] = 0.0
    return changed


def pairs_of(data, n_folds):
    """Return folds of neighbouring stimuli."""
    ids = data.features["stimulus"].values
    return [
        (np.delete(ids, test), ids[test]) for test in np.array_split(np.arange(len(ids)), n_folds)
    ]


def test_a_neuroid_with_few_defined_splits_is_not_normalised(data, quietly):
    # Its responses lie in two held-out sets of five, and vary there alone.
    pairs = pairs_of(data, 5)
    scores = quietly(data.features, sparse(data.recordings, 24), splits=pairs)
    defined = np.isfinite(scores["r"].squeeze()).sum("split").values
    assert defined.tolist() == [5, 2, 5, 5]
    others = quietly(data.features, data.recordings.isel(neuroid=[0, 2, 3]), splits=pairs)
    np.testing.assert_allclose(scores["normalized"], others["normalized"], atol=1e-12)
    np.testing.assert_allclose(scores["ceiling_score"], others["ceiling_score"], atol=1e-12)
    attrs = scores["normalized"].attrs
    assert (attrs["n_neuroids"], attrs["n_too_few_splits"]) == (3, 1)
    assert "at least 50% of the splits" in attrs["neuroids"]
    assert scores.attrs["min_split_share"] == 0.5
    assert [n for n in scores.attrs["notes"] if n.startswith("1 neuroids have a correlation in fe")]


def test_half_of_the_splits_is_enough(data, quietly):
    scores = quietly(data.features, sparse(data.recordings, 30), splits=pairs_of(data, 4))
    defined = np.isfinite(scores["r"].squeeze()).sum("split").values
    assert defined.tolist() == [4, 2, 4, 4]
    assert scores["normalized"].attrs["n_neuroids"] == 4


def test_frozen_protocols_count_every_neuroid(data, quietly):
    settings = {"protocol": "brainscore", "n_components": 3}
    scores = quietly(data.features, sparse(data.recordings, 12), **settings)
    assert scores["normalized"].attrs["n_too_few_splits"] == 0
    assert scores.attrs["min_split_share"] == 0


def test_every_undefined_correlation_has_its_reason(data, quietly):
    recordings = sparse(data.recordings, 24)
    recordings[..., 2] = np.nan
    few = ~np.isin(recordings["stimulus"].values, ["s000", "s001", "s002", "s003"])
    recordings[few, :, 3] = np.nan
    scores = quietly(data.features, recordings, splits=pairs_of(data, 5))
    why, r = scores["undefined"].squeeze(), scores["r"].squeeze()
    np.testing.assert_array_equal(why == 0, r.notnull())
    assert (why[:, 0] == 0).all()
    assert set(np.unique(why[:, 1])) == {0, CODE["constant_response"]}
    assert (why[:, 2] == CODE["no_response"]).all()
    assert (why[:, 3] == CODE["too_few_stimuli"]).all()
    assert scores["undefined"].attrs["flag_meanings"].split() == list(REASONS)


def test_constant_features_and_predictions_are_told_apart(data, quietly):
    flat = quietly(0 * data.features, data.recordings)
    assert (flat["undefined"] == CODE["constant_features"]).all()
    code = data.features.copy(data=np.pad(np.eye(10), ((0, 50), (0, 0))))
    scores = quietly(code, data.recordings, n_splits=2)
    undefined = scores["r"].isnull()
    assert undefined.any()
    assert (scores["undefined"].values[undefined] == CODE["constant_prediction"]).all()


def test_undefined_neuroids_are_counted_in_the_table(data, quietly):
    table = score_table(quietly(data.features, sparse(data.recordings, 12)))
    assert table["undefined"].tolist() == [1]
    assert score_table(quietly(data.features, data.recordings))["undefined"].tolist() == [0]
