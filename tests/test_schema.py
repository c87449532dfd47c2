"""The words: dims, ids, attributes."""

import json

import numpy as np
import pytest
import xarray as xr

from cornetkit.errors import InputError, StimulusMismatchError
from cornetkit.schema import (
    ACTIVATION_DIMS,
    check_dims,
    check_unique,
    common_stimuli,
    to_attribute,
)


def test_dims_may_come_in_any_order():
    check_dims(xr.DataArray(np.ones((2, 3, 4)), dims=ACTIVATION_DIMS[::-1]), ACTIVATION_DIMS, "x")


@pytest.mark.parametrize(
    "dims", [("stimulus", "unit"), ("image", "time", "unit"), ("stimulus", "time", "unit", "area")]
)
def test_other_dims_are_refused_with_both_sides_named(dims):
    array = xr.DataArray(np.ones((2,) * len(dims)), dims=dims)
    with pytest.raises(InputError) as caught:
        check_dims(array, ACTIVATION_DIMS, "the array")
    assert f"({', '.join(dims)}), expected (stimulus, time, unit)" in str(caught.value)


def test_repeated_ids_are_named():
    check_unique(["a", "b"], "ids")
    with pytest.raises(InputError, match="ids must be unique, but 2 of them are repeated: a, c"):
        check_unique(["a", "b", "a", "c", "c", "c"], "ids")


def test_common_ids_are_sorted_whatever_their_order():
    assert common_stimuli(["b", "a", "c"], ["c", "b", "a"]) == ["a", "b", "c"]
    assert common_stimuli([10, 9], np.array([9, 10])) == [9, 10]


def test_missing_ids_are_counted_and_named_on_each_side():
    with pytest.raises(StimulusMismatchError) as caught:
        common_stimuli(["a", "b", "x"], ["a", "b", "y", "z"], names=("left", "right"))
    text = str(caught.value)
    assert "1 only in left (x)" in text
    assert "2 only in right (y, z)" in text
    assert "2 are in both: join='inner'" in text


def test_a_long_list_is_cut():
    with pytest.raises(StimulusMismatchError, match=r"7 only in .* \(b, c, d and 4 more\)"):
        common_stimuli("abcdefgh", "a")


def test_inner_takes_what_is_in_both():
    assert common_stimuli("cab", "bcd", join="inner") == ["b", "c"]


def test_nothing_in_common_is_an_error_whatever_the_join():
    message = r"no stimulus in common: 2 in the activations \(a, b\), 2 in the recordings \(c, d\);"
    with pytest.raises(StimulusMismatchError, match=message):
        common_stimuli("ab", "cd", join="inner")


def test_ids_of_different_types_are_told_apart():
    with pytest.raises(StimulusMismatchError, match="str in the activations, int in the rec"):
        common_stimuli(["1", "2"], [1, 2])


def test_unknown_join():
    with pytest.raises(InputError, match="join must be 'exact' or 'inner', not 'left'"):
        common_stimuli("a", "a", join="left")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (3, 3),
        (0.5, 0.5),
        (True, "true"),
        (np.bool_(False), "false"),
        (None, "none"),
        (np.int64(4), 4),
        (np.float32(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        ((1, 2), [1, 2]),
        (["a", "b"], ["a", "b"]),
        ([np.int64(1), np.float32(0.5)], [1, 0.5]),
    ],
    ids=repr,
)
def test_attributes_that_netcdf_can_hold(value, expected):
    result = to_attribute(value)
    assert result == expected
    assert type(result) is type(expected)


def test_mappings_become_json():
    assert json.loads(str(to_attribute({"b": 1, "a": [1, 2]}))) == {"a": [1, 2], "b": 1}


def test_attributes_survive_a_file(tmp_path):
    values = {"t": True, "n": None, "list": (1, 2), "map": {"a": 1}, "x": np.float32(0.5)}
    array = xr.DataArray([1.0], attrs={name: to_attribute(v) for name, v in values.items()})
    array.to_dataset(name="x").to_netcdf(tmp_path / "x.nc")
    with xr.open_dataset(tmp_path / "x.nc") as opened:
        again = opened["x"].attrs
    assert again["t"] == "true"
    assert again["list"].tolist() == [1, 2]
    assert json.loads(again["map"]) == {"a": 1}


def test_what_no_attribute_can_hold_is_a_type_error():
    with pytest.raises(TypeError, match="no netCDF attribute for object"):
        to_attribute(object())
