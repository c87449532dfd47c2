"""Labels of areas that hold a part of their units, or mixtures of them."""

import numpy as np
import xarray as xr

from cornetkit.activations import Activations, AreaLayout


def test_kept_units_keep_their_index_and_place():
    layout = AreaLayout("IT", (0,), (3, 2, 2), kept=(1, 6, 11))
    array = layout.label(np.zeros((1, 1, 3)), ["a"])
    assert layout.n_units == 3
    assert array["unit"].values.tolist() == [1, 6, 11]
    assert array["channel"].values.tolist() == [0, 1, 2]
    assert array["y"].values.tolist() == [0, 1, 1]
    assert array["x"].values.tolist() == [1, 0, 1]


def test_mixtures_have_a_number_and_no_place():
    array = AreaLayout("IT", (0,), (4,), has_places=False).label(np.zeros((1, 1, 4)), ["a"])
    assert array["unit"].values.tolist() == [0, 1, 2, 3]
    assert "channel" not in array.coords


def test_areas_with_different_units_stand_under_their_labels_in_one_array():
    def area(name, units, value):
        return xr.DataArray(
            np.full((2, 1, len(units)), value, np.float32),
            dims=("stimulus", "time", "unit"),
            coords={"stimulus": ["a", "b"], "time": [0], "unit": units, "area": name},
        )

    acts = Activations({"V4": area("V4", [2, 9], 1), "IT": area("IT", [5, 9, 30], 2)})
    together = acts.to_dataarray()
    assert together["unit"].values.tolist() == [2, 5, 9, 30]
    np.testing.assert_array_equal(together[0, 0, 0], [1, np.nan, 1, np.nan])
    np.testing.assert_array_equal(together[1, 1, 0], [np.nan, 2, 2, 2])
