"""Stimulus labels as features."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.predictivity import predict
from cornetkit.recording import baselines

KINDS = ["car", "face", "car", "face", "tree"]


@pytest.fixture
def labelled(images):
    """Return a maker of five stimuli with some columns."""

    def make(**columns):
        stimuli = images(5)
        stimuli.metadata = {name: np.asarray(values) for name, values in columns.items()}
        return stimuli

    return make


def test_text_becomes_one_unit_a_value(labelled):
    array = baselines(labelled(object_name=KINDS), "labels")["labels"]
    assert array["label"].values.tolist() == [f"object_name={k}" for k in ("car", "face", "tree")]
    expected = [[k == kind for kind in ("car", "face", "tree")] for k in KINDS]
    np.testing.assert_array_equal(array.values[:, 0], expected)
    assert array.attrs["labels"] == ["object_name"]


def test_truth_values_are_categories_and_numbers_one_z_scored_unit(labelled):
    stimuli = labelled(
        object_name=KINDS, angle=[0, 10, 20, 30, 40], moved=[True, False] * 2 + [True]
    )
    array = baselines(stimuli, "labels", labels=["angle", "moved"])["labels"]
    assert array["label"].values.tolist() == ["angle", "moved=False", "moved=True"]
    np.testing.assert_allclose(array.values[:, 0, 0], np.arange(-2, 3) / np.sqrt(2), rtol=1e-6)
    np.testing.assert_array_equal(array.values[:, 0, 2], [1, 0, 1, 0, 1])


def test_object_name_or_the_only_column_is_the_default(labelled):
    both = labelled(object_name=KINDS, angle=[0.0, 1, 2, 3, 4])
    assert baselines(both, "labels").attrs["model"] == "labels"
    assert baselines(both, "labels")["labels"].sizes["unit"] == 3
    assert baselines(labelled(angle=[0.0, 1, 2, 3, 4]), "labels")["labels"].sizes["unit"] == 1
    with pytest.raises(InputError, match=r"columns a, b, and none is object_name; say which"):
        baselines(labelled(a=KINDS, b=KINDS), "labels")


def test_labels_are_among_the_defaults_where_stimuli_have_an_object_name(labelled):
    assert list(baselines(labelled(object_name=KINDS))) == ["pixels", "gabor", "labels"]
    assert list(baselines(labelled(kind=KINDS))) == ["pixels", "gabor"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["car"] * 5, "label 'object_name' is car for all stimuli"),
        (["car", "", "car", "face", "face"], "label 'object_name' is missing for 1 of 5 stimuli"),
        ([0, 1, np.nan, np.nan, 2], "label 'object_name' is missing for 2 of 5 stimuli"),
        (list("abcde"), "another one for each of the 5 stimuli, so it says nothing about held-out"),
    ],
)
def test_labels_that_say_nothing_are_refused(labelled, values, message):
    with pytest.raises(InputError, match=message):
        baselines(labelled(object_name=values), "labels")


def test_an_unknown_column_gets_the_nearest(labelled):
    with pytest.raises(UnknownNameError, match="did you mean 'object_name'"):
        baselines(labelled(object_name=KINDS), "labels", labels="object_nam")


def recordings(n=40, seed=0):
    """Return recordings that tell two categories apart and nothing else."""
    rng = np.random.default_rng(seed)
    kinds = np.where(np.arange(n) % 2, "car", "face")
    values = (kinds == "car")[:, None, None, None] + 0.1 * rng.standard_normal((n, 3, 1, 2))
    return xr.DataArray(
        values,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": [f"im{k}" for k in range(n)],
            "neuroid": ["a", "b"],
            "object_name": ("stimulus", kinds),
        },
    )


def test_labels_of_the_recordings_do_without_images():
    array = baselines(None, "labels", recordings=recordings())["labels"]
    assert array.sizes == {"stimulus": 40, "time": 1, "unit": 2}
    assert array.sel(stimulus="im1").values.tolist() == [[1.0, 0.0]]


def test_recordings_label_stimuli_that_have_no_columns(images):
    array = baselines(images(5), "labels", recordings=recordings())["labels"]
    assert array["stimulus"].values.tolist() == [f"im{k}" for k in range(5)]


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_labels_predict_categories_without_a_word_about_copies():
    trials = recordings()
    acts = baselines(None, "labels", recordings=trials)
    scores = predict(acts["labels"], trials, method="ols")
    assert scores["score"].item() > 0.95
    assert not any("same features" in note for note in scores.attrs["notes"])
