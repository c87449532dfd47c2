"""RDM files: what is saved is what is opened."""

import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import FileError, InputError, UnknownNameError
from cornetkit.similarity import to_form


@pytest.mark.parametrize("form", ["square", "pair"])
def test_what_is_saved_is_what_is_opened(subjects, tmp_path, form):
    rdms = to_form(subjects, form).assign_attrs(metric="correlation", notes=["one", "two"])
    found = ck.open_rdms(ck.save_rdms(rdms, tmp_path / "rdms.nc"))
    xr.testing.assert_equal(found, rdms)
    assert found.attrs["notes"] == ["one", "two"]
    assert found.attrs["metric"] == "correlation"


def test_rdms_of_a_file_of_activations_round_trip(acts, tmp_path, quietly):
    rdms = quietly(ck.rdm, acts)
    found = ck.open_rdms(ck.save_rdms(rdms, tmp_path / "rdms.nc"))
    xr.testing.assert_equal(found, rdms)
    assert found["driven"].dtype == bool


def test_several_sources_become_groups(subjects, tmp_path):
    path = tmp_path / "rdms.nc"
    ck.save_rdms({"one": subjects, "two": subjects**2}, path)
    xr.testing.assert_allclose(ck.open_rdms(path, group="two"), subjects**2)
    with pytest.raises(InputError, match="2 groups \\(one, two\\); choose one with group="):
        ck.open_rdms(path)
    with pytest.raises(UnknownNameError, match="did you mean 'two'"):
        ck.open_rdms(path, group="tow")


def test_xarray_opens_the_file_without_cornetkit(subjects, tmp_path):
    path = ck.save_rdms(subjects, tmp_path / "rdms.nc")
    with xr.open_dataset(path) as opened:
        assert opened["rdm"].dims == ("subject", "stimulus_a", "stimulus_b")


def test_a_file_is_not_written_over(subjects, tmp_path):
    path = ck.save_rdms(subjects, tmp_path / "rdms.nc")
    with pytest.raises(FileError, match="is there already"):
        ck.save_rdms(subjects, path)
    ck.save_rdms(subjects, path, overwrite=True)


def test_only_rdms_are_saved(tmp_path, trials):
    with pytest.raises(InputError, match="make RDMs with rdm"):
        ck.save_rdms(trials, tmp_path / "x.nc")
    with pytest.raises(InputError, match="no RDMs were given"):
        ck.save_rdms({}, tmp_path / "x.nc")
    assert list(tmp_path.iterdir()) == []


def test_missing_wrong_and_damaged_files_are_told(tmp_path, acts):
    with pytest.raises(FileError, match="no RDM file"):
        ck.open_rdms(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("no netCDF")
    with pytest.raises(FileError, match="not a netCDF file"):
        ck.open_rdms(tmp_path / "text.nc")
    with pytest.raises(InputError, match="holds no RDMs \\(it holds V4, IT\\)"):
        ck.open_rdms(acts)
