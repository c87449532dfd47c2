"""Which step stands for which time bin: the rules, a user's table, and what is refused."""

import itertools
import re

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.models.timing import committed_timing
from cornetkit.predictivity.alignment_table import read_table
from cornetkit.predictivity.features import Features
from cornetkit.predictivity.step_alignment import COMMITTED, align_steps, check_times

# The windows that were committed for IT of CORnet-R; step 0 has seen no image.
R_IT = [(np.nan, np.nan), (70, 110), (140, 170), (170, 200), (200, 250)]


def area_of(windows, driven=None, name="IT"):
    array = xr.DataArray(np.zeros((2, len(windows), 3)), dims=("stimulus", "time", "unit"))
    driven = [None] * len(windows) if driven is None else driven
    return [
        Features(name, k, k, array, d, k, limits)
        for k, (limits, d) in enumerate(zip(windows, driven, strict=True))
    ]


def steps_for(windows, bins, how, driven=None):
    start, end = np.array(bins, dtype=float).T
    return align_steps(area_of(windows, driven), start, end, how)


def test_nearest_start_takes_the_earlier_of_two_as_near():
    bins = [(50, 60), (80, 90), (90, 100), (100, 110), (105, 115), (155, 165), (240, 260)]
    found = steps_for(R_IT, bins, "nearest-start")
    # 105 lies 35 ms from the starts at 70 and 140, 155 lies 15 ms from those at 140 and 170.
    assert found.main_steps.tolist() == [1, 1, 1, 1, 1, 2, 4]
    assert [f.step for f in found.features] == [1, 2, 4]
    np.testing.assert_array_equal(found.weights.sum(axis=1), 1)


def test_center_takes_the_window_that_holds_it_or_the_nearest():
    bins = [(0, 10), (100, 110), (110, 130), (115, 135), (160, 180), (190, 212), (300, 310)]
    # Centres 5, 105, 120, 125 (as near to 110 as to 140), 170 (starts step 3), 201, 305.
    assert steps_for(R_IT, bins, "center").main_steps.tolist() == [1, 1, 1, 1, 3, 4, 4]


def test_overlap_mixes_steps_in_proportion():
    found = steps_for(R_IT, [(70, 90), (160, 200), (190, 210), (100, 150)], "overlap")
    assert [f.step for f in found.features] == [1, 2, 3, 4]
    expected = [[1, 0, 0, 0], [0, 0.25, 0.75, 0], [0, 0, 0.5, 0.5], [0.5, 0.5, 0, 0]]
    np.testing.assert_allclose(found.weights, expected)
    assert found.main_steps.tolist() == [1, 3, 3, 1]  # the earlier of equals


def test_overlap_with_nothing_is_refused():
    with pytest.raises(ck.CornetkitError, match=r"1 of 2 time bins overlap no step of IT.* 110 ms"):
        steps_for(R_IT, [(70, 90), (110, 140)], "overlap")


@pytest.mark.parametrize("how", ["nearest-start", "center", "overlap"])
def test_a_step_that_the_image_has_not_reached_is_refused_by_name(how):
    windows, driven = [(0, 50), (50, 100)], [False, True]
    assert steps_for(windows, [(60, 70)], how, driven).main_steps.tolist() == [1]
    message = rf"'{how}' takes step 0 of IT for the time bins that start at 10 ms"
    with pytest.raises(ck.CornetkitError, match=message):
        steps_for(windows, [(10, 20), (60, 70)], how, driven)


def test_areas_without_times_are_all_named():
    areas = {n: area_of([(np.nan, np.nan)] * 2, name=n) for n in ("V1", "V4")}
    areas["IT"] = area_of(R_IT)
    limits = np.array([70.0]), np.array([80.0])
    message = r"steps of V1, V4; only .*alignment= \(--alignment\) a table.*\['IT'\]"
    with pytest.raises(ck.CornetkitError, match=message):
        check_times(areas, *limits, "nearest-start")
    check_times({"IT": areas["IT"]}, *limits, "nearest-start")
    check_times(areas, *limits, read_table({70: 0}))


def test_the_message_names_every_model_that_has_times():
    """Of whom some area has committed windows, and no others."""
    timed = {
        (letter, times)
        for letter in ("Z", "R", "RT", "S")
        for times in ([5, 8] if letter != "S" else itertools.product((2, 4, 8, 10), repeat=3))
        if any(committed_timing(letter, times).values())
    }
    of_s = {times for letter, times in timed if letter == "S"}
    said = {tuple(map(int, m)) for m in re.findall(r"(\d+), (\d+)(?:,| and) (\d+)", COMMITTED)}
    assert said == of_s
    assert {t for t in timed if t[0] != "S"} == {("Z", 5), ("Z", 8), ("R", 5)}
    assert all(text in COMMITTED for text in ("CORnet-Z,", "CORnet-R with 5 steps", "RT has none"))


def test_one_step_without_times_stands_for_every_bin():
    areas = {"pixels": area_of([(np.nan, np.nan)], name="pixels")}
    unknown = np.full(3, np.nan)
    check_times(areas, unknown, unknown, "overlap")
    assert align_steps(areas["pixels"], unknown, unknown, "overlap").weights.tolist() == [[1.0]] * 3


def test_bins_without_times_are_refused():
    unknown = np.array([np.nan, np.nan])
    with pytest.raises(ck.CornetkitError, match="do not say when their time bins start and end"):
        check_times({"IT": area_of(R_IT)}, unknown, unknown, "nearest-start")


def test_all_forms_of_a_table_say_the_same(tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("area,time_bin_start,step\nIT,70,1\nIT,90,2\nV4,70,0\nV4,90,0\n")
    nested = {"IT": {70: 1, 90: 2}, "V4": {70: 0, 90: 0}}
    array = xr.DataArray(
        [[1, 2], [0, 0]],
        dims=("area", "time_bin"),
        coords={"area": ["IT", "V4"], "time_bin_start": ("time_bin", [70.0, 90.0])},
    )
    for source in (path, str(path), nested, array):
        assert read_table(source).steps == nested
    for source in ({70: 1, 90: 2}, array.sel(area="IT", drop=True)):
        assert read_table(source).of("anything") == {70.0: 1, 90.0: 2}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({70: 1}, r"no step of IT for 1 of 2 time bins \(those that start at 90 ms\)"),
        ({70: 1, 90: 7}, r"takes step 7 of IT .* 90 ms; the activations hold the steps 0, 1, 2"),
        ({70: 1, 90: 0}, "the table takes step 0 of IT for the time bins that start at 90 ms"),
        ({"TI": {70: 1}}, r"unknown area in the alignment table 'IT' \(did you mean 'TI'\?\)"),
        ({70: 1.5}, "a recurrent step .a whole number"),
        ({70: "one"}, "a recurrent step .a whole number"),
        ({"IT": {70: 1}, 90: 1}, "mixes areas and time bins"),
        ({}, "the alignment table is empty"),
        (3, "an alignment of type int was given"),
        (xr.DataArray([1], dims="bin"), r"an alignment of dims \(bin\) was given"),
        (xr.DataArray([1], dims="time_bin"), "has no coordinate 'time_bin_start'"),
        ("nothing.csv", r"no alignment table nothing\.csv"),
    ],
    ids=str,
)
def test_wrong_tables_are_told_in_one_line(table, message):
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        steps_for(R_IT, [(70, 90), (90, 110)], read_table(table), [False, *[True] * 4])
    assert "\n" not in str(caught.value)


def test_wrong_csv_tables_are_told(tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("time_bin_strat,step\n70,1\n")
    with pytest.raises(ck.CornetkitError, match=r"no column 'time_bin_start' \(did you mean"):
        read_table(path)
    path.write_text("time_bin_start,step\n70,1\n70,2\n")
    with pytest.raises(ck.CornetkitError, match="the time bin that starts at 70 ms twice"):
        read_table(path)
