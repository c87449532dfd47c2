"""compare_rdms(): ids decide, leading dims are crossed or matched by label."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

import cornetkit as ck
from cornetkit.errors import InputError, StimulusMismatchError, UnknownNameError


def test_golden_number(golden, quietly):
    a = quietly(ck.rdm, golden.features)
    b = quietly(ck.rdm, golden.recordings).isel(time_bin=0)
    assert float(ck.compare_rdms(a, b)) == pytest.approx(0.4092556898, abs=1e-9)


def test_the_upper_triangle_is_compared(subjects):
    rows, columns = np.triu_indices(8, 1)
    a, b = (subjects.values[k][rows, columns] for k in (0, 1))
    found = ck.compare_rdms(subjects[0], subjects[1])
    assert float(found) == pytest.approx(spearmanr(a, b)[0])


def test_ids_decide_and_positions_never(subjects):
    moved = (
        subjects[1].isel(stimulus_a=[3, 1, 0, 7, 5, 6, 2, 4]).isel(stimulus_b=slice(None, None, -1))
    )
    found = ck.compare_rdms(subjects[0], moved)
    assert float(found) == pytest.approx(float(ck.compare_rdms(subjects[0], subjects[1])))


def test_leading_dims_of_one_side_are_crossed(subjects):
    others = subjects.rename(subject="model").assign_coords(model=list("ABCDE"))
    found = ck.compare_rdms(others, subjects)
    assert found.dims == ("model", "subject")
    expected = ck.compare_rdms(subjects[1], subjects[3])
    assert float(found.sel(model="B", subject="y")) == pytest.approx(float(expected))


def test_leading_dims_of_both_sides_are_matched_by_label(subjects):
    other = subjects**2 + subjects[::-1].values
    found = ck.compare_rdms(subjects, other)
    assert found.dims == ("subject",)
    expected = [float(ck.compare_rdms(subjects[k], other[k])) for k in range(5)]
    np.testing.assert_allclose(found, expected)


def test_matched_dims_with_other_labels_are_refused(subjects):
    with pytest.raises(InputError, match="both RDMs have a dim 'subject', with other labels"):
        ck.compare_rdms(subjects, subjects[::-1])


def test_square_and_pairs_are_compared(subjects):
    from cornetkit.similarity import to_form

    pairs = to_form(subjects, "pair").isel(pair=slice(None, None, -1))
    np.testing.assert_allclose(
        ck.compare_rdms(pairs, subjects.mean("subject")),
        ck.compare_rdms(subjects, subjects.mean("subject")),
    )


def test_other_stimuli_are_refused_unless_joined(subjects):
    fewer = subjects.isel(stimulus_a=slice(6), stimulus_b=slice(6))
    with pytest.raises(StimulusMismatchError, match="2 only in the first RDMs \\(s06, s07\\)"):
        ck.compare_rdms(subjects, fewer)
    found = ck.compare_rdms(subjects, fewer, join="inner")
    np.testing.assert_allclose(found, ck.compare_rdms(fewer, fewer))
    assert found.attrs["n_stimuli"] == 6


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_an_rdm_that_is_missing_gives_nan(subjects):
    holes = subjects.copy(deep=True)
    holes[2] = np.nan
    found = ck.compare_rdms(holes, subjects.mean("subject"))
    assert np.isnan(found).values.tolist() == [False, False, True, False, False]


def test_inputs_are_not_modified(subjects):
    before = subjects.copy(deep=True)
    ck.compare_rdms(subjects, subjects.mean("subject"), "pearson")
    xr.testing.assert_identical(subjects, before)


def test_an_unknown_metric_is_named(subjects):
    with pytest.raises(UnknownNameError, match="did you mean 'kendall'"):
        ck.compare_rdms(subjects, subjects, "kendal")
