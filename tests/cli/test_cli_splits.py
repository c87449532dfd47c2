"""Options of `cornetkit predict` about splits, groups and parts of the neuroids."""

import json

import numpy as np
import pytest

import cornetkit as ck


@pytest.fixture(scope="module")
def labelled(neural, tmp_path_factory):
    """The recordings with movies of four frames, and two animals."""
    trials = ck.open_recordings(neural)
    number = np.array([int(str(name)[2:]) for name in trials["stimulus"].values])
    trials = trials.assign_coords(
        movie=("presentation", number % 6),
        animal=("neuroid", ["F"] * 5 + ["N"] * 5),
        site=("neuroid", ["one"] * 10),
    )
    path = tmp_path_factory.mktemp("labelled") / "it.nc"
    ck.save_recordings(trials, path)
    return path


@pytest.fixture
def predict(run, acts, labelled):
    def call(*more):
        return run("predict", "--neural", labelled, "--acts", acts, "--areas", "IT", *more)

    return call


def settings_of(result):
    assert result.code == 0, result.err
    return json.loads(result.out)["settings"]


def test_groups_by_name_with_seed_and_number(predict, acts, labelled):
    found = predict("--groups", "movie", "--n-splits", 3, "--seed", 5, "--json")
    a = settings_of(found)
    assert (a["groups"], a["n_splits"], a["seed"]) == ("movie", 3, 5)
    with pytest.warns(ck.CornetkitWarning):
        scores = ck.predict(acts, labelled, areas=["IT"], groups="movie", n_splits=3, rng=5)
    rows = json.loads(found.out)["rows"]
    np.testing.assert_allclose([row["score"] for row in rows], scores["score"].values.ravel())
    assert a["splits_sha256"] == scores.attrs["splits_sha256"]


def test_the_report_says_how_stimuli_were_held_out(predict):
    grouped = predict("--groups", "movie", "--n-splits", 3, "--quiet")
    assert "one penalty a neuroid; 3 folds grouped by movie, seed 0" in grouped.out
    held = predict("--held-out", "movie", "--quiet")
    assert "6 splits that hold out values of movie, seed 0" in held.out


def test_an_unused_movie_is_noted(predict):
    assert "note: stimuli of the same movie are on both sides" in predict().err


def test_distance_in_an_area_and_in_pixels(predict, images):
    by_area = settings_of(predict("--splits", "distance", "--space", "IT", "--json"))
    assert by_area["space"] == "IT step 0"
    arguments = ["--splits", "distance", "--space", "pixels", "--images", images, "--json"]
    result = predict(*arguments)
    assert settings_of(result)["space"] == "pixels step 0"
    baseline = json.loads(result.out)["baseline_settings"]
    assert baseline["splits_sha256"] == settings_of(result)["splits_sha256"]


def test_splits_from_a_file(predict, tmp_path):
    path = tmp_path / "splits.csv"
    rows = [f"im{k},a,{'test' if k < 6 else 'train'}" for k in range(24)]
    path.write_text("\n".join(["stimulus_id,split,role", *rows]))
    result = predict("--splits", path, "--quiet")
    assert f"1 stored splits ({path})" in result.out
    assert settings_of(predict("--splits", path, "--json"))["n_test"] == 6


def test_by_animal_is_a_table_of_its_own(predict):
    result = predict("--by", "animal", "--window", "70:110", "--quiet")
    lines = result.out.splitlines()
    start = lines.index("by animal:")
    assert lines[start + 1].split()[:3] == ["animal", "neuroids", "area"]
    assert [line.split()[:3] for line in lines[start + 2 : start + 4]] == [
        ["F", "5", "IT"],
        ["N", "5", "IT"],
    ]
    rows = json.loads(predict("--by", "animal", "--json").out)["by"]
    assert {row["animal"] for row in rows} == {"F", "N"}


def test_further_settings_reach_predict(predict):
    pls = settings_of(
        predict("--method", "pls", "--components", 2, "--targets", "separate", "--json")
    )
    assert pls["targets"] == "separate"
    ridge = settings_of(
        predict("--alphas", "1,10", "--alpha-per", "all", "--normalization", "r^2/c", "--json")
    )
    assert (ridge["alphas"], ridge["alpha_per"]) == ([1, 10], "all")
    assert ridge["normalization"] == "r^2/c"
    assert settings_of(predict("--alphas", "brainscore", "--json"))["alphas"] == "brainscore"


def test_neuroids_without_an_r_in_some_split_are_counted(run, acts, neural, tmp_path):
    trials = ck.open_recordings(neural)
    quiet = ~np.isin(trials["stimulus"].values, ["im0", "im1"])
    trials[quiet, :, 3] = 0.0
    ck.save_recordings(trials, tmp_path / "sparse.nc")
    arguments = ["--neural", tmp_path / "sparse.nc", "--acts", acts, "--areas", "IT", "--quiet"]
    result = run("predict", *arguments)
    lines = result.out.splitlines()
    assert lines[3].split()[-1] == "undef."
    assert lines[4].split()[-1] == "1"
    assert "undef.: neuroids without an r in some split" in result.out
    plain = run("predict", "--neural", neural, "--acts", acts, "--areas", "IT", "--quiet")
    assert "undef." not in plain.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--groups", "movei"], "(did you mean 'movie'?)"),
        (["--groups", "movie", "--n-splits", "4", "--splits", "grouping"], "mean 'grouped'?)"),
        (["--splits", "nowhere.csv"], "no file of splits nowhere.csv"),
        (["--by", "animals"], "(did you mean 'animal'?)"),
        (["--by", "site"], "all 10 neuroids have site one"),
        (["--alphas", "1,x"], "--alphas 1,x: expected relative, brainscore, or numbers"),
        (["--alphas", "relativ"], "(did you mean 'relative'?)"),
        (["--splits", "distance", "--space", "V1"], "--space V1 is neither an area of"),
        (["--splits", "distance", "--space", "pixels"], "add --images FOLDER"),
        (["--splits", "distance"], "add space= (--space)"),
        (["--normalization", "r2"], "unknown normalization 'r2'"),
        (["--held-out", "movie", "--n-splits", "7"], "fewer than the 7 folds"),
    ],
    ids=str,
)
def test_wrong_input_gets_one_line(predict, more, message):
    result = predict(*more, "--quiet")
    assert result.code == 1
    assert message in result.error
    assert result.out == ""


def test_too_few_groups_for_the_folds(run, acts, labelled):
    trials = ck.open_recordings(labelled)
    half = trials.assign_coords(movie=("presentation", trials["movie"].values % 2))
    path = labelled.parent / "half.nc"
    ck.save_recordings(half, path)
    refused = run("predict", "--neural", path, "--acts", acts, "--groups", "movie", "--quiet")
    assert refused.code == 1
    assert "has 2 values, fewer than the 4 folds; give n_splits=2 (--n-splits 2)" in refused.error
