"""Files of activations: what is in them, with and without cornetkit."""

import subprocess
import sys

import netCDF4
import numpy as np
import pytest
import xarray as xr

from cornetkit.activations import AreaLayout, open_activations
from cornetkit.errors import FileError, InputError


def test_a_file_holds_what_was_in_memory(write, path, in_memory):
    write()
    with open_activations(path) as acts:
        assert list(acts) == list(in_memory)
        assert acts.attrs == in_memory.attrs
        assert acts.path == path
        for area in acts:
            xr.testing.assert_identical(
                acts[area].load().drop_attrs(), in_memory[area].drop_attrs()
            )
            assert acts[area].attrs == in_memory[area].attrs
            assert acts[area]["driven"].dtype == bool


def test_plain_xarray_opens_an_area_with_all_its_labels(write, path, in_memory):
    write()
    with xr.open_dataset(path, group="IT") as dataset:
        assert set(dataset.data_vars) == {"activation"}
        expected = in_memory["IT"]
        assert set(dataset.coords) == set(expected.coords)
        xr.testing.assert_equal(dataset["activation"].load(), expected)
        assert dataset["driven"].dtype == bool
        assert dataset["object_name"].values.tolist() == ["car", "", "façade", "x"]
        assert dataset["area"].item() == "IT"
        assert dataset.attrs["model"] == "X"


def test_values_are_read_when_they_are_used(write, path):
    write()
    with open_activations(path) as acts:
        assert not acts["IT"].variable._in_memory
        part = acts["IT"].isel(unit=slice(2), time=0)
        assert part.shape == (4, 2)
        assert part.values.shape == (4, 2)
        assert not acts["IT"].variable._in_memory


def test_loading_gives_arrays_that_outlive_the_file(write, path, values):
    write()
    with open_activations(path) as acts:
        loaded = acts.load()
    np.testing.assert_array_equal(loaded["IT"], values["IT"])
    assert loaded.attrs == acts.attrs


def test_a_column_with_a_space_in_its_name_survives(write, path, recwarn):
    write(metadata={"Unnamed: 0": np.arange(4), "object name": np.array(list("wxyz"))})
    assert not recwarn.list
    with open_activations(path) as acts:
        assert acts["V4"]["Unnamed: 0"].values.tolist() == [0, 1, 2, 3]
        assert acts["V4"]["object name"].values.tolist() == ["w", "x", "y", "z"]


def test_ids_may_be_numbers(write, path):
    write(ids=[7, 3, 5, 1])
    with open_activations(path) as acts:
        assert acts["IT"]["stimulus"].values.tolist() == [7, 3, 5, 1]


def test_an_area_may_have_the_dotted_name_of_a_layer(make_writer, path):
    writer = make_writer(layouts=[AreaLayout("IT.norm3_0", (0,), (3,))], ids=["a"], metadata={})
    writer.write({"IT.norm3_0": np.ones((1, 1, 3), "float32")})
    writer.finish()
    with open_activations(path) as acts:
        assert list(acts) == ["IT.norm3_0"]


def test_opening_areas_again_and_again_does_not_crash(write, path):
    # netCDF4 1.7.4 to 1.7.5 crash the process here when strings have variable lengths.
    write()
    code = (
        "import sys, xarray as xr\n"
        "for group in ('IT', 'V4', 'V4', 'IT', 'V4'):\n"
        "    dataset = xr.open_dataset(sys.argv[1], group=group)\n"
        "    names = dataset['object_name'].values.tolist()\n"
        "    del dataset\n"
        "print(names[2].encode())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str("façade".encode()).encode()


def test_strings_are_written_as_characters(write, path):
    write()
    with netCDF4.Dataset(path) as file:
        kinds = {v.dtype for group in file.groups.values() for v in group.variables.values()}
        assert file["IT/stimulus"].dtype == "S1"
    assert str not in kinds  # what netCDF4 says of strings of variable length


def test_opening_needs_no_torch(write, path):
    write()
    code = (
        "import sys, cornetkit as ck\n"
        "ck.open_activations(sys.argv[1])['IT'].load()\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == 0


def test_a_missing_file_is_refused_with_the_command_that_makes_one(path):
    with pytest.raises(FileError, match=r"no activation file .*acts\.nc; make one with: cornetkit"):
        open_activations(path)


def test_a_missing_file_whose_recording_was_cut_short_is_pointed_out(write, path):
    write(stop=2)
    with pytest.raises(FileError, match=r"acts\.nc\.partial is there: the recording was not fin"):
        open_activations(str(path))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match="is a folder; expected an activation file"):
        open_activations(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not netCDF at all", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_file_that_is_no_netcdf_is_refused_in_one_line(path, content):
    path.write_bytes(content)
    with pytest.raises(FileError, match="is not a netCDF file, or it is damaged") as caught:
        open_activations(path)
    assert "\n" not in str(caught.value)


def test_a_netcdf_file_without_activations_is_refused_with_what_it_holds(path):
    xr.Dataset({"response": ("neuroid", [1.0])}).to_netcdf(path)
    with pytest.raises(InputError, match=r"holds no activations \(it holds response\)"):
        open_activations(path)


def test_activations_of_other_dims_are_refused(path):
    xr.Dataset({"activation": (("image", "unit"), np.ones((2, 2)))}).to_netcdf(path, group="IT")
    with pytest.raises(InputError, match=r"group IT of .* has dims \(image, unit\), expected"):
        open_activations(path)
