"""`cornetkit predict` on odd recordings: one line, or scores with a note; never a traceback."""

import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck


@pytest.fixture
def trials(neural) -> xr.DataArray:
    return ck.open_recordings(neural).copy(deep=True)


@pytest.fixture
def predict(run, acts, tmp_path):
    """Return a function that writes an array as it is, unvalidated, and predicts it."""

    def call(array: xr.DataArray, *more: object):
        array.to_dataset(name="response").to_netcdf(tmp_path / "odd.nc")
        model = [] if "--acts" in more else ["--acts", acts]
        return run("predict", "--neural", tmp_path / "odd.nc", *model, *more)

    return call


def refused(result) -> str:
    assert (result.code, result.out) == (1, "")
    return result.error


def test_one_stimulus(predict, trials):
    one = trials.isel(presentation=trials["stimulus"].values == "im3")
    error = refused(predict(one, "--join", "inner"))
    assert "too few stimuli: 1" in error
    assert "6 stimuli or more" in error


def test_no_stimulus_in_common(predict, trials):
    others = np.char.add("other", trials["stimulus"].values.astype(str))
    error = refused(predict(trials.assign_coords(stimulus=("presentation", others))))
    assert "no stimulus" in error
    assert "other" in error
    assert "im0" in error


def test_stimuli_in_one_file_only(predict, trials):
    error = refused(predict(trials.isel(presentation=trials["stimulus"].values != "im3")))
    assert "1 only in" in error
    assert "im3" in error
    assert "--join inner" in error


def test_ids_that_differ_by_their_type_only(run, predict, images, trials, tmp_path):
    numbers = [int(str(name)[2:]) for name in trials["stimulus"].values]
    renamed = ck.load_stimuli(images)
    table = tmp_path / "stimuli.csv"
    rows = [f"{name[2:]},{path}" for name, path in zip(renamed.ids, renamed.paths, strict=True)]
    table.write_text("\n".join(["stimulus_id,filename", *rows]))
    ck.record(ck.load_model("Z", weights="random"), table, tmp_path / "n.nc", areas=["IT"]).close()
    trials = trials.assign_coords(stimulus=("presentation", numbers))
    error = refused(predict(trials, "--acts", tmp_path / "n.nc"))
    assert "'1' and 1" in error
    assert ".astype(str)" in error


def test_infinite_values(predict, trials):
    trials[3, 0, 2] = np.inf
    error = refused(predict(trials))
    assert "infinite" in error
    assert "1 " in error


def test_neuroid_ids_given_twice(predict, trials):
    names = trials["neuroid"].values.copy()
    names[1] = names[0]
    error = refused(predict(trials.assign_coords(neuroid=names)))
    assert str(names[0]) in error
    assert "twice" in error or "unique" in error or "repeat" in error


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [((90, 70), (110, 90), "order"), ((70, 80), (90, 100), "overlap")],
)
def test_bins_out_of_order_or_overlapping(predict, trials, start, end, words):
    bins = {"time_bin_start": ("time_bin", list(start)), "time_bin_end": ("time_bin", list(end))}
    assert words in refused(predict(trials.assign_coords(bins)))


def test_a_window_outside_the_bins(predict, trials):
    error = refused(predict(trials, "--window", "400:500"))
    assert "400" in error
    assert "500" in error
    assert f"{trials['time_bin_start'].values[0]:g}" in error


def test_dims_of_another_name(predict, trials):
    error = refused(predict(trials.rename(neuroid="cell")))
    assert "cell" in error
    assert "neuroid" in error
    assert "time_bin" in error


def test_constant_and_silent_neuroids_are_counted_and_the_others_scored(predict, trials):
    trials[:, :, 0] = 2.5
    trials[:, :, 1] = np.nan
    result = predict(trials, "--json")
    assert result.code == 0, result.err
    assert "1 of 10 neuroids (sim001) without any response" in result.err
    assert "1 of 10 neuroids (sim000) with the same response" in result.err
    assert all(row["score"] is not None for row in json.loads(result.out)["rows"])


def test_one_repetition_has_no_ceiling_and_is_scored(predict, trials):
    result = predict(trials.isel(presentation=trials["repetition"].values == 0), "--json")
    assert result.code == 0, result.err
    assert "no stimulus was repeated, so there is no noise ceiling" in result.err
    rows = json.loads(result.out)["rows"]
    assert all(row["score"] is not None and row["ceiling_score"] is None for row in rows)


def test_fewer_stimuli_than_components_clamps_and_says_so(predict, trials):
    result = predict(trials, "--method", "pls", "--components", 500)
    assert result.code == 0, result.err
    assert "components" in result.err
    assert "500" in result.err
