"""Wrong arguments are told in one line: what was given, what was expected, how to mend it."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=40)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"areas": ["feature"]}, r"unknown area 'feature' \(did you mean 'features'\?\)"),
        ({"areas": []}, "no area was given"),
        ({"protocol": "brain-score"}, r"unknown protocol.*\(did you mean 'brainscore'\?\)"),
        ({"method": "rigde"}, r"unknown method 'rigde' \(did you mean 'ridge'\?\)"),
        ({"stratify": "objects"}, "stratify='objects', but neither .* have a coordinate"),
        ({"stratify": True}, "stratify=True does not say by what"),
        ({"targets": "both"}, "targets must be 'joint' or 'separate', not 'both'"),
        ({"targets": "joint"}, "ridge fits every neuroid by itself"),
        ({"alphas": [1.0, -1.0]}, r"positive numbers, not 1.0, -1.0; without a penalty: .*ols"),
        ({"alphas": 0.0}, "positive numbers, not 0.0"),
        ({"alphas": [np.inf]}, "positive numbers, not inf"),
        ({"alphas": [np.nan]}, "positive numbers, not nan"),
        ({"alphas": []}, "positive numbers, not none"),
        ({"alphas": "relativ"}, r"unknown grid of alphas.*\(did you mean 'relative'\?\)"),
        ({"alpha_per": "area"}, "alpha_per must be 'neuroid' or 'all', not 'area'"),
        ({"n_components": 9}, r"n_components=9 was given, and ridge has no .* method='pls'"),
        ({"alphas": 1.0, "method": "ols"}, r"alphas=\(1.0,\) was given, and ols has no use"),
        ({"alpha_per": "all", "method": "pls"}, r"alpha_per='all' was given, and pls has no use"),
        ({"n_components": 0}, "n_components must be at least 1, not 0"),
        ({"n_splits": 1}, "n_splits must be at least 2, not 1"),
        ({"n_components": 2.5, "method": "pls"}, "n_components must be a whole number, not 2.5"),
        ({"n_splits": 2.5}, "n_splits must be a whole number, not 2.5"),
        ({"n_splits": "a"}, "n_splits must be a whole number, not 'a'"),
        ({"n_splits": True}, "n_splits must be a whole number, not True"),
        ({"rng": -1}, "rng must be a Generator or an int from 0"),
        ({"join": "outer"}, "join must be 'exact' or 'inner', not 'outer'"),
        ({"dtype": "float16"}, "dtype 'float16' was given"),
        ({"dtype": "float16", "method": "best-unit"}, "dtype 'float16' was given"),
        ({"window": (500, 600)}, "lies outside the recordings"),
        ({"bins": 7}, "bins of 7 ms are narrower than those of the recordings"),
    ],
    ids=str,
)
def test_wrong_settings(data, settings, message):
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(data.features, data.recordings, **settings)
    assert "\n" not in str(caught.value)


def test_unknown_coordinate_to_stratify_by(golden):
    with pytest.raises(ck.CornetkitError, match=r"'object' \(did you mean 'object_name'\?\)"):
        ck.predict(golden.features, golden.recordings, stratify="object")


def test_labels_that_cannot_be_balanced(golden):
    each = golden.recordings["stimulus"].values
    recordings = golden.recordings.assign_coords(object_name=("stimulus", each))
    with pytest.raises(ck.CornetkitError, match=r"cannot be stratified: .*stratify=False"):
        ck.predict(golden.features, recordings, protocol="brainscore")


def test_rare_labels_are_noted(golden):
    names = np.where(np.arange(100) < 4, "rare", "common")
    recordings = golden.recordings.assign_coords(object_name=("stimulus", names))
    with pytest.warns(ck.CornetkitWarning, match=r"1 values of object_name occur fewer than 10"):
        ck.predict(golden.features, recordings, stratify="object_name")


@pytest.mark.parametrize(
    ("protocol", "n_stimuli", "message"),
    [
        ("cornetkit", 5, "too few stimuli: 5; .*so 6 stimuli or more"),
        ("brainscore", 20, r"too few stimuli: 20; .*10% of them \(2\).*give 21 stimuli or more"),
    ],
)
def test_too_few_stimuli(planted, protocol, n_stimuli, message):
    data = planted(n_stimuli=n_stimuli)
    with pytest.raises(ck.CornetkitError, match=message):
        ck.predict(data.features, data.recordings, protocol=protocol)


@pytest.mark.parametrize(
    ("settings", "n_stimuli"),
    [({}, 6), ({"protocol": "brainscore", "n_components": 2}, 21)],
    ids=["cornetkit", "brainscore"],
)
def test_just_enough_stimuli(planted, quietly, settings, n_stimuli):
    data = planted(n_stimuli=n_stimuli, n_units=3)
    scores = quietly(data.features, data.recordings, **settings)
    assert np.isfinite(scores["score"]).all()


def test_fewer_folds_for_few_stimuli_are_noted(planted):
    data = planted(n_stimuli=23)
    with pytest.warns(ck.CornetkitWarning, match="4 folds instead of 10: there are few stimuli"):
        scores = ck.predict(data.features, data.recordings)
    assert scores.attrs["n_splits"] == scores.sizes["split"] == 4


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.ones((3, 4)), "expected activations .* got ndarray"),
        ({"IT": np.ones((3, 4))}, "activations 'IT' are a ndarray; expected a DataArray"),
        ({}, "no area was given"),
        (
            xr.DataArray(np.ones((3, 4)), dims=("image", "unit")),
            r"has dims|have dims \(.*image.*\), expected \(stimulus, time, unit\)",
        ),
    ],
    ids=["bare array", "bare array in a mapping", "nothing", "wrong dims"],
)
def test_wrong_activations(data, source, message):
    with pytest.raises(ck.CornetkitError, match=message):
        ck.predict(source, data.recordings)


def test_missing_files_are_named(data, tmp_path):
    with pytest.raises(ck.CornetkitError, match=r"nowhere\.nc"):
        ck.predict(tmp_path / "nowhere.nc", data.recordings)
    with pytest.raises(ck.CornetkitError, match=r"nothing\.nc"):
        ck.predict(data.features, tmp_path / "nothing.nc")
