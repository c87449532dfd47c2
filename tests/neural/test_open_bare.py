"""Bare arrays: axes are named by the user, never guessed."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import FileError, InputError, UnknownNameError
from cornetkit.neural import open_recordings

COUNTS = np.arange(24.0).reshape(2, 3, 4)  # neurons x images x repetitions
DIMS = ("neurons", "images", "repetitions")
IDS = ["a", "b", "c"]


def test_named_axes_put_each_response_in_its_place():
    recordings = open_recordings(COUNTS, dims=DIMS, ids=IDS)
    assert recordings.shape == (12, 1, 2)
    for image, name in enumerate(IDS):
        rows = recordings.values[recordings["stimulus"].values == name, 0]
        np.testing.assert_array_equal(rows, COUNTS[:, image].T)


@pytest.mark.parametrize(
    "dims", [("sites", "stimuli", "trials"), ("Units", "IMAGE", "rep"), ("cells", "images", "reps")]
)
def test_the_words_of_the_field_name_the_same_axes(dims):
    xr.testing.assert_identical(
        open_recordings(COUNTS, dims=dims, ids=IDS), open_recordings(COUNTS, dims=DIMS, ids=IDS)
    )


def test_two_axes_are_one_repetition_and_four_have_time_bins():
    assert open_recordings(COUNTS[..., 0], dims=DIMS[:2], ids=IDS).shape == (3, 1, 2)
    recordings = open_recordings(COUNTS[None], dims=("bins", *DIMS), ids=IDS, time_bins=[(70, 170)])
    assert recordings["time_bin_start"].values.tolist() == [70.0]


@pytest.mark.parametrize("word", ["time", "times", "time_bin", "bins"])
def test_bins_may_be_called_time(word):
    recordings = open_recordings(COUNTS[None], dims=(word, *DIMS), ids=IDS)
    xr.testing.assert_identical(recordings, open_recordings(COUNTS, dims=DIMS, ids=IDS))


def test_a_presentation_axis_takes_one_id_a_trial():
    recordings = open_recordings(
        COUNTS[:, :, 0], dims=("neurons", "presentations"), ids=["a", "b", "a"]
    )
    assert recordings["repetition"].values.tolist() == [0, 0, 1]


def test_masked_entries_are_missing():
    masked = np.ma.masked_equal(COUNTS.astype("int16"), 5)
    recordings = open_recordings(masked, dims=DIMS, ids=IDS)
    assert int(np.isnan(recordings).sum()) == 1


def test_an_npy_file_is_opened_like_its_array(tmp_path):
    path = tmp_path / "counts.npy"
    np.save(path, COUNTS)
    xr.testing.assert_identical(
        open_recordings(path, dims=DIMS, ids=IDS), open_recordings(COUNTS, dims=DIMS, ids=IDS)
    )


def test_without_dims_the_shape_and_an_example_call_are_shown(tmp_path):
    path = tmp_path / "counts.npy"
    np.save(path, COUNTS)
    with pytest.raises(
        InputError, match=r"shape \(2, 3, 4\).*open_recordings\(array, dims=\('imag"
    ):
        open_recordings(COUNTS)
    call = r"for example open_recordings\('.*counts\.npy', dims=.*command line.*ck\.save_recordings"
    with pytest.raises(InputError, match=call):
        open_recordings(path)


def test_a_word_that_is_none_of_an_axis_gets_no_far_fetched_one():
    with pytest.raises(UnknownNameError, match=r"unknown axis 'pics' in dims=.*\); known: images"):
        open_recordings(COUNTS, dims=("neurons", "pics", "reps"), ids=IDS)


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        (("neurons", "images"), r"names 2 axes, but the array of shape \(2, 3, 4\) has 3"),
        (("neurons", "images", "units"), "names the neuroid axis twice"),
        (("bins", "images", "repetitions"), "must name an axis of images .* and one of neurons"),
        (("neurons", "presentations", "images"), "a presentation is one trial of one image"),
        ("neurons", r"expected one word for each axis"),
    ],
)
def test_axes_that_make_no_sense_are_refused(dims, message):
    with pytest.raises(InputError, match=message):
        open_recordings(COUNTS, dims=dims, ids=IDS)


def test_an_unknown_axis_gets_the_nearest_word():
    with pytest.raises(UnknownNameError, match=r"unknown axis 'neuronz'.*did you mean 'neuron"):
        open_recordings(COUNTS, dims=("neuronz", "images", "repetitions"), ids=IDS)


def test_ids_are_required_and_their_number_is_checked():
    with pytest.raises(InputError, match="give ids= with the 3 ids along its stimulus axis"):
        open_recordings(COUNTS, dims=DIMS)
    with pytest.raises(InputError, match=r"ids= has 2 stimulus ids, but the stimulus axis.* has 3"):
        open_recordings(COUNTS, dims=DIMS, ids=["a", "b"])


def test_repeated_ids_of_images_are_refused():
    with pytest.raises(InputError, match="1 of them is repeated: a"):
        open_recordings(COUNTS, dims=DIMS, ids=["a", "a", "b"])


def test_pickled_objects_are_never_unpickled(tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FileError, match="pickled Python objects, which are never unpickled"):
        open_recordings(path, dims=DIMS, ids=IDS)


def test_a_truncated_npy_file_is_refused(tmp_path):
    path = tmp_path / "cut.npy"
    np.save(path, COUNTS)
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(FileError, match=r"a \.npy array that is damaged or cut short"):
        open_recordings(path, dims=DIMS, ids=IDS)


def test_an_archive_of_arrays_is_listed(tmp_path):
    np.savez(tmp_path / "counts.npz", counts=COUNTS)
    (tmp_path / "counts.npz").rename(tmp_path / "counts.npy")
    with pytest.raises(FileError, match=r"an archive of arrays \(counts\)"):
        open_recordings(tmp_path / "counts.npy", dims=DIMS, ids=IDS)


def test_complex_numbers_are_refused():
    with pytest.raises(InputError, match="values of type complex128, expected real numbers"):
        open_recordings(COUNTS.astype(complex), dims=DIMS, ids=IDS)
