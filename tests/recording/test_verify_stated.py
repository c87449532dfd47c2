"""verify() of files that do not say how they were made, or say it wrongly: one line."""

import json

import netCDF4
import pytest

from cornetkit.errors import InputError
from cornetkit.recording import record, verify
from cornetkit.stimuli import Transform


@pytest.fixture
def made(images, tmp_path, random_model):
    """Return a function that records 5 images and gives the file's path."""

    def make(areas="IT"):
        path = tmp_path / "acts.nc"
        model = random_model("Z")
        record(model, images(5), path, areas=areas, transform=Transform(size=32)).close()
        return path

    return make


@pytest.mark.parametrize(
    "names",
    [
        *(["times"], ["batch_size"], ["seed"], ["transform"], ["areas"], ["precision"]),
        *(["weights_sha256"], ["stimuli_sha256"], ["num_classes"], ["times", "areas"]),
    ],
)
def test_a_file_that_does_not_say_how_it_was_made_is_refused(made, images, names):
    path = made()
    with netCDF4.Dataset(path, "a") as file:
        for name in names:
            file.delncattr(name)
    with pytest.raises(InputError, match=f"does not say its {', '.join(names)}; it was not writt"):
        verify(path, images(5))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("transform", "not json"), ("transform", "[1]"), ("areas", "IT"), ("times", "x")),
        *(("batch_size", "many"), ("seed", "none"), ("num_classes", "none")),
    ],
)
def test_an_attribute_of_another_kind_is_one_line(made, images, name, value):
    path = made()
    _state(path, **{name: value})
    with pytest.raises(InputError, match="which cornetkit record does not write") as caught:
        verify(path, images(5))
    assert f"says that its {name} is {value!r}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_area_that_the_file_does_not_speak_of_is_refused(made, images):
    path = made(areas=["V4", "IT"])
    _state(path, areas=json.dumps({"IT": "IT.output"}))
    with pytest.raises(InputError, match="says that it holds IT, but it holds V4, IT; it was"):
        verify(path, images(5))


def _state(path, **attrs):
    with netCDF4.Dataset(path, "a") as file:
        file.setncatts(attrs)
