"""Labels decide, positions never."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import StimulusMismatchError

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")

METHODS: list[dict] = [
    {"method": "ridge"},
    {"method": "pls", "n_components": 4},
    {"method": "ols"},
    {"method": "best-unit"},
]
NAMES = [str(settings["method"]) for settings in METHODS]
NUMBERS = ["r", "ceiling", "score", "score_error", "score_low", "score_high", "normalized"]


def assert_same(first, second, tolerance=1e-12):
    for name in NUMBERS:
        np.testing.assert_allclose(first[name], second[name], rtol=0, atol=tolerance, err_msg=name)


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=60, n_units=10, n_neuroids=4, n_repetitions=5)


@pytest.mark.parametrize("settings", METHODS, ids=NAMES)
def test_the_order_of_the_activations_changes_nothing(data, quietly, settings):
    order = np.random.default_rng(1).permutation(60)
    plain = quietly(data.features, data.recordings, **settings)
    assert_same(plain, quietly(data.features.isel(stimulus=order), data.recordings, **settings))


@pytest.mark.parametrize("settings", METHODS, ids=NAMES)
def test_the_order_of_the_trials_changes_nothing(data, quietly, settings):
    order = np.random.default_rng(2).permutation(data.recordings.sizes["presentation"])
    plain = quietly(data.features, data.recordings, **settings)
    shuffled = data.recordings.isel(presentation=order)
    assert_same(plain, quietly(data.features, shuffled, **settings))


def test_the_order_of_dims_changes_nothing(data, quietly):
    plain = quietly(data.features, data.recordings)
    turned = data.recordings.transpose("neuroid", "time_bin", "presentation")
    assert_same(plain, quietly(data.features.transpose("unit", "stimulus"), turned))


def test_the_order_of_units_changes_nothing(data, quietly):
    plain = quietly(data.features, data.recordings)
    assert_same(plain, quietly(data.features[:, ::-1], data.recordings), 1e-10)


@pytest.mark.parametrize("settings", METHODS, ids=NAMES)
def test_inputs_are_not_modified(data, quietly, settings):
    features, recordings = data.features.copy(deep=True), data.recordings.copy(deep=True)
    quietly(features, recordings, **settings)
    xr.testing.assert_identical(features, data.features)
    xr.testing.assert_identical(recordings, data.recordings)


def test_a_mismatch_says_how_many_and_which(data):
    fewer = data.features.isel(stimulus=slice(2, None))
    with pytest.raises(StimulusMismatchError, match=r"2 only in the recordings \(s000, s001\).*58"):
        ck.predict(fewer, data.recordings)
    renamed = data.features.assign_coords(stimulus=["new", *data.features["stimulus"].values[1:]])
    with pytest.raises(StimulusMismatchError, match=r"1 only in the activations \(new\)"):
        ck.predict(renamed, data.recordings)


def test_inner_join_goes_on_with_a_note(data, quietly):
    fewer = data.features.isel(stimulus=slice(2, None))
    with pytest.warns(ck.CornetkitWarning, match=r"58 stimuli are in both; left out 0 .* and 2 of"):
        scores = ck.predict(fewer, data.recordings, join="inner")
    assert scores.attrs["n_stimuli"] == 58
    there = data.recordings["stimulus"].isin(fewer["stimulus"])
    assert_same(scores, quietly(fewer, data.recordings[there]))


def test_nothing_in_common(data):
    other = data.features.assign_coords(stimulus=[f"x{i}" for i in range(60)])
    with pytest.raises(StimulusMismatchError, match="no stimulus in common"):
        ck.predict(other, data.recordings, join="inner")


def test_ids_of_another_type_are_refused(planted):
    data = planted(n_stimuli=30)
    numbers = np.arange(30)
    features = data.features.assign_coords(stimulus=numbers.astype(str))
    recordings = data.recordings.assign_coords(stimulus=("presentation", np.repeat(numbers, 4)))
    with pytest.raises(StimulusMismatchError, match=r"differ in type.*str.*int"):
        ck.predict(features, recordings)


def test_whole_numbers_are_ids_and_sort_as_numbers(planted, quietly):
    data = planted(n_stimuli=30)
    features = data.features.assign_coords(stimulus=np.arange(30))
    recordings = data.recordings.assign_coords(
        stimulus=("presentation", np.repeat(np.arange(30), 4))
    )
    assert_same(quietly(data.features, data.recordings), quietly(features, recordings))


def test_repeated_ids_are_refused(data):
    twice = data.features.assign_coords(stimulus=["s001", *data.features["stimulus"].values[1:]])
    with pytest.raises(ck.CornetkitError, match=r"must be unique, but 1 of them is repeated: s001"):
        ck.predict(twice, data.recordings)


def test_activations_without_ids_are_refused(data):
    with pytest.raises(ck.CornetkitError, match="no stimulus ids"):
        ck.predict(data.features.drop_vars("stimulus"), data.recordings)


@pytest.mark.parametrize("settings", METHODS, ids=NAMES)
def test_single_precision_agrees(data, quietly, settings):
    single = data.features.astype(np.float32)
    exact = quietly(single.astype(np.float64), data.recordings, **settings)
    assert_same(exact, quietly(single, data.recordings, **settings), 1e-12)


@pytest.mark.parametrize("settings", METHODS, ids=NAMES)
def test_single_precision_products_agree(planted, quietly, settings):
    data = planted(n_stimuli=40, n_units=400, n_neuroids=3)
    exact = quietly(data.features, data.recordings, **settings)
    rounded = quietly(data.features, data.recordings, dtype="float32", **settings)
    np.testing.assert_allclose(exact["r"], rounded["r"], atol=1e-4)


@pytest.mark.parametrize("method", ["pls", "ols"])
def test_single_precision_products_are_refused_where_rounding_would_decide(data, method):
    with pytest.raises(ck.CornetkitError, match="dtype='float32' is not precise enough"):
        ck.predict(data.features, data.recordings, method=method, dtype="float32")


@pytest.mark.parametrize("protocol", ["cornetkit", "brainscore"])
def test_rng_reproduces_and_chooses_the_splits(data, quietly, protocol):
    again = [quietly(data.features, data.recordings, protocol=protocol, rng=7) for _ in range(2)]
    xr.testing.assert_identical(*again)
    other = quietly(data.features, data.recordings, protocol=protocol, rng=8)
    assert not np.allclose(other["r"], again[0]["r"])
    assert (again[0].attrs["seed"], other.attrs["seed"]) == (7, 8)


def test_a_generator_gives_the_seed_that_the_scores_record(data, quietly):
    first = quietly(data.features, data.recordings, rng=np.random.default_rng(3))
    again = quietly(data.features, data.recordings, rng=np.random.default_rng(3))
    xr.testing.assert_identical(first, again)
    recorded = quietly(data.features, data.recordings, rng=first.attrs["seed"])
    xr.testing.assert_identical(first, recorded)
