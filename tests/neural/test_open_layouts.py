"""Every layout opens into one row a trial."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cornetkit.errors import InputError
from cornetkit.neural import average, open_recordings

CANONICAL = ("presentation", "time_bin", "neuroid")


def test_dense_drops_trials_that_are_missing_throughout(dense):
    recordings = open_recordings(dense)
    assert recordings.dims == CANONICAL
    assert recordings["stimulus"].values.tolist() == ["b", "b", "a", "c"]
    assert recordings["repetition"].values.tolist() == [0, 1, 0, 1]


def test_dense_keeps_each_response_with_its_labels(dense):
    recordings = open_recordings(dense)
    for row in range(recordings.sizes["presentation"]):
        trial = recordings.isel(presentation=row)
        place = dense.sel(stimulus=trial["stimulus"].item(), repetition=trial["repetition"].item())
        np.testing.assert_array_equal(trial.values, place.values)
        assert trial["object_name"].item() == place["object_name"].item()


def test_what_is_known_of_stimuli_and_repetitions_is_spread_over_trials(dense):
    block = xr.DataArray([[1, 2], [3, 4], [5, 6]], dims=("stimulus", "repetition"))
    recordings = open_recordings(
        dense.assign_coords(block=block, day=("repetition", ["mon", "tue"]))
    )
    assert recordings["block"].values.tolist() == [1, 2, 3, 6]
    assert recordings["day"].values.tolist() == ["mon", "tue", "mon", "tue"]


def test_a_coordinate_of_repetition_by_stimulus_is_spread_the_right_way_round(dense):
    block = xr.DataArray([[1, 3, 5], [2, 4, 6]], dims=("repetition", "stimulus"))
    assert open_recordings(dense.assign_coords(block=block))["block"].values.tolist() == [
        1,
        2,
        3,
        6,
    ]


@pytest.mark.parametrize(
    "order",
    [
        ("neuroid", "time_bin", "repetition", "stimulus"),
        ("time_bin", "stimulus", "neuroid", "repetition"),
    ],
)
def test_the_order_of_dims_does_not_matter(dense, order):
    xr.testing.assert_identical(open_recordings(dense.transpose(*order)), open_recordings(dense))


def test_an_average_counts_as_one_repetition_a_stimulus(dense):
    recordings = open_recordings(average(dense))
    assert recordings["stimulus"].values.tolist() == ["a", "b", "c"]
    assert recordings["repetition"].values.tolist() == [0, 0, 0]


def test_missing_repetitions_are_numbered_by_occurrence_within_a_stimulus(make_trials):
    trials = make_trials(np.zeros((5, 1, 1)), ["a", "b", "a", "a", "b"])
    assert open_recordings(trials)["repetition"].values.tolist() == [0, 0, 1, 2, 1]


def test_without_a_time_bin_dim_there_is_one_bin_of_unknown_limits(make_trials):
    trials = make_trials(np.ones((2, 1, 3)), ["a", "b"]).isel(time_bin=0)
    recordings = open_recordings(trials)
    assert recordings.sizes["time_bin"] == 1
    assert np.isnan(recordings["time_bin_start"].values).all()


def test_limits_left_as_scalars_by_a_selection_are_kept(dense):
    recordings = open_recordings(dense.isel(time_bin=1))
    assert recordings["time_bin_start"].values.tolist() == [80.0]
    assert recordings["time_bin_end"].values.tolist() == [90.0]


def test_the_repetition_left_as_a_scalar_by_a_selection_is_kept(dense):
    assert open_recordings(dense.isel(repetition=1))["repetition"].values.tolist() == [1, 1]


@pytest.mark.parametrize("stimulus", ["stimulus_id", "image_id"])
@pytest.mark.parametrize("animal", ["animal", "monkey", "subject"])
def test_brainio_words_become_ours(dense, stimulus, animal):
    ours = open_recordings(dense)
    theirs = ours.drop_vars("neuroid").assign_coords(neuroid_id=("neuroid", ours["neuroid"].values))
    theirs = theirs.rename(
        {"stimulus": stimulus, "repetition": "repetition_id", "time_bin_end": "time_bin_stop"}
    )
    theirs = theirs.rename({} if animal == "animal" else {"animal": animal})
    theirs = theirs.transpose("neuroid", "presentation", "time_bin")
    xr.testing.assert_identical(open_recordings(theirs.to_dataset(name="dicarlo.V4")), ours)


def test_of_two_brainio_words_for_the_stimulus_the_newer_one_counts(make_trials):
    trials = make_trials(np.zeros((2, 1, 1)), ["a", "b"]).rename(stimulus="stimulus_id")
    trials = trials.assign_coords(image_id=("presentation", ["old_a", "old_b"]))
    recordings = open_recordings(trials)
    assert recordings["stimulus"].values.tolist() == ["a", "b"]
    assert recordings["image_id"].values.tolist() == ["old_a", "old_b"]


def test_a_brainio_assembly_with_multiindexes_opens(dense):
    ours = open_recordings(dense)
    indexed = ours.drop_vars("neuroid").assign_coords(
        neuroid_id=("neuroid", ours["neuroid"].values)
    )
    indexed = indexed.rename(stimulus="stimulus_id").set_index(
        presentation=["stimulus_id", "repetition", "object_name"],
        neuroid=["neuroid_id", "region", "animal"],
        time_bin=["time_bin_start", "time_bin_end"],
    )
    recordings = open_recordings(indexed)
    for name in ours.coords:
        np.testing.assert_array_equal(recordings[name].values, ours[name].values)


def test_labels_stored_as_variables_are_found(dense):
    dataset = open_recordings(dense).to_dataset().reset_coords()
    assert "stimulus" in dataset.data_vars
    xr.testing.assert_identical(open_recordings(dataset), open_recordings(dense))


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", "b"], dtype=object),
        np.array([b"a", b"b"]),
        np.array(["a", "b"], dtype=np.dtypes.StringDType()),
        pd.array(["a", "b"], dtype="string"),
    ],
)
def test_text_ids_become_plain_text(labels):
    array = xr.DataArray(np.zeros((2, 1)), dims=("presentation", "neuroid"))
    recordings = open_recordings(array.assign_coords(stimulus=("presentation", labels)))
    assert recordings["stimulus"].dtype.kind == "U"
    assert recordings["stimulus"].values.tolist() == ["a", "b"]


def test_integer_ids_stay_integers_even_if_read_as_floats(make_trials):
    for ids in (np.array([3, 7]), np.array([3.0, 7.0]), np.array([3, 7], dtype=object)):
        stimulus = open_recordings(make_trials(np.zeros((2, 1, 1)), ids))["stimulus"]
        assert stimulus.dtype.kind == "i"
        assert stimulus.values.tolist() == [3, 7]


def test_ids_that_mix_text_and_numbers_are_refused(make_trials):
    trials = make_trials(np.zeros((2, 1, 1)), np.array(["a", 1], dtype=object))
    with pytest.raises(InputError, match=r"stimulus ids mix int and text; make them all text"):
        open_recordings(trials)


def test_a_scalar_region_lies_along_neuroids(make_trials):
    trials = make_trials(np.zeros((1, 1, 2)), ["a"]).assign_coords(region="IT")
    assert open_recordings(trials)["region"].values.tolist() == ["IT", "IT"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("int8", "float32"), ("int16", "float32"), ("bool", "float32"), ("int32", "float64"),
     ("float16", "float32"), (">f4", "float32"), ("float64", "float64")],
)  # fmt: skip
def test_numbers_become_a_float_type_that_holds_them(make_trials, given, kept):
    trials = make_trials(np.ones((2, 1, 2)), ["a", "b"]).astype(given)
    recordings = open_recordings(trials)
    assert recordings.dtype == np.dtype(kept)
    assert recordings.dtype.isnative


def test_limits_in_seconds_by_their_units_become_ms(make_trials):
    seconds = xr.Variable("time_bin", [0.07], {"units": "s"})
    end = xr.Variable("time_bin", np.array([170], dtype="timedelta64[ms]"))
    trials = make_trials(np.ones((1, 1, 1)), ["a"], time_bin_start=seconds, time_bin_end=end)
    recordings = open_recordings(trials)
    assert recordings["time_bin_start"].values.tolist() == pytest.approx([70.0])
    assert recordings["time_bin_end"].values.tolist() == [170.0]


def test_unknown_limits_can_be_given(make_trials):
    trials = make_trials(np.ones((1, 2, 1)), ["a"])
    recordings = open_recordings(trials, time_bins=[(70, 80), (80, 90)])
    assert recordings["time_bin_end"].values.tolist() == [80.0, 90.0]


def test_known_limits_are_not_overruled(dense):
    with pytest.raises(InputError, match=r"time_bins= gives 60 ms where the recordings have 70"):
        open_recordings(dense, time_bins=[(60, 80), (80, 90)])


@pytest.mark.parametrize("given", [[(70, 80)], [70, 80], "70:80"])
def test_limits_of_another_shape_are_refused(dense, given):
    with pytest.raises(
        InputError, match=r"a pair \(start, end\) in ms for each of the 2 time bins"
    ):
        open_recordings(dense, time_bins=given)


def test_opening_changes_nothing_in_the_input(dense):
    before = dense.copy(deep=True)
    open_recordings(dense)
    xr.testing.assert_identical(dense, before)


def test_unknown_dims_are_named_with_the_renaming(dense):
    renamed = dense.rename(stimulus="images", neuroid="units")
    with pytest.raises(InputError, match=r"rename\(\{'images': 'stimulus', 'units': 'neuroid'\}\)"):
        open_recordings(renamed)


def test_a_dropped_dim_is_named_with_the_way_to_keep_it(dense):
    with pytest.raises(InputError, match=r"keep it with a list, \.isel\(neuroid=\[0\]\)"):
        open_recordings(dense.isel(neuroid=0))


def test_activations_in_memory_are_told_apart():
    array = xr.DataArray(np.zeros((2, 1, 3)), dims=("stimulus", "time", "unit"))
    with pytest.raises(InputError, match="holds activations"):
        open_recordings(array)


def test_a_dense_array_without_stimulus_ids_is_refused(dense):
    with pytest.raises(InputError, match=r"no coordinate 'stimulus'.*it has .*object_name"):
        open_recordings(dense.drop_vars("stimulus"))


def test_a_dense_array_with_repeated_stimuli_is_refused(dense):
    with pytest.raises(InputError, match=r"must be unique, but 1 of them is repeated: a"):
        open_recordings(dense.assign_coords(stimulus=["a", "a", "c"]))


def test_a_dense_array_without_any_response_is_refused(dense):
    with pytest.raises(InputError, match="all 6 trials are NaN throughout"):
        open_recordings(dense.where(False))


@pytest.mark.parametrize("name", ["dims", "ids"])
def test_names_for_bare_arrays_are_refused_for_labelled_ones(dense, name):
    with pytest.raises(InputError, match=rf"{name}= is for bare arrays"):
        open_recordings(dense, **{name: ["a"]})  # type: ignore[arg-type]


def test_other_types_are_refused():
    with pytest.raises(InputError, match="cannot be opened from a list"):
        open_recordings([[1.0]])  # type: ignore[arg-type]


def test_a_label_along_the_wrong_dim_is_refused(make_trials):
    trials = make_trials(np.zeros((2, 1, 1)), ["a", "b"]).drop_vars("stimulus")
    with pytest.raises(
        InputError, match=r"'stimulus' has dims \(neuroid\), expected \(presentation"
    ):
        open_recordings(trials.assign_coords(stimulus=("neuroid", ["a"])))


def test_paths_may_be_text_or_path(dense, tmp_path):
    path = tmp_path / "dense.nc"
    dense.to_netcdf(path)
    xr.testing.assert_identical(open_recordings(path), open_recordings(str(path)))
    xr.testing.assert_equal(open_recordings(path), open_recordings(dense))
