"""The mapping from area to array, and all areas as one array."""

import numpy as np
import pytest

from cornetkit.activations import Activations, container
from cornetkit.activations.memory import available_bytes
from cornetkit.errors import InputError, StimulusMismatchError, UnknownNameError, in_words


def test_it_is_a_mapping_in_the_order_of_the_areas(in_memory):
    assert list(in_memory) == ["V4", "IT"]
    assert len(in_memory) == 2
    assert "IT" in in_memory
    assert "V1" not in in_memory
    assert in_memory.get("V1") is None
    assert in_memory["IT"].dims == ("stimulus", "time", "unit")


def test_an_unknown_area_is_refused_with_the_nearest(in_memory):
    with pytest.raises(UnknownNameError, match=r"unknown area 'it' \(did you mean 'IT'\?\)"):
        in_memory["it"]


def test_its_representation_names_the_areas_and_sizes(in_memory):
    lines = repr(in_memory).splitlines()
    assert lines == [
        "<Activations of X>",
        "  V4: stimulus 4, time 1, unit 18",
        "  IT: stimulus 4, time 3, unit 16",
    ]


def test_one_array_of_all_areas_holds_every_value(in_memory, values):
    array = in_memory.to_dataarray()
    assert array.dims == ("stimulus", "area", "time", "unit")
    assert dict(array.sizes) == {"stimulus": 4, "area": 2, "time": 3, "unit": 18}
    np.testing.assert_array_equal(array.sel(area="V4", time=[0]), values["V4"])
    np.testing.assert_array_equal(array.sel(area="IT").isel(unit=slice(16)), values["IT"])


def test_one_array_of_all_areas_is_nan_where_an_area_has_no_such_step_or_unit(in_memory):
    array = in_memory.to_dataarray()
    assert np.isnan(array.sel(area="V4", time=[1, 2])).all()
    assert np.isnan(array.sel(area="IT").isel(unit=slice(16, None))).all()
    assert int(np.isfinite(array).sum()) == 4 * (18 + 3 * 16)


def test_one_array_of_all_areas_keeps_its_labels(in_memory):
    array = in_memory.to_dataarray()
    assert array["area"].values.tolist() == ["V4", "IT"]
    assert array["object_name"].sel(stimulus="é").item() == "façade"
    assert array["driven"].dims == ("area", "time")
    assert array["driven"].values.tolist() == [[True, False, False], [False, False, True]]
    np.testing.assert_array_equal(
        array["time_start_ms"], [[90, np.nan, np.nan], [np.nan, 70, np.nan]]
    )
    assert array.attrs["model"] == "X"


def test_one_array_aligns_areas_by_id_not_by_position(in_memory):
    shuffled = Activations(
        {"V4": in_memory["V4"], "IT": in_memory["IT"].isel(stimulus=[3, 0, 1, 2])}
    )
    assert shuffled.to_dataarray().identical(Activations(dict(in_memory.items())).to_dataarray())


def test_one_array_of_different_stimuli_is_refused(in_memory):
    unequal = Activations({"V4": in_memory["V4"], "IT": in_memory["IT"].isel(stimulus=[0, 1])})
    with pytest.raises(StimulusMismatchError, match=r"2 only in V4 \(c, é\)"):
        unequal.to_dataarray()


def test_one_array_of_areas_that_do_not_say_what_is_driven_does_not_say_it_either(in_memory):
    bare = Activations({a: x.drop_vars("driven") for a, x in in_memory.items()})
    assert "driven" not in bare.to_dataarray().coords


def test_one_array_that_would_not_fit_is_refused_with_its_size(in_memory, monkeypatch):
    monkeypatch.setattr(container, "available_bytes", lambda: 1700)
    message = (
        r"4 stimuli x 2 areas x 3 steps x 18 units takes 1\.73 kB, but 1\.7 kB of memory are free; "
        r"take the areas one by one"
    )
    with pytest.raises(InputError, match=message):
        in_memory.to_dataarray()


def test_no_areas_make_no_array():
    with pytest.raises(InputError, match="no areas"):
        Activations({}).to_dataarray()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (999_700, "1 MB"),
        (1_728_000_000, "1.73 GB"),
        (196e9, "196 GB"),
        (1.5e15, "1,500 TB"),
    ],
)
def test_sizes_are_said_as_a_person_would(size, words):
    assert in_words(size) == words


def test_free_memory_is_a_plausible_number_of_bytes():
    assert 1e7 < available_bytes() < 1e15
