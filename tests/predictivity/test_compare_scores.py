"""Paired differences of scores: models, areas, steps, best steps."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import cornetkit as ck
from cornetkit.errors import CornetkitError, InputError


@pytest.fixture(scope="module")
def models(planted, quietly):
    """Scores of two models, areas V4 and IT at two steps, two time bins; the second is noisier."""
    data = planted(n_neuroids=6, n_bins=2, n_stimuli=50)
    rng = np.random.default_rng(5)

    def noisy(sd):
        return data.features + sd * rng.standard_normal(data.features.shape)

    def model(*sds):
        areas = {
            area: xr.concat([noisy(sd) for sd in of_steps], "time")
            .assign_coords(time=[0, 1])
            .transpose("stimulus", "time", "unit")
            for area, of_steps in zip(("V4", "IT"), sds, strict=True)
        }
        return ck.Activations(areas)

    def scored(acts, **settings):
        return quietly(acts, data.recordings, **{"bootstrap": 200, **settings})

    first, second = model((3, 3), (2, 0.3)), model((3, 3), (2, 1.5))
    return scored, first, scored(first), scored(second)


def test_a_model_differs_from_itself_by_nothing(models):
    _, _, a, _ = models
    found = ck.compare_scores(a, a)
    np.testing.assert_array_equal(found["difference"].values, 0)
    np.testing.assert_array_equal(found["p"].values, 1)


def test_differences_are_those_of_the_scores(models):
    _, _, a, b = models
    found = ck.compare_scores(a, b, areas="IT", times=1)
    expected = (a["score"] - b["score"]).sel(area="IT", time=1).values
    np.testing.assert_allclose(found["difference"].values[0], expected)
    assert found["place_a"].values.tolist() == ["IT@1"]


def test_the_interval_is_that_of_paired_resamples(models):
    scored, first, _, _ = models
    a = scored(first, resample="stimulus")
    found = ck.compare_scores(a, between=("IT@1", "V4@0")).isel(pair=0)
    place = {"area": "IT", "time": 1}, {"area": "V4", "time": 0}
    moved = a["resampled"].sel(place[0]) - a["resampled"].sel(place[1])
    sd = moved.values.std(axis=0)
    t = stats.t(49)
    np.testing.assert_allclose(
        found["difference_high"], found["difference"] + t.ppf(0.975) * sd, rtol=1e-10
    )
    np.testing.assert_allclose(
        found["p"], 2 * t.sf(np.abs(found["difference"].values) / sd), rtol=1e-8
    )


def test_pairing_makes_differences_of_alike_models_narrow(models):
    scored, first, a, _ = models
    slightly = ck.Activations({area: 2.0 * first[area] for area in first})
    again = scored(slightly)  # the same but for the unit of its activations
    found = ck.compare_scores(a, again, areas="IT", times=1)
    width = (found["difference_high"] - found["difference_low"]).values
    single = (a["score_high"] - a["score_low"]).sel(area="IT", time=1).values
    assert (width[0] < 0.01 * single).all()


def test_the_better_model_is_found(models):
    _, _, a, b = models
    found = ck.compare_scores(a, b, areas="IT", times=1)
    assert (found["difference_low"] > 0).all()
    assert (found["p_corrected"] < 0.05).all()


def test_corrected_p_are_never_below_single_ones(models):
    _, _, a, b = models
    found = ck.compare_scores(a, b)
    assert (found["p_corrected"] >= found["p"]).all()
    assert found.sizes["pair"] == 5  # four places and the best ones
    assert found["place_a"].values[-1] == "best"


def test_a_best_step_is_chosen_on_the_other_splits(models):
    _, _, a, _ = models
    found = ck.compare_scores(a, between=("IT", "V4@0"))
    r = a["r"].sel(area="IT").median("neuroid").values  # (time, time_bin, split)
    by_hand = []
    for k in range(r.shape[2]):
        others = np.delete(r, k, axis=2).mean(axis=2)
        best = others.argmax(axis=0)
        by_hand.append([r[best[b], b, k] for b in range(r.shape[1])])
    np.testing.assert_allclose(found["score_a"].values[0], np.mean(by_hand, axis=0))


def test_files_are_compared_as_datasets_are(models, tmp_path):
    _, _, a, b = models
    for name, scores in (("a.nc", a), ("b.nc", b)):
        ck.save_scores(scores, tmp_path / name)
    found = ck.compare_scores(tmp_path / "a.nc", tmp_path / "b.nc")
    xr.testing.assert_allclose(found.drop_attrs(), ck.compare_scores(a, b).drop_attrs())
    ck.save_scores(found, tmp_path / "c.nc")
    again = ck.open_scores(tmp_path / "c.nc")
    xr.testing.assert_allclose(again.drop_attrs(), found.drop_attrs())
    assert again.attrs["a"] == "a.nc"


def test_the_table_has_a_row_a_pair_and_bin(models):
    _, _, a, b = models
    table = ck.comparison_table(ck.compare_scores(a, b, areas="IT"))
    assert table["a"].tolist() == ["IT@0", "IT@0", "IT@1", "IT@1"]
    assert table["bin_ms"].tolist()[:2] == ["70-90", "90-110"]
    with pytest.raises(InputError, match="scores was given; expected the result of compare_scores"):
        ck.comparison_table(a)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rng": 1}, r"differ in the splits \(.*the seed of the resamples \(0 and 1\)"),
        ({"bootstrap": 100}, r"differ in the number of resamples \(200 and 100\)"),
        ({"resample": "stimulus"}, "differ in what was resampled"),
        ({"n_splits": 5}, "differ in the splits"),
        ({"window": (70, 90)}, "differ in the responses"),
    ],
)
def test_results_that_were_not_resampled_together_are_refused(models, settings, message):
    scored, first, a, _ = models
    with pytest.raises(InputError, match=message):
        ck.compare_scores(a, scored(first, **settings))


def test_other_stimuli_and_neuroids_are_told(planted, quietly, models):
    _, _, a, _ = models
    other = quietly(*planted(n_neuroids=5, n_bins=2, n_stimuli=40), bootstrap=200)
    with pytest.raises(InputError, match=r"differ in the stimuli .* the neuroids"):
        ck.compare_scores(a, other)


def test_a_result_without_resamples_is_refused(models):
    scored, first, a, _ = models
    with pytest.raises(InputError, match="has no resampled scores; make it with bootstrap=1000"):
        ck.compare_scores(a, scored(first, bootstrap=None))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one result was given; expected two, or between"),
        ({"between": ("IT@0", "IT@7")}, "IT@7 has no score; IT has one at steps 0, 1"),
        ({"between": ("IT@0", "It@1")}, r"unknown area 'It' \(did you mean 'IT'"),
        ({"between": ("IT@0", "IT@late")}, "'IT@late' is no place"),
        ({"between": ("IT@0", "IT@")}, "'IT@' is no place"),
        ({"between": ("", "IT@0")}, "'' is no place; expected an area and a step"),
        ({"between": ("IT@0",)}, "expected two places"),
        ({"between": ("IT", "V4"), "areas": "IT"}, "leave areas and times out"),
    ],
)
def test_places_that_are_not_there_are_told(models, arguments, message):
    _, _, a, _ = models
    with pytest.raises(CornetkitError, match=message):
        ck.compare_scores(a, **arguments)


def test_areas_that_one_side_lacks_are_told(models):
    _, _, a, b = models
    with pytest.raises(InputError, match="area V1 is not scored on both sides; in both are V4, IT"):
        ck.compare_scores(a, b, areas="V1")


def test_anything_else_is_refused(models):
    _, _, a, _ = models
    with pytest.raises(InputError, match="was given to compare_scores; expected scores"):
        ck.compare_scores(a, xr.Dataset())
