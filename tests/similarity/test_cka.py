"""cka(): golden numbers, ids, steps and time bins."""

import numpy as np
import pytest

import cornetkit as ck
from cornetkit.errors import InputError, StimulusMismatchError

# The notes of what was left out are tested where they matter.
pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


def test_golden_numbers(golden):
    found = ck.cka(golden.features, golden.recordings)
    assert found.dims == ("time_bin",)
    assert float(found[0]) == pytest.approx(0.4288744112, abs=1e-9)
    biased = ck.cka(golden.features, golden.recordings, unbiased=False)
    assert float(biased[0]) == pytest.approx(0.5359079243, abs=1e-9)


def test_every_area_step_and_bin_has_its_value(acts, trials, quietly):
    found = quietly(ck.cka, acts, trials, unbiased=False)
    assert found.dims == ("area", "time", "time_bin")
    X = ck.open_activations(acts)["V4"].sel(time=1).values.astype(float)
    Y = trials.mean("repetition").values[:, 1]
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    expected = np.linalg.norm(X.T @ Y) ** 2 / np.linalg.norm(X.T @ X) / np.linalg.norm(Y.T @ Y)
    assert float(found.sel(area="V4", time=1)[1]) == pytest.approx(expected, rel=1e-6)


def test_undriven_and_constant_steps_are_nan_and_noted(acts, trials):
    with pytest.warns(ck.CornetkitWarning, match="has not reached: IT step 0"):
        found = ck.cka(acts, trials)
    assert np.isnan(found.sel(area="IT", time=[0, 1])).all()
    assert not np.isnan(found.sel(area="V4")).any()


def test_steps_of_two_models_are_crossed(acts, quietly):
    found = quietly(ck.cka, acts, acts)
    assert found.dims == ("area", "time", "area_b", "time_b")
    same = found.sel(area="V4", time=2, area_b="V4", time_b=2)
    assert float(same) == pytest.approx(1)
    there, back = found.sel(area="V4", time=0), found.sel(area_b="V4", time_b=0)
    np.testing.assert_allclose(there.sel(area_b="IT", time_b=2), back.sel(area="IT", time=2))


def test_ids_decide(golden, quietly):
    order = np.random.default_rng(0).permutation(100)
    moved = ck.cka(golden.features[order], golden.recordings)
    np.testing.assert_allclose(moved, ck.cka(golden.features, golden.recordings))


def test_other_stimuli_are_refused_unless_joined(golden):
    with pytest.raises(StimulusMismatchError, match="10 only in the second"):
        ck.cka(golden.features[:90], golden.recordings)
    found = ck.cka(golden.features[:90], golden.recordings, join="inner")
    assert found.attrs["n_stimuli"] == 90


def test_a_stimulus_without_responses_is_refused_in_words(golden):
    holes = golden.recordings.mean("repetition").isel(time_bin=0).rename(neuroid="unit")
    holes[3] = np.nan
    with pytest.raises(InputError, match="1 stimuli have no response at all"):
        ck.cka(golden.features, holes)


def test_rdms_are_refused(subjects, golden):
    with pytest.raises(InputError, match="expected activations or recordings"):
        ck.cka(golden.features, subjects)
