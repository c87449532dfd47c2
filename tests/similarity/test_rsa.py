"""rsa(): every area and step against recordings or RDMs, with ceilings and provenance."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

import cornetkit as ck
from cornetkit.errors import InputError, StimulusMismatchError, UnknownNameError
from cornetkit.similarity import open_rsa, save_rsa

# The notes of what was left out are tested where they matter.
pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


@pytest.fixture(scope="module")
def result(acts, trials, quietly):
    return quietly(ck.rsa, acts, trials, n_halves=5)


def test_every_area_step_and_bin_has_its_score(result, acts, trials):
    assert result["score"].dims == ("area", "time", "time_bin")
    opened = ck.open_activations(acts)
    for area, step, k in (("V4", 0, 0), ("V4", 2, 1), ("IT", 2, 1)):
        ours = pdist(opened[area].sel(time=step).values, "correlation")
        theirs = pdist(trials.mean("repetition").values[:, k], "correlation")
        found = float(result["score"].sel(area=area, time=step)[k])
        assert found == pytest.approx(spearmanr(ours, theirs)[0], abs=1e-4)


def test_undriven_and_constant_steps_have_no_score(result):
    assert np.isnan(result["score"].sel(area="IT", time=[0, 1])).all()
    assert not result["driven"].sel(area="IT", time=0)
    notes = result.attrs["notes"]
    assert any("not reached: IT step 0" in note for note in notes)
    assert any("no RDM (NaN): IT step 1" in note for note in notes)


def test_ceilings_are_those_of_rdm_ceiling(result, trials):
    expected = ck.rdm_ceiling(trials, n_halves=5)
    for name in ("ceiling_lower", "ceiling_upper"):
        np.testing.assert_allclose(result[name], expected[name])
    assert result.attrs["ceiling"] == "repetitions"


def test_the_first_bin_is_noise_and_the_second_is_not(result):
    score = result["score"].sel(area="V4", time=2)
    assert abs(float(score[0])) < 0.3 < float(score[1])


def test_subjects_have_an_r_each_and_the_score_is_their_mean(acts, subjects, quietly):
    result = quietly(ck.rsa, acts, subjects, join="inner")
    assert result["r"].dims == ("area", "time", "subject")
    mean = result["r"].mean("subject")
    np.testing.assert_allclose(result["score"], mean)
    error = result["r"].std("subject", ddof=1) / np.sqrt(5)
    np.testing.assert_allclose(result["score_error"], error)
    expected = ck.rdm_ceiling(subjects)
    assert float(result["ceiling_lower"]) == pytest.approx(float(expected["ceiling_lower"]))
    assert result.attrs["notes"][0].startswith("8 stimuli are in both; left out 6")


def test_animals_can_be_subjects(acts, trials, quietly):
    result = quietly(ck.rsa, acts, trials, subjects="animal", areas=["V4"])
    assert result["r"].dims == ("area", "time", "subject", "time_bin")
    assert result["score"].dims == ("area", "time", "time_bin")
    alone = quietly(ck.rsa, acts, trials.sel(neuroid=trials["animal"] == "b"), areas="V4")
    np.testing.assert_allclose(result["r"].sel(subject="b"), alone["score"])


def test_model_rdms_and_paths_are_taken(acts, trials, subjects, tmp_path, quietly):
    rdms = quietly(ck.rdm, acts)
    ck.save_rdms({"model": rdms}, tmp_path / "model.nc")
    found = quietly(ck.rsa, tmp_path / "model.nc", trials, ceiling="none")
    expected = quietly(ck.rsa, acts, trials, ceiling="none")
    np.testing.assert_allclose(found["score"], expected["score"], atol=1e-10)


def test_an_rdm_of_a_file_is_chosen_by_its_group(acts, subjects, tmp_path, quietly):
    ck.save_rdms({"one": subjects, "two": subjects.mean("subject")}, tmp_path / "rdms.nc")
    found = quietly(ck.rsa, acts, tmp_path / "rdms.nc", group="two", join="inner")
    assert found["score"].dims == ("area", "time")
    assert np.isnan(float(found["ceiling_upper"]))
    assert any("have no dim 'subject'" in note for note in found.attrs["notes"])


def test_the_order_of_stimuli_changes_nothing(result, acts, trials, quietly):
    moved = trials.isel(stimulus=np.random.default_rng(0).permutation(14))
    again = quietly(ck.rsa, acts, moved, n_halves=5)
    np.testing.assert_allclose(again["score"], result["score"], atol=1e-10)
    np.testing.assert_allclose(again["ceiling_upper"], result["ceiling_upper"], atol=1e-10)


def test_metrics_may_differ_between_the_sides(acts, trials, quietly):
    settings = {"metric": "euclidean", "neural_metric": "crossnobis", "compare": "whitened-cosine"}
    result = quietly(ck.rsa, acts, trials, areas=["V4"], n_halves=2, **settings)
    theirs = ck.rdm(trials, "crossnobis")
    ours = quietly(ck.rdm, acts, "euclidean", areas=["V4"])
    expected = ck.compare_rdms(ours, theirs, "whitened-cosine")
    np.testing.assert_allclose(result["score"], expected, atol=1e-10)
    assert result.attrs["neural_metric"] == "crossnobis"
    assert result.attrs["metric"] == "euclidean"


def test_everything_that_moves_a_score_is_in_the_attributes(result):
    expected = {
        "metric": "correlation",
        "neural_metric": "correlation",
        "compare": "spearman",
        "n_stimuli": 14,
        "n_halves": 5,
        "seed": 0,
        "acts_model": "Z",
        "acts_gram_dtype": "float64",
        "acts_constant_units": "keep",
    }
    assert expected.items() <= result.attrs.items()


def test_a_result_is_saved_and_opened(result, tmp_path):
    found = open_rsa(save_rsa(result, tmp_path / "rsa.nc"))
    xr.testing.assert_identical(found.drop_attrs(), result.drop_attrs())
    assert found.attrs["notes"] == result.attrs["notes"]


def test_the_table_has_a_row_for_each_driven_step_and_bin(result):
    table = ck.rsa_table(result)
    assert len(table) == 10
    assert list(table.columns[:5]) == ["area", "step", "step_ms", "bin_ms", "score"]
    row = table[(table.area == "IT") & (table.step == 2) & (table.bin_ms == "70-170")]
    assert float(row["score"].iloc[0]) == float(result["score"].sel(area="IT", time=2)[1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"compare": "sperman"}, "did you mean 'spearman'"),
        ({"metric": "crossnobis"}, "activations do not"),
        ({"neural_metric": "cos"}, "unknown metric 'cos'"),
        ({"ceiling": "halves"}, "unknown ceiling 'halves'"),
        ({"ceiling": "subjects"}, "needs RDMs with a dim 'subject'"),
        ({"group": "x"}, r"group='x' \(--group x\) is for files of RDMs; the recordings are none"),
        ({"acts_group": "x"}, r"acts_group='x' \(--acts-group x\) is for files of RDMs"),
        ({"areas": ["V1"]}, "unknown area 'V1'"),
        ({"n_halves": 0}, "0 halves were asked for"),
        ({"n_halves": 2.5}, "n_halves must be a whole number, not 2.5"),
    ],
)
def test_wrong_arguments_are_told_in_a_line(acts, trials, settings, message):
    with pytest.raises(InputError, match=message) as raised:
        ck.rsa(acts, trials, **settings)
    assert "\n" not in str(raised.value)


def test_arguments_for_recordings_are_refused_for_rdms(acts, subjects):
    with pytest.raises(InputError, match=r"window= \(--window\) does not apply to RDMs"):
        ck.rsa(acts, subjects, window=(0, 10), join="inner")
    with pytest.raises(UnknownNameError, match="unknown coordinate of the subjects"):
        ck.rsa(acts, subjects, subjects="person", join="inner")


def test_other_stimuli_are_refused(acts, subjects):
    with pytest.raises(StimulusMismatchError, match="6 only in the activations"):
        ck.rsa(acts, subjects)


def test_dims_on_both_sides_are_refused_with_a_way_out(acts, quietly):
    with pytest.raises(InputError, match="both sides have a dim area, time; rename it"):
        quietly(ck.rsa, acts, acts)


def test_too_few_stimuli_are_refused(subjects):
    two = subjects.isel(stimulus_a=slice(2), stimulus_b=slice(2))
    with pytest.raises(InputError, match="2 stimuli are too few"):
        ck.rsa(two.mean("subject"), two)
