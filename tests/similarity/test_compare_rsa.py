"""compare_rsa(): paired differences of models, steps and areas."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import cornetkit as ck
from cornetkit.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
ASKED = {"bootstrap": 60, "ceiling": "none", "rng": 1}


@pytest.fixture(scope="module")
def result(acts, trials, quietly):
    return quietly(ck.rsa, acts, trials, **ASKED)


@pytest.fixture(scope="module")
def other(acts, trials, quietly):
    """The same areas of another model: noise on top."""
    opened = {area: array.load() for area, array in ck.open_activations(acts).items()}
    rng = np.random.default_rng(0)
    noisy = {a: x + 2 * rng.normal(size=x.shape).astype("f4") for a, x in opened.items()}
    return quietly(ck.rsa, noisy, trials, **ASKED)


def test_the_difference_of_two_steps_is_paired(result):
    late, early = result.sel(area="V4", time=2), result.sel(area="V4", time=1)
    found = ck.compare_rsa(late, early)
    np.testing.assert_array_equal(found["difference"], late["score"] - early["score"])
    np.testing.assert_array_equal(found["resampled"], late["resampled"] - early["resampled"])


def test_two_steps_of_an_area_are_said_to_be_no_evidence_of_recurrence(result):
    early, late = (result.sel(area="V4", time=step) for step in (1, 2))
    with pytest.warns(ck.CornetkitWarning, match="how many features they hold, not by recurrence"):
        found = ck.compare_rsa(late, early)
    assert "ck.recurrence_gain" in found.attrs["notes"][0]
    assert "notes" not in ck.compare_rsa(late, result.sel(area="IT", time=2)).attrs
    assert "notes" not in ck.compare_rsa(result, result).attrs


def test_the_interval_and_p_come_from_the_differences(result):
    late, early = result.sel(area="V4", time=2), result.sel(area="V4", time=1)
    found = ck.compare_rsa(late, early).isel(time_bin=0)
    boots = (late["resampled"] - early["resampled"])[:, 0].var(ddof=1) * 14 / 13
    left_out = (late["jackknife"] - early["jackknife"])[:, 0].var(ddof=0) * 13
    variance = np.clip(2 * left_out - boots, boots / 3, boots)
    error, difference = float(np.sqrt(variance)), float(found["difference"])
    half = stats.t.ppf(0.975, 13) * error
    assert float(found["difference_low"]) == pytest.approx(difference - half)
    assert float(found["difference_high"]) == pytest.approx(difference + half)
    expected = 2 * stats.t.sf(abs(difference) / error, 13)
    assert float(found["p"]) == pytest.approx(expected)


def test_what_two_models_share_cancels(result):
    found = ck.compare_rsa(result, result)
    defined = result["score"].notnull()
    assert (found["difference"].where(defined, 0) == 0).all()
    assert (found["difference_low"].where(defined, 0) == 0).all()


def test_two_models_are_compared_place_by_place(result, other):
    found = ck.compare_rsa(result, other)
    assert found["difference"].dims == ("area", "time", "time_bin")
    assert np.isnan(found["difference"].sel(area="IT", time=0)).all()
    low = found["difference_low"].sel(area="V4", time=2)[1]
    assert float(low) < float(found["difference"].sel(area="V4", time=2)[1])


def test_results_of_files_are_compared_as_those_in_memory(result, other, tmp_path):
    paths = [ck.save_rsa(x, tmp_path / f"{k}.nc") for k, x in enumerate((result, other))]
    found = ck.compare_rsa(*paths)
    xr.testing.assert_allclose(found, ck.compare_rsa(result, other))


def test_two_factors_are_compared_too(subjects):
    rng = np.random.default_rng(0)
    noise = np.triu(rng.exponential(size=(2, 8, 8)), 1)
    models = subjects.mean("subject") + xr.DataArray(
        noise + noise.transpose(0, 2, 1), dims=("model", "stimulus_a", "stimulus_b")
    )
    models = models.transpose("model", ...)
    asked = {"bootstrap": 50, "resample": ("stimulus", "subject")}
    both = ck.rsa(models, subjects, **asked)
    found = ck.compare_rsa(both.isel(model=0), both.isel(model=1))
    assert {"resampled_stimulus", "resampled_subject", "jackknife_r"} <= set(found.data_vars)
    assert float(found["difference_low"]) < float(found["difference"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rng": 2}, "the results differ in resample_seed: 1 and 2; their resamples are not"),
        ({"bootstrap": 50}, "the results differ in bootstrap: 60 and 50"),
        ({"resample": "neuroid"}, "the results differ in resample_of: stimulus and neuroid"),
        ({"compare": "pearson"}, "the results differ in compare: spearman and pearson"),
        ({"bootstrap": None}, r"second result has no bootstrap resamples .*--bootstrap 1000"),
    ],
)
def test_results_on_other_resamples_are_refused(result, acts, trials, quietly, change, message):
    again = quietly(ck.rsa, acts, trials, **{**ASKED, **change})
    with pytest.raises(InputError, match=message) as raised:
        ck.compare_rsa(result, again)
    assert "\n" not in str(raised.value)


def test_as_many_other_stimuli_are_refused(result, acts, trials, quietly):
    renamed = [f"x{k}" for k in range(14)]
    arrays = {a: x.load() for a, x in ck.open_activations(acts).items()}
    moved = {a: x.assign_coords(stimulus=renamed) for a, x in arrays.items()}
    again = quietly(ck.rsa, moved, trials.assign_coords(stimulus=renamed), **ASKED)
    with pytest.raises(InputError, match="are of different stimuli, although of as many"):
        ck.compare_rsa(result, again)


def test_other_labels_are_refused_with_a_way_out(result):
    with pytest.raises(InputError, match=r"other labels of 'area' \(V4 and IT\).*\.sel\(area="):
        ck.compare_rsa(result.sel(area=["V4"]), result.sel(area=["IT"]))


def test_what_is_no_result_is_refused():
    with pytest.raises(InputError, match="the first: a DataArray was given; expected a result of"):
        ck.compare_rsa(xr.DataArray(0.0), xr.DataArray(0.0))
