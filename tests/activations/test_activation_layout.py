"""The labels of one area."""

import numpy as np
import pytest

from cornetkit.activations import AreaLayout


def test_units_are_the_flat_c_order_index_with_their_place(layouts):
    array = layouts[1].label(np.zeros((1, 3, 16)), ["a"])
    expected = [(c, y, x) for c in range(4) for y in range(2) for x in range(2)]
    places = zip(*(array[name].values.tolist() for name in ("channel", "y", "x")), strict=True)
    assert list(places) == expected
    assert array["unit"].values.tolist() == list(range(16))


def test_a_layer_without_a_map_has_channels_only():
    array = AreaLayout("fc", (0,), (5,)).label(np.zeros((1, 1, 5)), ["a"])
    assert array["channel"].values.tolist() == [0, 1, 2, 3, 4]
    assert "y" not in array.coords


def test_units_of_any_other_shape_have_no_place():
    array = AreaLayout("tokens", (0,), (3, 2)).label(np.zeros((1, 1, 6)), ["a"])
    assert array.sizes["unit"] == 6
    assert not {"channel", "y", "x"} & set(array.coords)


def test_driven_and_milliseconds_stand_on_time(layouts):
    array = layouts[1].label(np.zeros((1, 3, 16)), ["a"])
    assert array["time"].values.tolist() == [0, 1, 2]
    assert array["driven"].dtype == bool
    assert array["driven"].values.tolist() == [False, False, True]
    np.testing.assert_array_equal(array["time_start_ms"], [np.nan, 70, np.nan])
    np.testing.assert_array_equal(array["time_end_ms"], [np.nan, 110, np.nan])
    assert array["time_end_ms"].attrs == {"units": "ms"}
    assert array["area"].item() == "IT"


@pytest.mark.parametrize("time_ms", [None, (None, None)])
def test_what_is_not_known_is_absent(time_ms):
    array = AreaLayout("layer", (0, 1), (2,), None, time_ms).label(np.zeros((1, 2, 2)), ["a"])
    assert not {"driven", "time_start_ms", "time_end_ms"} & set(array.coords)
