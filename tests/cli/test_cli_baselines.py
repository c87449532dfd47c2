"""`cornetkit predict --baselines`: labelled rows beside a model's, in table, JSON and figure."""

import json
import shutil
import warnings

import numpy as np
import pytest

import cornetkit as ck
from cornetkit.neural import of_animal, other_animals


@pytest.fixture(scope="module")
def two_animals(neural, tmp_path_factory):
    """The recordings as of two animals, with an object name for each stimulus."""
    trials = ck.open_recordings(neural)
    number = [int(str(name)[2:]) for name in trials["stimulus"].values]
    trials = trials.assign_coords(
        animal=("neuroid", np.repeat(["M1", "M2"], 5)),
        object_name=("presentation", [("car", "face", "tree")[n % 3] for n in number]),
    )
    path = tmp_path_factory.mktemp("two") / "two.nc"
    ck.save_recordings(trials, path)
    return path


@pytest.fixture
def predict(run, acts, two_animals):
    def call(*more, acts=acts, neural=two_animals):
        return run("predict", "--neural", neural, "--acts", acts, "--quiet", *more)

    return call


def scores_of(acts, recordings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return ck.predict(acts, recordings, progress=False)


def rows(result, **wanted):
    assert result.code == 0, result.err
    found = json.loads(result.out)["rows"]
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def test_pixels_are_the_default_with_images_and_none_leaves_them_out(predict, images):
    areas = {row["area"] for row in rows(predict("--images", images, "--json"))}
    assert areas == {"V4", "IT", "pixels"}
    without = predict("--images", images, "--baselines", "none", "--json")
    assert {row["area"] for row in rows(without)} == {"V4", "IT"}
    assert json.loads(without.out)["baseline_settings"] is None
    assert {row["area"] for row in rows(predict("--json"))} == {"V4", "IT"}


def test_rows_of_pictures_and_labels_equal_those_of_python(predict, images, two_animals):
    result = predict("--images", images, "--baselines", "gabor,pixels,labels", "--json")
    trials = ck.open_recordings(two_animals)
    acts = ck.baselines(images, ("pixels", "gabor"), recordings=trials)
    labels = ck.baselines(images, "labels", recordings=trials)
    for kind, array in [*acts.items(), *labels.items()]:
        expected = scores_of(array, trials)["score"].values.reshape(-1)
        found = [row["score"] for row in rows(result, area=kind, baseline=True)]
        np.testing.assert_allclose(found, expected)
    settings = json.loads(result.out)["baseline_settings"]
    assert [s["acts_model"] for s in settings] == ["gabor", "pixels", "labels"]


def test_the_models_rows_keep_their_intervals_beside_baselines(predict, images):
    result = predict("--images", images, "--bootstrap", 50, "--areas", "IT")
    assert result.code == 0, result.err
    lines = {line.split()[0]: line for line in result.out.splitlines() if line.strip()}
    assert " to " in lines["IT"]
    assert " to " not in lines["pixels"]


def test_the_best_of_each_bin_of_a_long_table_is_a_models(predict, images, monkeypatch):
    monkeypatch.setattr("cornetkit_cli.report.MOST_ROWS", 3)
    result = predict("--images", images)
    assert result.code == 0, result.err
    of_bins = result.out.partition("best area and step of each time bin:")[2].split("\n\n")[0]
    assert "IT" in of_bins or "V4" in of_bins
    assert "pixels" not in of_bins


def test_labels_of_the_recordings_need_no_images(predict):
    result = predict("--baselines", "labels")
    assert result.code == 0, result.err
    assert [line for line in result.out.splitlines() if line.startswith("labels ")]
    assert "labels: object_name, and nothing of the image" in result.out


def test_labels_are_not_taken_for_copies_of_an_image(predict):
    plain = rows(predict("--baselines", "labels", "--json"), area="labels")
    result = predict("--baselines", "labels", "--groups", "duplicates", "--json")
    grouped = rows(result, area="labels")
    assert [row["score"] for row in grouped] == [row["score"] for row in plain]
    assert any("labels: splits do not keep" in note for note in json.loads(result.out)["notes"])


@pytest.mark.slow
def test_untrained_rows_are_the_median_over_seeds_with_their_spread(predict, images, two_animals):
    options = [
        "--images",
        images,
        "--baselines",
        "untrained",
        "--untrained-seeds",
        "1,2,5",
        "--areas",
        "IT",
    ]
    found = rows(predict(*options, "--json"), model="untrained Z")
    trials = ck.open_recordings(two_animals)
    scores = []
    for seed in (1, 2, 5):
        model = ck.load_model("Z", weights="random", seed=seed)
        acts = ck.record(model, images, areas=["IT"], progress=False)
        scores.append(scores_of(acts, trials)["score"].values.reshape(-1))
    assert [row["area"] for row in found] == ["IT", "IT"]
    np.testing.assert_allclose([row["score"] for row in found], np.median(scores, axis=0))
    np.testing.assert_allclose([row["score_low"] for row in found], np.min(scores, axis=0))
    np.testing.assert_allclose([row["score_high"] for row in found], np.max(scores, axis=0))
    np.testing.assert_allclose([r["score_error"] for r in found], np.ptp(scores, axis=0) / 2)
    assert {row["seeds"] for row in found} == {3}
    text = predict(*options)
    assert "untrained Z: median over the seeds 1, 2, 5; its +- is half their range" in text.out
    assert [line for line in text.out.splitlines() if line.startswith("untrained Z  IT ")]


def test_each_animal_is_predicted_from_the_others_in_the_same_bin(predict, two_animals):
    found = predict("--baselines", "animal", "--json")
    trials = ck.open_recordings(two_animals)
    for animal in ("M1", "M2"):
        scores = scores_of(other_animals(trials, animal), of_animal(trials, animal))
        expected = [scores["score"].values[0, k, k] for k in range(2)]
        here = rows(found, area=f"{animal} from other animals")
        np.testing.assert_allclose([row["score"] for row in here], expected)
        assert [row["bin_ms"] for row in here] == ["70-90", "90-110"]
        assert [row["step"] for row in here] == [0, 0]


@pytest.mark.parametrize("options", [["--window", "70:110"], ["--bins", "40"]])
def test_other_animals_are_seen_in_the_time_bins_that_are_predicted(predict, two_animals, options):
    found = rows(predict("--baselines", "animal", *options, "--json"))
    trials = ck.rebin(ck.open_recordings(two_animals), window=(70, 110))
    scores = scores_of(other_animals(trials, "M2"), of_animal(trials, "M2"))
    here = [row for row in found if row["area"] == "M2 from other animals"]
    assert [row["bin_ms"] for row in here] == ["70-110"]
    assert here[0]["score"] == pytest.approx(scores["score"].item())


def test_all_kinds_stand_in_table_and_figure(predict, images, tmp_path):
    every = ["--baselines", "pixels,gabor,labels,untrained,animal", "--untrained-seeds", "4"]
    result = predict("--images", images, *every, "--plot", tmp_path / "scores.svg")
    assert result.code == 0, result.err
    for start in ("pixels", "gabor", "labels", "untrained Z", "M1 from other animals"):
        assert any(line.strip().startswith(start) for line in result.out.splitlines())
    assert result.out.count("from other animals: averaged responses, noise and all") == 1
    assert (tmp_path / "scores.svg").stat().st_size > 1000


@pytest.mark.slow
def test_several_models_share_what_is_the_same_and_have_untrained_rows_each(
    predict, acts, images, tmp_path
):
    other = tmp_path / "rt.nc"
    model = ck.load_model("RT", weights="random", times=3)
    ck.record(model, images, other, areas=["V4"], progress=False).close()
    shutil.copy(acts, tmp_path / "again.nc")
    more = ["--acts", other, "--acts", tmp_path / "again.nc"]
    options = [
        "--images",
        images,
        "--baselines",
        "pixels,untrained",
        "--untrained-seeds",
        "4",
        "--json",
    ]
    models = [row["model"] for row in rows(predict(*more, *options), baseline=True)]
    assert list(dict.fromkeys(models)) == ["", "untrained Z", "untrained RT"]
    assert models.count("untrained Z") == 4


@pytest.mark.slow
def test_baselines_are_cropped_as_the_activations_were(predict, images, tmp_path):
    path = tmp_path / "cropped.nc"
    model = ck.load_model("Z", weights="random")
    ck.record(model, images, path, areas=["IT"], crop=True, progress=False).close()
    options = [
        "--images",
        images,
        "--baselines",
        "pixels,gabor,untrained",
        "--untrained-seeds",
        "4",
    ]
    cropped = json.loads(predict(*options, "--json", acts=path).out)["baseline_settings"]
    assert [s["acts_resize"] for s in cropped[:2]] == ["crop", "crop"]
    assert json.loads(cropped[2]["acts_transform"])["resize"] == "crop"
    straight = json.loads(predict("--images", images, "--json").out)["baseline_settings"]
    assert straight["acts_resize"] == "straight"


def test_images_that_the_activations_leave_out_are_left_out(run, images, neural, tmp_path):
    folder = tmp_path / "stim"
    shutil.copytree(images, folder)
    (folder / "im3.png").write_bytes(b"")
    path = tmp_path / "a.nc"
    model = ck.load_model("Z", weights="random")
    ck.record(model, folder, path, areas=["IT"], skip_bad=True, progress=False).close()
    arguments = ["--acts", path, "--images", folder, "--join", "inner", "--json"]
    result = run("predict", "--neural", neural, *arguments)
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert found["baseline_settings"]["n_stimuli"] == found["settings"]["n_stimuli"] == 23
    assert any("left out 1 images that cannot be read" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--baselines", "pixel"], "unknown baseline 'pixel' (did you mean 'pixels'?)"),
        (["--baselines", ""], "--baselines is empty"),
        (["--baselines", "gabor"], "--baselines gabor is made from the images; add --images"),
        (["--baselines", "untrained"], "--baselines untrained is made from the images"),
        (["--baselines", "labels", "--labels", "object"], "did you mean 'object_name'?"),
        (
            ["--baselines", "none", "--untrained-seeds", "1,1"],
            "seeds 1,1: expected different whole",
        ),
        (["--baselines", "labels", "--labels", ","], "the list of labels is empty"),
        (["--baselines", "animal", "--images", "stim"], "--baselines animal needs none; leave"),
        (["--baselines", "none", "--untrained-seeds", "a"], "seeds a: expected different whole"),
    ],
)
def test_wrong_baselines_are_one_line(predict, options, message):
    result = predict(*options)
    assert result.code == 1
    assert message in result.error


def test_one_animal_is_one_clear_line_before_anything_is_predicted(predict, neural):
    result = predict("--baselines", "animal", neural=neural)
    assert result.code == 1
    assert "needs 2 animals or more, but all neuroids are from 'simulated'" in result.error


def test_models_that_cannot_be_made_anew_are_refused(predict, acts, images, tmp_path):
    import netCDF4

    path = tmp_path / "other.nc"
    shutil.copy(acts, path)
    with netCDF4.Dataset(path, "a") as file:
        file.model = "ResNet"
    result = predict("--images", images, "--baselines", "untrained", acts=path)
    assert "the activations are of ResNet, which cannot be made anew" in result.error
