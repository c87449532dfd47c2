"""rdm(): every area and step in one call, equal to scipy on the loaded arrays."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist, squareform

import cornetkit as ck
from cornetkit.errors import InputError, UnknownNameError


def test_every_area_and_step_equals_scipy(acts, quietly):
    found = quietly(ck.rdm, acts)
    assert found.dims == ("area", "time", "stimulus_a", "stimulus_b")
    opened = ck.open_activations(acts)
    for area, step in (("V4", 0), ("V4", 1), ("V4", 2), ("IT", 2)):
        expected = squareform(pdist(opened[area].sel(time=step).values, "correlation"))
        np.testing.assert_allclose(found.sel(area=area, time=step), expected, atol=1e-6)


def test_undriven_and_constant_steps_are_nan_and_noted(acts):
    with pytest.warns(ck.CornetkitWarning) as caught:
        found = ck.rdm(acts)
    assert np.isnan(found.sel(area="IT", time=[0, 1])).all()
    notes = [str(w.message) for w in caught]
    assert "left out steps that the image has not reached: IT step 0" in notes
    assert any("no unit varies" in note and "IT step 1" in note for note in notes)
    assert found.attrs["notes"] == notes


def test_a_single_area_keeps_its_steps(acts, quietly):
    opened = ck.open_activations(acts)
    found = quietly(ck.rdm, opened["IT"])
    assert found.dims == ("time", "stimulus_a", "stimulus_b")
    whole = quietly(ck.rdm, opened).sel(area="IT")
    np.testing.assert_array_equal(found.values, whole.values)


def test_the_padded_array_of_all_areas_gives_the_same(acts, quietly):
    together = ck.open_activations(acts).to_dataarray()
    found = quietly(ck.rdm, together, "euclidean")
    expected = quietly(ck.rdm, acts, "euclidean")
    np.testing.assert_allclose(found.values, expected.values, atol=1e-12)
    np.testing.assert_array_equal(found["n_units"].values[1, 2], 20)


def test_labels_of_the_stimuli_are_kept(acts, quietly):
    found = quietly(ck.rdm, acts, areas=["V4"])
    assert found["object_name"].dims == ("stimulus_a",)
    assert found["driven"].dims == ("area", "time")
    assert found.attrs["model"] == "Z"
    assert found.attrs["metric"] == "correlation"


def test_pairs_hold_the_same_distances(acts, quietly):
    square = quietly(ck.rdm, acts, areas=["V4"])
    pairs = quietly(ck.rdm, acts, areas=["V4"], form="pair")
    for k in (0, 20, 90):
        pair = pairs.isel(pair=k)
        expected = square.sel(stimulus_a=pair["stimulus_a"], stimulus_b=pair["stimulus_b"])
        np.testing.assert_array_equal(pair.values, expected.values)


def test_the_order_of_the_stimuli_moves_rows_and_nothing_else(acts, quietly):
    array = ck.open_activations(acts)["V4"].load()
    moved = quietly(ck.rdm, array[::-1])
    found = quietly(ck.rdm, array)
    assert moved["stimulus_a"].values[0] == found["stimulus_a"].values[-1]
    np.testing.assert_allclose(moved.sel(stimulus_a=found.stimulus_a, stimulus_b=found.stimulus_b),
                               found, atol=1e-12)  # fmt: skip


def test_recordings_are_averaged_first(trials, quietly):
    found = quietly(ck.rdm, trials)
    assert found.dims == ("time_bin", "stimulus_a", "stimulus_b")
    means = trials.mean("repetition")
    for k in (0, 1):
        expected = squareform(pdist(means.isel(time_bin=k).values, "correlation"))
        np.testing.assert_allclose(found.isel(time_bin=k).values, expected, atol=1e-10)


def test_window_averages_time_bins(trials, quietly):
    found = quietly(ck.rdm, trials, "euclidean", window=(70, 170))
    expected = quietly(ck.rdm, trials, "euclidean").isel(time_bin=[1])
    np.testing.assert_allclose(found.values, expected.values, atol=1e-12)


def test_animals_have_an_rdm_each(trials, quietly):
    found = quietly(ck.rdm, trials, subjects="animal")
    assert found.dims == ("subject", "time_bin", "stimulus_a", "stimulus_b")
    alone = quietly(ck.rdm, trials.sel(neuroid=trials["animal"] == "b"))
    np.testing.assert_allclose(found.sel(subject="b").values, alone.values, atol=1e-12)


def test_neuroids_with_missing_responses_are_left_out_and_counted(trials):
    holes = trials.copy(deep=True)
    holes[:, 3, 1, 5] = np.nan
    with pytest.warns(ck.CornetkitWarning, match="units with no response to some stimuli"):
        found = ck.rdm(holes)
    assert found["n_units"].values.tolist() == [24, 23]
    kept = np.delete(trials.mean("repetition").values[:, 1], 5, axis=1)
    expected = squareform(pdist(kept, "correlation"))
    np.testing.assert_allclose(found.isel(time_bin=1).values, expected, atol=1e-10)


def test_a_stimulus_without_any_response_is_nan_and_the_others_are_not(trials, quietly):
    averaged = trials.mean("repetition").rename(time_bin="time", neuroid="unit")
    averaged = averaged.drop_vars(["time_bin_start", "time_bin_end"])
    averaged[2] = np.nan
    found = quietly(ck.rdm, averaged).isel(time=1)
    assert np.isnan(found[2]).all()
    others = np.delete(np.arange(14), 2)
    expected = squareform(pdist(averaged.values[others, 1], "correlation"))
    np.testing.assert_allclose(found.values[np.ix_(others, others)], expected, atol=1e-10)


def test_constant_units_are_kept_with_a_note_or_dropped(trials, quietly):
    means = trials.mean("repetition").isel(time_bin=1).drop_vars(["time_bin_start", "time_bin_end"])
    means = means.rename(neuroid="unit")
    means[:, :4] = 2.5
    with pytest.warns(ck.CornetkitWarning, match="up to 4 of 24 units are constant"):
        kept = ck.rdm(means)
    np.testing.assert_allclose(kept.values, squareform(pdist(means.values, "correlation")),
                               atol=1e-10)  # fmt: skip
    dropped = quietly(ck.rdm, means, constant_units="drop")
    expected = squareform(pdist(means.values[:, 4:], "correlation"))
    np.testing.assert_allclose(dropped.values, expected, atol=1e-10)
    assert int(dropped["n_units"]) == 20


def test_float32_products_agree(acts, quietly):
    single = quietly(ck.rdm, acts, dtype="float32")
    np.testing.assert_allclose(single, quietly(ck.rdm, acts), atol=1e-5)
    assert single.attrs["gram_dtype"] == "float32"


def test_inputs_are_not_modified(trials, quietly):
    before = trials.copy(deep=True)
    quietly(ck.rdm, trials, "crossnobis")
    xr.testing.assert_identical(trials, before)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "corelation"}, "did you mean 'correlation'"),
        ({"metric": "crossnobis"}, "needs the noise of repeated trials"),
        ({"subjects": "animal"}, "subjects= is for recordings"),
        ({"window": (0, 10)}, "window= is for recordings"),
        ({"areas": ["V5"]}, "unknown area 'V5'"),
        ({"form": "triangle"}, "unknown form of RDMs"),
        ({"constant_units": "no"}, "known: keep, drop"),
        ({"dtype": "float16"}, "known: float64, float32"),
    ],
)
def test_wrong_arguments_are_told_in_a_line(acts, settings, message):
    with pytest.raises(InputError, match=message) as raised:
        ck.rdm(acts, **settings)
    assert "\n" not in str(raised.value)


def test_arrays_without_ids_are_refused():
    array = xr.DataArray(np.ones((3, 4)), dims=("stimulus", "unit"))
    with pytest.raises(InputError, match="never by position"):
        ck.rdm(array)


def test_bare_numbers_are_refused():
    with pytest.raises(InputError, match="a ndarray was given; expected activations"):
        ck.rdm(np.ones((3, 4)))


def test_rdms_are_not_made_of_rdms(subjects):
    with pytest.raises(InputError, match="compare_rdms compares RDMs"):
        ck.rdm(subjects)


def test_an_unknown_coordinate_of_neuroids_is_named(trials):
    with pytest.raises(UnknownNameError, match="did you mean 'animal'"):
        ck.rdm(trials, subjects="animl")
