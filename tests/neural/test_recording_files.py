"""Files: round trips, and what is said of files that hold no recordings."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import FileError, InputError, UnknownNameError
from cornetkit.neural import average, open_recordings, save_recordings


def test_saving_and_opening_changes_nothing(dense, tmp_path):
    recordings = open_recordings(dense.assign_attrs(units="Hz", seeds=[1, 2]))
    recordings = recordings.assign_coords(
        note=("presentation", ["", "é", "two words", ""]), session="210325"
    )
    reopened = open_recordings(save_recordings(recordings, tmp_path / "v4.nc"))
    np.testing.assert_array_equal(reopened.attrs.pop("seeds"), recordings.attrs.pop("seeds"))
    xr.testing.assert_identical(reopened, recordings)
    assert reopened["stimulus"].dtype.kind == "U"


def test_coordinates_of_empty_text_survive(dense, tmp_path):
    recordings = open_recordings(dense).assign_coords(note=("presentation", [""] * 4))
    reopened = open_recordings(save_recordings(recordings, tmp_path / "v4.nc"))
    assert reopened["note"].values.tolist() == [""] * 4


def test_text_is_stored_as_characters(dense, tmp_path):
    path = save_recordings(dense, tmp_path / "v4.nc")
    with xr.open_dataset(path, decode_cf=False) as raw:
        assert {raw[name].dtype.kind for name in ("stimulus", "neuroid", "region")} == {"S"}


def test_a_saved_file_can_be_saved_again(dense, tmp_path):
    first = open_recordings(save_recordings(dense, tmp_path / "one.nc"))
    second = open_recordings(save_recordings(first, tmp_path / "two.nc"))
    xr.testing.assert_identical(first, second)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_an_existing_file_is_kept_unless_overwritten(dense, tmp_path):
    path = save_recordings(dense, tmp_path / "v4.nc")
    before = path.read_bytes()
    with pytest.raises(FileError, match="is there already; give overwrite=True"):
        save_recordings(dense.isel(neuroid=[0]), path)
    assert path.read_bytes() == before
    save_recordings(dense.isel(neuroid=[0]), path, overwrite=True)
    assert open_recordings(path).sizes["neuroid"] == 1


def test_a_failed_save_leaves_nothing_behind(dense, tmp_path, monkeypatch):
    def fail(self, path, **kwargs):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    with pytest.raises(FileError, match=r"cannot write .*: No space left on device"):
        save_recordings(dense, tmp_path / "v4.nc")
    assert list(tmp_path.iterdir()) == []


def test_saving_into_a_missing_folder_or_onto_a_folder_is_refused(dense, tmp_path):
    with pytest.raises(FileError, match="does not exist; make it first"):
        save_recordings(dense, tmp_path / "none" / "v4.nc")
    with pytest.raises(FileError, match="is a folder; give a file name in it"):
        save_recordings(dense, tmp_path)


def test_attributes_that_netcdf_cannot_hold_are_named(dense, tmp_path):
    with pytest.raises(InputError, match="attribute 'how' of type object cannot be stored"):
        save_recordings(dense.assign_attrs(how=object()), tmp_path / "v4.nc")


def test_invalid_recordings_are_not_saved(dense, tmp_path):
    with pytest.raises(InputError, match="infinite"):
        save_recordings(dense.fillna(np.inf), tmp_path / "v4.nc")
    assert list(tmp_path.iterdir()) == []


def test_limits_with_the_unit_ms_stay_numbers(dense, tmp_path):
    dense["time_bin_start"].attrs["units"] = "ms"
    dense.to_dataset(name="counts").to_netcdf(tmp_path / "dense.nc")
    recordings = open_recordings(tmp_path / "dense.nc")
    assert recordings["time_bin_start"].values.tolist() == [70.0, 80.0]


def test_the_file_is_closed_after_opening(dense, tmp_path):
    path = save_recordings(dense, tmp_path / "v4.nc")
    recordings = open_recordings(path)
    path.unlink()
    assert np.isfinite(average(recordings)).any()


def test_response_is_preferred_among_variables_that_fit(dense, tmp_path):
    xr.Dataset({"noise": dense * 0, "response": dense}).to_netcdf(tmp_path / "two.nc")
    xr.testing.assert_equal(open_recordings(tmp_path / "two.nc"), open_recordings(dense))
    chosen = open_recordings(tmp_path / "two.nc", variable="noise")
    assert float(abs(chosen).max()) == 0


def test_a_variable_with_other_dims_is_not_in_the_way(dense):
    dataset = xr.Dataset({"anything": dense, "image": (("stimulus", "y"), np.zeros((3, 5)))})
    xr.testing.assert_equal(open_recordings(dataset), open_recordings(dense))


def test_several_variables_that_fit_are_listed(dense):
    dataset = xr.Dataset({"early": dense, "late": dense})
    with pytest.raises(InputError, match=r"early \(stimulus, .*late \(stimulus.*variable='...'"):
        open_recordings(dataset)


def test_an_unknown_variable_gets_the_nearest_name(dense):
    with pytest.raises(
        UnknownNameError, match=r"unknown variable 'rsponse' \(did you mean 'respon"
    ):
        open_recordings(dense.to_dataset(), variable="rsponse")


def test_the_only_array_with_other_dims_is_named(dense):
    with pytest.raises(InputError, match=r"has dims \(a, b\); expected presentation x neuroid"):
        open_recordings(xr.Dataset({"x": (("a", "b"), np.zeros((2, 2)))}))


def test_variable_is_refused_for_a_single_array(dense):
    with pytest.raises(InputError, match="variable= is for files of several variables"):
        open_recordings(dense, variable="response")


def test_a_file_without_permission_is_told(dense, tmp_path, monkeypatch):
    path = save_recordings(dense, tmp_path / "v4.nc")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(FileError, match="may not be read"):
        open_recordings(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\xff\xd8\xff\xe0 rest", "it is a JPEG image"),
        (b"stimulus,response\n1,2\n", "it is a text file"),
        (b"", "it is an empty file"),
        (b"\x00\x01\x02\x03\xfe\xff\x00", "it is of no known kind"),
        (b"\x80\x04\x95", "it is a pickle"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "it is an HDF5 file that is damaged or cut short"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, content, found):
    path = tmp_path / "it.nc"
    path.write_bytes(content)
    with pytest.raises(FileError, match=f"{found}.*; expected recordings"):
        open_recordings(path)


def test_a_truncated_netcdf_file_is_refused(dense, tmp_path):
    path = save_recordings(dense, tmp_path / "v4.nc")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(FileError, match="damaged or cut short"):
        open_recordings(path)


def test_a_missing_file_and_a_folder_are_told(dense, tmp_path):
    save_recordings(dense, tmp_path / "v4.nc")
    with pytest.raises(FileError, match=r"no file .*v5\.nc \(did you mean 'v4\.nc'\?\)"):
        open_recordings(tmp_path / "v5.nc")
    with pytest.raises(FileError, match="is a folder; expected recordings"):
        open_recordings(tmp_path)


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("activation", r"is an activations file \(areas V1, IT\), not recordings"),
        ("rdm", r"holds groups \(V1, IT\) of RDMs, not recordings"),
        ("other", r"holds only groups \(V1, IT\), expected one array at the top level"),
    ],
)
def test_files_of_groups_are_told_apart(tmp_path, variable, message):
    path = tmp_path / "groups.nc"
    array = xr.Dataset({variable: (("x", "y"), np.zeros((2, 2)))})
    array.to_netcdf(path, group="V1", engine="netcdf4")
    array.to_netcdf(path, group="IT", engine="netcdf4", mode="a")
    with pytest.raises(InputError, match=message):
        open_recordings(path)


def test_hdf5_without_named_dims_is_sent_to_the_bare_route(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "psth.h5", "w") as file:
        file["psth"] = np.zeros((2, 3, 4))
    with pytest.raises(InputError, match="read it with h5py and give the array with dims="):
        open_recordings(tmp_path / "psth.h5")
