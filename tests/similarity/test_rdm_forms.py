"""Square and pairs: the same distances, and refusals of what is no RDM."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError, StimulusMismatchError, UnknownNameError
from cornetkit.similarity import to_form


def test_there_and_back_is_identical(subjects):
    back = to_form(to_form(subjects, "pair"), "square")
    xr.testing.assert_identical(back, subjects)


def test_pairs_hold_each_pair_once(subjects):
    pairs = to_form(subjects, "pair")
    assert pairs.dims == ("subject", "pair")
    assert pairs.sizes["pair"] == 28
    names = set(zip(pairs.stimulus_a.values, pairs.stimulus_b.values, strict=True))
    assert len(names) == 28


def test_pairs_in_any_order_and_direction_are_the_same_rdm(subjects):
    pairs = to_form(subjects, "pair").isel(pair=np.random.default_rng(0).permutation(28))
    turned = pairs.rename(stimulus_a="x").rename(stimulus_b="stimulus_a", x="stimulus_b")
    np.testing.assert_allclose(ck.compare_rdms(turned, subjects, "pearson"), 1)


def test_pairs_that_are_not_given_are_missing(subjects):
    few = to_form(subjects, "pair").isel(pair=slice(20))
    found = to_form(few, "square")
    assert int(np.isnan(found[0]).sum()) == 16


def test_a_stimulus_without_distances_has_none_to_itself(subjects):
    holes = to_form(subjects, "pair")
    holes[:, (holes.stimulus_a == "s01") | (holes.stimulus_b == "s01")] = np.nan
    assert np.isnan(to_form(holes, "square").sel(stimulus_a="s01")).all()


def test_rows_and_columns_may_be_ordered_differently(subjects):
    turned = subjects.isel(stimulus_b=slice(None, None, -1))
    xr.testing.assert_allclose(to_form(to_form(turned, "pair"), "square"), subjects)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.drop_vars("stimulus_b"), "no stimulus ids 'stimulus_b'"),
        (lambda x: 1 - x, "similarities become these by 1 - x"),
        (lambda x: x + np.triu(np.ones((8, 8)), 1), "not symmetric, 28 of 28 pairs differ"),
        (lambda x: x.where(x < 0.5, np.inf), "some distances are infinite"),
        (lambda x: x.rename(stimulus_a="image"), r"dims \(subject, image, stimulus_b\) were given"),
        (lambda x: x.assign_coords(stimulus_a=["s"] * 8), "must be unique"),
    ],
)
def test_what_is_no_rdm_is_refused(subjects, change, message):
    with pytest.raises(InputError, match=message):
        to_form(change(subjects), "pair")


def test_other_stimuli_in_rows_than_in_columns_are_refused(subjects):
    other = subjects.assign_coords(stimulus_b=[f"t{k}" for k in range(8)])
    with pytest.raises(StimulusMismatchError, match="16 are in one of them only"):
        to_form(other, "pair")


def test_pairs_with_itself_and_repeated_pairs_are_refused(subjects):
    pairs = to_form(subjects, "pair")
    twice = xr.concat([pairs, pairs.isel(pair=[3])], "pair")
    with pytest.raises(InputError, match="1 pairs are given twice"):
        to_form(twice, "square")
    own = pairs.assign_coords(stimulus_b=pairs.stimulus_a)
    with pytest.raises(InputError, match="of a stimulus with itself"):
        to_form(own, "square")


def test_an_unknown_form_is_named(subjects):
    with pytest.raises(UnknownNameError, match="did you mean 'pair'"):
        to_form(subjects, "pairs")
