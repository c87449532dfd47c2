"""float16 in a file: its bits, read lazily and by labels like any other values."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from cornetkit.activations import ActivationWriter, AreaLayout, open_activations

LAYOUT = AreaLayout("IT", (0, 1, 2), (4, 2, 2))
IDS = [f"im{k}" for k in range(5)]


@pytest.fixture
def values():
    """Values of all sizes, with what a file must not take for missing."""
    drawn = np.random.default_rng(0).standard_normal((5, 3, 16)).astype(np.float16)
    drawn[0, 0, :6] = [np.nan, -0.0, 65504, 6e-8, -np.inf, 0]
    return drawn


@pytest.fixture
def path(values, tmp_path):
    writer = ActivationWriter(tmp_path / "acts.nc", [LAYOUT], IDS, dtype="float16")
    for begin in range(0, 5, 2):
        writer.write({"IT": values[begin : begin + 2]})
    writer.finish()
    return tmp_path / "acts.nc"


def test_every_bit_comes_back(path, values):
    with open_activations(path) as acts:
        found = acts["IT"].values
        assert found.dtype == np.float16
        np.testing.assert_array_equal(found.view(np.uint16), values.view(np.uint16))


def test_parts_come_back_by_label_and_by_place(path, values):
    with open_activations(path) as acts:
        array = acts["IT"]
        np.testing.assert_array_equal(array.isel(time=1), values[:, 1])
        np.testing.assert_array_equal(array.sel(stimulus=["im3", "im1"]), values[[3, 1]])
        np.testing.assert_array_equal(array.isel(unit=slice(3, 9, 2))[2], values[2][:, 3:9:2])
        np.testing.assert_array_equal(
            array.transpose("unit", "stimulus", "time")[4], values[:, :, 4]
        )
        assert array.isel(time=2, unit=3, stimulus=4).item() == values[4, 2, 3]


def test_nothing_is_read_before_it_is_asked_for(path):
    with open_activations(path) as acts:
        assert not acts["IT"].variable._in_memory
        assert "float16" in repr(acts["IT"])


def test_a_reader_without_cornetkit_finds_the_bits(path, values):
    with xr.open_dataset(path, group="IT") as dataset:
        assert dataset["activation"].attrs["bits"] == "float16"
        np.testing.assert_array_equal(dataset["activation"].values.view("float16"), values)


def test_an_unfinished_file_of_the_other_type_is_not_taken_up(tmp_path, values):
    from cornetkit.errors import InputError

    writer = ActivationWriter(tmp_path / "acts.nc", [LAYOUT], IDS, dtype="float16")
    writer.write({"IT": values[:2]})
    writer.close()
    with pytest.raises(InputError, match="dtype was float16, is float32"):
        ActivationWriter(tmp_path / "acts.nc", [LAYOUT], IDS)


def test_plain_values_are_stored_as_they_were(tmp_path):
    writer = ActivationWriter(tmp_path / "acts.nc", [LAYOUT], IDS)
    writer.write({"IT": np.zeros((5, 3, 16), np.float32)})
    writer.finish()
    with netCDF4.Dataset(tmp_path / "acts.nc") as file:
        assert file["IT"].variables["activation"].dtype == np.float32
        assert "bits" not in file["IT"].variables["activation"].ncattrs()
