"""RDMs that are given with gaps, or hold nothing: said in the notes, by name."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError, StimulusMismatchError


@pytest.fixture
def model(subjects):
    return subjects.mean("subject")


def notes_of(quietly, *sides, **settings):
    return quietly(ck.rsa, *sides, ceiling="none", **settings).attrs["notes"]


def test_pairs_without_a_distance_are_named(model, subjects, quietly):
    gaps = subjects.copy(deep=True)
    gaps[1, 2, 5] = gaps[1, 5, 2] = np.nan
    (note,) = notes_of(quietly, model, gaps)
    assert note.startswith("recordings: 1 pair of stimuli without a distance (NaN)")
    assert note.endswith("left out there: s02-s05")


def test_a_gap_is_left_out_of_its_subject_only(model, subjects, quietly):
    gaps = subjects.copy(deep=True)
    gaps[1, 2, 5] = gaps[1, 5, 2] = np.nan
    found = quietly(ck.rsa, model, gaps, ceiling="none")
    whole = quietly(ck.rsa, model, subjects, ceiling="none")
    same = (found["r"] == whole["r"]).values
    assert same.tolist() == [True, False, True, True, True]


def test_rdms_of_zeros_have_no_score_and_are_named(model, subjects, quietly):
    models = xr.concat([model, 0 * model], "time").assign_coords(time=[3, 0])
    found = quietly(ck.rsa, models, subjects, ceiling="none", permutations=19, bootstrap=20)
    for name in ("score", "p", "score_low"):
        assert np.isnan(found[name].sel(time=0))
        assert not np.isnan(found[name].sel(time=3))
    (note,) = found.attrs["notes"]
    assert "all distances are 0, as at a step that the image has not reached" in note
    assert note.endswith("time 0")


def test_comparing_rdms_names_zeros_and_gaps_of_either_side(model, subjects):
    gaps = subjects.copy(deep=True)
    gaps[1, 2, 5] = gaps[1, 5, 2] = np.nan
    with pytest.warns(ck.CornetkitWarning) as warned:
        found = ck.compare_rdms(0 * model, gaps)
    first, second = found.attrs["notes"]
    assert first.startswith("the first RDMs: all distances are 0, as at a step")
    assert second.startswith("the second RDMs: 1 pair of stimuli without a distance (NaN)")
    assert second.endswith("s02-s05")
    assert [str(w.message) for w in warned] == [first, second]
    assert found.isnull().all()


def test_ceilings_name_gaps_of_rdms(subjects):
    gaps = subjects.copy(deep=True)
    gaps[1, 2, 5] = gaps[1, 5, 2] = np.nan
    with pytest.warns(ck.CornetkitWarning, match="1 pair of stimuli without .* s02-s05"):
        ck.rdm_ceiling(gaps)


def test_constant_and_absent_rdms_are_named_too(model, subjects, quietly):
    odd = subjects.copy(deep=True)
    odd[0] = 1 - np.eye(8)
    odd[3] = np.nan
    notes = notes_of(quietly, model, odd)
    assert any("all distances are the same" in n and n.endswith("subject v") for n in notes)
    assert any("no distance at all" in n and n.endswith("subject y") for n in notes)


def test_undefined_similarities_are_counted_in_the_table(model, tmp_path, subjects):
    from cornetkit_cli.rsa_table import report

    models = xr.concat([model, 0 * model], "model").assign_coords(model=["a", "b"])
    with pytest.warns(ck.CornetkitWarning, match="all distances are 0"):
        found = ck.rsa(models, subjects, ceiling="none")
    lines = report(found, ck.rsa_table(found), "rdms.nc", "models.nc")
    assert "-: 1 of 2 similarities are not defined (see the notes)" in lines


def test_an_asymmetric_rdm_is_refused_with_the_pair(model, subjects):
    skewed = model.copy(deep=True)
    skewed[1, 6] = 9
    message = r"not symmetric, 1 of 28 pairs .*\(s01-s06: 9 and 1\.005\); expected one distance"
    with pytest.raises(InputError, match=message):
        ck.rsa(skewed, subjects)


def test_rdms_that_are_not_square_are_refused(model, subjects):
    with pytest.raises(StimulusMismatchError, match=r"1 are in one of them only \(s07\)"):
        ck.rsa(model[:7], subjects)


def test_rdms_of_other_stimuli_are_refused_and_in_another_order_aligned(model, subjects, quietly):
    renamed = model.assign_coords(stimulus_a=list("abcdefgh"), stimulus_b=list("abcdefgh"))
    with pytest.raises(StimulusMismatchError, match="no stimulus in common"):
        ck.rsa(renamed, subjects)
    turned = quietly(ck.rsa, model[::-1, ::-1], subjects, bootstrap=20)
    expected = quietly(ck.rsa, model, subjects, bootstrap=20)
    np.testing.assert_allclose(turned["resampled"], expected["resampled"], atol=1e-12)


def test_whitened_comparisons_refuse_single_gaps(model, subjects):
    gaps = model.copy(deep=True)
    gaps[0, 1] = gaps[1, 0] = np.nan
    with pytest.raises(InputError, match="needs the distances of all pairs of stimuli, and 1"):
        ck.rsa(gaps, subjects, compare="whitened-cosine", ceiling="none")


def test_crossnobis_of_one_repetition_is_refused(acts, trials):
    with pytest.raises(InputError, match="'crossnobis' needs repetitions, and every stimulus was"):
        ck.rsa(acts, trials.isel(repetition=[0]), neural_metric="crossnobis", ceiling="none")
