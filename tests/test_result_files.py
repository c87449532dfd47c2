"""Files of results: whatever is saved is opened again, and says what it is."""

import os
import re

import netCDF4
import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import FileError, InputError, UnknownNameError
from cornetkit.result_contents import content_of, kind_of_file
from cornetkit.result_files import read_result, write_result

CONTENTS = (
    "scores",
    "reverse predictivity",
    "partition of variance",
    "error modes",
    "ceilings",
    "rdms",
    "rsa",
    "rdm ceilings",
    "one-to-one matching",
    "soft matching",
    "decoding",
    "object solution times",
    "generalisation of a mapping",
    "rdm movie",
    "latency",
    "trajectories",
)
of_each = pytest.mark.parametrize("content", CONTENTS)


@of_each
def test_whatever_is_saved_is_opened_as_it_was(every_result, content, tmp_path):
    result, save, load = every_result[content]
    path = tmp_path / "result.nc"
    assert save(result, path) == path
    again = load(path)
    xr.testing.assert_equal(again, result)
    kinds = [{str(n): c.dtype.kind for n, c in x.coords.items()} for x in (again, result)]
    # xarray reads text as objects.
    text = [{name: kind.replace("O", "U") for name, kind in one.items()} for one in kinds]
    assert text[0] == text[1]
    expected = {name: value for name, value in result.attrs.items() if name != "nested"}
    assert {name: again.attrs.get(name) for name in expected} == expected


@of_each
def test_what_was_opened_is_saved_again(every_result, content, tmp_path):
    result, save, load = every_result[content]
    once = load(save(result, tmp_path / "once.nc"))
    twice = load(save(once, tmp_path / "twice.nc"))
    xr.testing.assert_identical(twice, once)


@of_each
def test_every_file_says_what_it_holds_and_who_wrote_it(every_result, content, tmp_path):
    result, save, _ = every_result[content]
    path = save(result, tmp_path / "result.nc")
    with netCDF4.Dataset(path) as file:
        assert file.content == content
        assert file.schema_version == "1"
        assert file.cornetkit_version == ck.__version__
    assert kind_of_file(path) == content


@of_each
def test_files_without_that_attribute_are_known_by_their_variables(every_result, content, tmp_path):
    result, save, load = every_result[content]
    path = save(result, tmp_path / "result.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.delncattr("content")
    assert kind_of_file(path) == content
    xr.testing.assert_equal(load(path), result)


@of_each
def test_every_opener_refuses_the_files_of_others_and_names_them(every_result, content, tmp_path):
    result, save, own = every_result[content]
    path = save(result, tmp_path / "result.nc")
    others = {ck.open_scores, ck.open_ceiling, ck.open_rsa, ck.open_rdms, ck.open_temporal} - {own}
    assert len(others) == 4
    for load in others:
        with pytest.raises(InputError, match=r"result\.nc holds no [\w ]+\W") as refused:
            load(path)
        assert "\n" not in str(refused.value)


def test_the_refusal_says_what_it_is_instead(every_result, tmp_path):
    for content, words in (
        ("reverse predictivity", "no ceilings but a result of reverse_predict; expected a file of"),
        ("scores", "no ceilings but scores; expected a file of cornetkit ceiling --out"),
        ("rdms", "no ceilings but RDMs"),
    ):
        result, save, _ = every_result[content]
        path = save(result, tmp_path / f"{content}.nc")
        with pytest.raises(InputError, match=f"holds {words}"):
            ck.open_ceiling(path)


@pytest.mark.parametrize("save", ["save_scores", "save_ceiling", "save_rsa"])
def test_what_cannot_be_opened_again_is_not_saved(every_result, save, tmp_path):
    own = {one[1].__name__: content for content, one in every_result.items()}
    for content, (result, saver, _) in every_result.items():
        if saver.__name__ == save:
            continue
        with pytest.raises(InputError, match=f"was given to {save}; expected"):
            getattr(ck, save)(result, tmp_path / "x.nc")
        assert content != own[save]
    with pytest.raises(InputError, match=rf"^a Dataset was given to {save}; expected"):
        getattr(ck, save)(xr.Dataset({"x": 1}), tmp_path / "x.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["scores", "ceiling", "rsa", "rdms"])
def test_missing_files_folders_and_unfinished_ones_are_told(name, tmp_path):
    load = getattr(ck, f"open_{name}")
    path = tmp_path / "x.nc"
    with pytest.raises(FileError, match=r"^no .*x\.nc; make one with: "):
        load(path)
    (tmp_path / "x.nc.partial").write_text("")
    with pytest.raises(FileError, match=r"x\.nc \(only x\.nc\.partial, unfinished\); make one"):
        load(path)
    with pytest.raises(FileError, match="is a folder; expected a file of"):
        load(tmp_path)
    path.write_text("no netCDF")
    with pytest.raises(FileError, match="is not a netCDF file, or it is damaged"):
        load(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.nc")
    assert kind_of_file(tmp_path / "pipe.nc") == "recordings"
    with pytest.raises(FileError, match="is a pipe"):
        ck.open_scores(tmp_path / "pipe.nc")


def test_a_file_that_lacks_what_it_says_it_holds_is_told(tmp_path):
    path = tmp_path / "x.nc"
    xr.Dataset({"r": 1.0}, attrs={"content": "scores"}).to_netcdf(path)
    with pytest.raises(InputError, match="says that it holds scores, but lacks ceiling_score, sc"):
        ck.open_scores(path)


def test_units_of_milliseconds_do_not_become_durations(every_result, tmp_path):
    scores = every_result["scores"][0].copy()
    scores["time_bin_start"].attrs["units"] = "ms"
    scores["time_bin_end"].attrs["units"] = "ms since onset"
    again = ck.open_scores(ck.save_scores(scores, tmp_path / "scores.nc"))
    xr.testing.assert_identical(again["time_bin_start"], scores["time_bin_start"])
    xr.testing.assert_identical(again["time_bin_end"], scores["time_bin_end"])


def test_attributes_of_coordinates_that_netcdf_cannot_hold_are_named(every_result, tmp_path):
    scores = every_result["scores"][0].copy()
    scores["neuroid"].attrs["probe"] = object()
    with pytest.raises(InputError, match="attribute 'probe' of type object cannot be stored"):
        ck.save_scores(scores, tmp_path / "scores.nc")
    assert list(tmp_path.iterdir()) == []


def test_notes_of_other_programs_come_as_they_are(every_result, tmp_path):
    path = ck.save_rdms(every_result["rdms"][0], tmp_path / "rdms.nc")
    with netCDF4.Dataset(path, "a") as file:
        file["rdm"].notes = "not JSON"
    assert ck.open_rdms(path).attrs["notes"] == ["not JSON"]


def test_contents_are_a_closed_list(tmp_path):
    with pytest.raises(UnknownNameError, match=r"unknown content 'score' .did you mean 'scores'"):
        write_result(xr.Dataset(), tmp_path / "x.nc", "score")
    assert content_of(np.zeros(3)) is None
    assert content_of(xr.Dataset({"x": 1})) is None


def test_groups_are_read_one_by_one(every_result, tmp_path):
    rdms = every_result["rdms"][0].to_dataset(name="rdm")
    path = write_result({"one": rdms, "two": 2 * rdms}, tmp_path / "x.nc", "rdms")
    assert kind_of_file(path) == "rdms"
    two = read_result(path, "rdms", "x", group="two")
    xr.testing.assert_equal(two["rdm"], 2 * rdms["rdm"])


def test_recordings_and_activations_are_told_from_results(tmp_path):
    assert kind_of_file(tmp_path / "none.nc") == "recordings"
    xr.Dataset({"response": ("x", [1.0])}).to_netcdf(tmp_path / "it.nc")
    assert kind_of_file(tmp_path / "it.nc") == "recordings"
    xr.Dataset({"activation": ("x", [1.0])}).to_netcdf(tmp_path / "acts.nc", group="IT")
    assert kind_of_file(tmp_path / "acts.nc") == "activations"
    with pytest.raises(InputError, match="holds no scores but activations"):
        ck.open_scores(tmp_path / "acts.nc")


@of_each
def test_functions_that_need_another_result_say_what_they_got(every_result, content):
    result = every_result[content][0]
    if content != "scores":
        with pytest.raises(InputError, match="was given; expected scores, the result of predict"):
            ck.score_table(result)
    if content not in ("rsa", "one-to-one matching", "soft matching"):
        with pytest.raises(InputError, match="was given; expected the result of rsa"):
            ck.rsa_table(result)
    if content == "error modes":
        message = re.escape("a result of error_modes was given; expected scores")
        with pytest.raises(InputError, match=message):
            ck.score_table(result)


def test_a_file_of_scores_is_no_source_of_rdms(every_result, tmp_path):
    path = ck.save_scores(every_result["scores"][0], tmp_path / "scores.nc")
    with pytest.raises(InputError, match=r"scores\.nc holds scores; expected activations"):
        ck.rdm(path)


@pytest.mark.parametrize(
    "content", ["scores", "reverse predictivity", "partition of variance", "error modes"]
)
def test_results_of_predictivity_say_their_versions_and_inherit_once(every_result, content):
    attrs = every_result[content][0].attrs
    assert attrs["schema_version"] == "1"
    assert attrs["cornetkit_version"] == ck.__version__
    assert attrs["acts_model"] == "S"
    assert attrs["neural_source"] == "a lab"
    if content != "scores":
        assert attrs["analysis"] == content


def test_a_matching_says_all_that_moved_it(every_result):
    attrs = every_result["one-to-one matching"][0].attrs
    assert attrs["window"] == [70.0, 110.0]
    assert attrs["bins"] == "none"
    assert attrs["neural_source"] == "a lab"
    assert attrs["acts_nested"] == '{"a": 1}'
