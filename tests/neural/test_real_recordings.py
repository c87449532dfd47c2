"""Real recordings, where they are at hand; skipped where they are not."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import FileError, InputError
from cornetkit.neural import average, describe, open_recordings, rebin, save_recordings

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def v4(shared_folder):
    folder = shared_folder / "data" / "v4_cowley2023"
    dense = open_recordings(folder / "v4.nc")
    return {
        "dense": dense,
        "brainio": open_recordings(folder / "v4_brainio.nc"),
        "bare": open_recordings(
            folder / "v4_neuron_image_repeat.npy",
            dims=("neurons", "images", "repetitions"),
            ids=[f"image{number:04d}" for number in range(1, 641)],
        ),
    }


@pytest.fixture(scope="module")
def it_path(shared_folder):
    return shared_folder / "data" / "it_zhang_desimone" / "it.nc"


def test_the_three_forms_of_v4_hold_the_same_trials_and_averages(v4):
    averages = {form: average(recordings) for form, recordings in v4.items()}
    for form, recordings in v4.items():
        assert recordings.shape == (4840, 1, 50), form
        np.testing.assert_array_equal(averages[form]["stimulus"], averages["dense"]["stimulus"])
        np.testing.assert_allclose(averages[form].values, averages["dense"].values, rtol=1e-14)
        np.testing.assert_array_equal(
            averages[form]["n_repetitions"], averages["dense"]["n_repetitions"]
        )


def test_v4_is_described(v4):
    summary = describe(v4["dense"])
    assert summary["n_stimuli"] == 640
    assert summary["repetitions"] == {"min": 6, "median": 8.0, "max": 10}
    assert summary["neuroids"]["region"] == {"V4": 50}
    assert not summary["time_bins"]["known"]


def test_it_opens_and_windows_equal_direct_means(it_path):
    recordings = open_recordings(it_path)
    assert recordings.shape == (420, 100, 132)
    with xr.open_dataset(it_path) as raw:
        counts = raw["response"].transpose("stimulus", "repetition", "time_bin", "neuroid").values
    counts = counts.reshape(420, 100, 132).astype(np.float64)
    binned = rebin(recordings, window=(-500, 400), width=150)
    direct = counts[:, :90].reshape(420, 6, 15, 132).mean(axis=2)
    np.testing.assert_allclose(binned.values, direct, rtol=1e-6)
    np.testing.assert_allclose(
        rebin(recordings, window=(100, 250)).values[:, 0], counts[:, 60:75].mean(axis=1), rtol=1e-6
    )


def test_it_is_described(it_path):
    summary = describe(open_recordings(it_path))
    assert summary["repetitions"]["min"] == 19
    assert summary["neuroids"]["partially_missing"] == 7
    assert "object_name" in summary["coords"]["presentation"]


def test_it_saved_as_trial_rows_comes_back_identical(it_path, tmp_path):
    recordings = open_recordings(it_path)
    reopened = open_recordings(save_recordings(recordings, tmp_path / "it.nc"))
    xr.testing.assert_identical(reopened, recordings)


def test_other_real_files_are_told_apart(shared_folder):
    data = shared_folder / "data"
    with pytest.raises(InputError, match=r"holds groups \(monkey_IT, .*of RDMs"):
        open_recordings(data / "rsa_92images" / "rdms.nc")
    with pytest.raises(FileError, match="it is a JPEG image"):
        open_recordings(data / "v4_cowley2023" / "images" / "image0001.jpg")
    with pytest.raises(FileError, match="it is a MATLAB file"):
        open_recordings(data / "it_zhang_desimone" / "example_unit_raster.mat")
