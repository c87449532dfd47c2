"""Score files give back what was written, complete or not at all."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import FileError, InputError
from cornetkit.predictivity import open_scores, save_scores


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=30, n_units=5, n_bins=2)


@pytest.fixture(scope="module")
def scores(data, quietly):
    return quietly(data.features, data.recordings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"alphas": 1.0},
        {"alphas": [0.5, 2.0]},
        {"method": "pls", "n_components": 40},
        {"method": "best-unit"},
        {"window": (70, 110)},
    ],
    ids=str,
)
def test_round_trip_is_identical(data, quietly, tmp_path, settings):
    scores = quietly(data.features, data.recordings, **settings)
    save_scores(scores, tmp_path / "scores.nc")
    again = open_scores(tmp_path / "scores.nc")
    xr.testing.assert_identical(again, scores)
    assert again.attrs == scores.attrs


def test_notes_come_back_as_they_were(data, quietly, tmp_path):
    strange = data.recordings.copy()
    strange[..., 1] = np.nan
    scores = quietly(data.features, strange)
    assert len(scores.attrs["notes"]) > 1
    save_scores(scores, tmp_path / "scores.nc")
    assert open_scores(tmp_path / "scores.nc").attrs["notes"] == scores.attrs["notes"]


def test_labels_that_are_no_text_come_back(data, quietly, tmp_path):
    recordings = data.recordings.assign_coords(
        neuroid=np.arange(4), depth=("neuroid", [0.5, 1.0, np.nan, 2.0])
    )
    scores = quietly(data.features, recordings)
    save_scores(scores, tmp_path / "scores.nc")
    xr.testing.assert_identical(open_scores(tmp_path / "scores.nc"), scores)


def test_equal_scores_give_equal_contents(data, quietly, tmp_path):
    for name in ("a.nc", "b.nc"):
        save_scores(quietly(data.features, data.recordings), tmp_path / name)
    xr.testing.assert_identical(open_scores(tmp_path / "a.nc"), open_scores(tmp_path / "b.nc"))


def test_a_file_that_is_there_is_not_replaced_unasked(scores, tmp_path):
    path = tmp_path / "scores.nc"
    path.write_text("mine")
    with pytest.raises(FileError, match=r"scores\.nc is there already; give overwrite=True"):
        save_scores(scores, path)
    assert path.read_text() == "mine"
    save_scores(scores, path, overwrite=True)
    xr.testing.assert_identical(open_scores(path), scores)


def test_nothing_is_left_behind_when_writing_fails(scores, tmp_path):
    with pytest.raises(InputError, match="attribute 'odd' of type object cannot be stored"):
        save_scores(scores.assign_attrs(odd=object()), tmp_path / "scores.nc")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(scores, tmp_path):
    with pytest.raises(FileError, match=r"output scores\.nc does not exist; make it first"):
        save_scores(scores, tmp_path / "missing" / "scores.nc")


def test_xarray_alone_opens_the_file(scores, tmp_path):
    save_scores(scores, tmp_path / "scores.nc")
    with xr.open_dataset(tmp_path / "scores.nc") as plain:
        np.testing.assert_array_equal(plain["score"], scores["score"])
        assert plain["neuroid"].values.tolist() == scores["neuroid"].values.tolist()


def test_no_file():
    with pytest.raises(FileError, match=r"no score file nowhere\.nc; make one with: cornetkit"):
        ck.open_scores("nowhere.nc")


def test_no_netcdf_file(tmp_path):
    (tmp_path / "scores.nc").write_text("area,score\n")
    with pytest.raises(FileError, match="not a netCDF file, or it is damaged"):
        ck.open_scores(tmp_path / "scores.nc")


def test_another_kind_of_file(data, tmp_path):
    path = tmp_path / "it.nc"
    data.recordings.to_dataset(name="response").to_netcdf(path)
    with pytest.raises(InputError, match=r"it\.nc holds no scores; expected a file of cornetkit"):
        ck.open_scores(path)
