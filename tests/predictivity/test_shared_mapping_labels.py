"""What a shared mapping says of itself, and what it refuses."""

import numpy as np
import pytest
from course_of_steps import (
    N_NEUROIDS,
    STEPS,
    N,
    area,
    features_and_responses,
    missing_some,
    recorded,
)

import cornetkit as ck


@pytest.fixture(scope="module")
def data():
    return features_and_responses()


def test_what_stands_behind_an_entry_is_in_the_scores(data, quietly, tmp_path):
    values, responses = data
    scores = quietly(area(values), recorded(responses), mapping="shared")
    assert scores["r"].dims == ("area", "time", "time_bin", "split", "neuroid")
    assert scores["time"].values.tolist() == [-1]
    assert scores["time"].attrs["meaning"].startswith("-1: several steps")
    assert scores["steps"].values.tolist() == [["0,1,2"]]
    assert scores["aligned_step"].values.tolist() == [STEPS]
    np.testing.assert_array_equal(scores["alignment_weight"].isel(area=0), np.eye(3)[STEPS])
    assert scores.attrs["mapping"] == "shared"
    assert scores.attrs["alignment"] == "nearest-start"
    assert ck.score_table(scores)["step"].tolist() == [str(s) for s in STEPS]
    again = ck.open_scores(ck.save_scores(scores, tmp_path / "scores.nc"))
    table = quietly(
        area(values), recorded(responses), mapping="shared", alignment=again["aligned_step"]
    )
    np.testing.assert_array_equal(table["r"], scores["r"])
    assert table.attrs["alignment"] == "table"


def test_undriven_steps_are_never_used_and_areas_without_a_driven_one_stay_nan(data, quietly):
    values, responses = data
    later = {70: 1, 90: 1, 110: 1, 130: 2, 150: 2}
    half = area(values, [False, True, True], windows=None)
    never = area(values, [False] * 3, windows=None, name="V4")
    scores = quietly(
        {"V4": never, "IT": half}, recorded(responses), mapping="shared", alignment=later
    )
    assert scores["steps"].sel(area="IT").values.tolist() == ["1,2"]
    assert scores["driven"].values.tolist() == [[False], [True]]
    assert np.isnan(scores["score"].sel(area="V4")).all()
    assert (scores["aligned_step"].sel(area="V4") == -1).all()
    with pytest.raises(ck.CornetkitError, match=r"takes step 0 of IT .* has not reached IT"):
        ck.predict(half, recorded(responses), mapping="shared", alignment={**later, 70: 0})


def test_without_times_a_table_is_asked_for(data):
    values, responses = data
    with pytest.raises(
        ck.CornetkitError, match=r"no times are known for the steps of IT; .*CORnet-RT has none"
    ):
        ck.predict(area(values, windows=None), recorded(responses), mapping="shared")


def test_bins_without_anything_to_score_are_nan_with_a_reason(data, quietly):
    values, responses = data
    silent = responses.copy()
    silent[:, 1, 0] = np.nan
    silent[:, 3, 1] = 2.0
    scores = quietly(area(values), recorded(silent), mapping="shared")
    undefined = np.isnan(scores["r"].isel(area=0, time=0)).all("split").values
    expected = np.zeros((5, N_NEUROIDS), bool)
    expected[1, 0] = expected[3, 1] = True
    np.testing.assert_array_equal(undefined, expected)
    assert any("n1" in note and "same response" in note for note in scores.attrs["notes"])


def test_features_that_never_vary_have_no_score(data, quietly):
    _, responses = data
    for constant in (np.ones((N, 3, 4)), np.broadcast_to(np.arange(3.0)[:, None], (N, 3, 4))):
        scores = quietly(area(np.array(constant)), recorded(responses), mapping="shared")
        assert np.isnan(scores["score"]).all()
        assert scores.attrs["notes"]


def test_fits_that_tie_neuroids_need_the_same_samples(data):
    values, responses = data
    with pytest.raises(ck.CornetkitError, match=r"2 of 4 neuroids .* some time bins, and a fit"):
        ck.predict(area(values), recorded(missing_some(responses)), mapping="shared", method="pls")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mapping": "share"}, r"unknown mapping 'share' \(did you mean 'shared'\?\)"),
        ({"alignment": "overlap"}, "alignment says which step .* add mapping='shared'"),
        (
            {"mapping": "shared", "alignment": "centre"},
            r"unknown alignment.*\(did you mean 'center'",
        ),
        ({"mapping": "shared", "method": "best-unit"}, "method 'best-unit' does not"),
        ({"mapping": "shared", "standardize": True}, "standardize=True does not"),
        ({"mapping": "shared", "protocol": "kar2019"}, "maps every time bin by itself"),
        ({"mapping": "shared", "stack": "time,unit"}, "give one of the two"),
        ({"stack": ("time",)}, r"stack=\('time',\) was given; expected \('time', 'unit'\)"),
    ],
    ids=str,
)
def test_arguments_that_do_not_go_together(data, settings, message):
    values, responses = data
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(area(values), recorded(responses), **settings)
    assert "\n" not in str(caught.value)
