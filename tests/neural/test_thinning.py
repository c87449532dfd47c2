"""Repetitions that are left out at random."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.neural.thinning import thin


@pytest.fixture
def trials():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20 * 6, 2, 3))
    values[rng.random(values.shape) < 0.1] = np.nan
    return xr.DataArray(
        values,
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat([f"s{i:02d}" for i in range(20)], 6)),
            "repetition": ("presentation", np.tile(np.arange(6), 20)),
            "neuroid": ["a", "b", "c"],
        },
        attrs={"lab": "x"},
    )


def counts(trials):
    return ck.average(trials)["n_repetitions"].values


def test_as_many_are_kept_as_wanted_and_no_more_than_there_are(trials):
    keep = np.random.default_rng(1).integers(1, 8, size=(20, 2, 3))
    np.testing.assert_array_equal(counts(thin(trials, keep)), np.minimum(keep, counts(trials)))


def test_what_is_kept_is_as_it_was(trials):
    before = trials.copy(deep=True)
    thinned = thin(trials, np.full((20, 2, 3), 2))
    labels = {"presentation": ["stimulus", "repetition"]}
    same = trials.set_index(labels).sel(presentation=thinned.set_index(labels)["presentation"])
    kept = ~np.isnan(thinned.values)
    np.testing.assert_array_equal(thinned.values[kept], same.values[kept])
    assert thinned.attrs == {"lab": "x"}
    xr.testing.assert_identical(trials, before)


def test_rows_of_which_nothing_is_left_are_dropped(trials):
    assert thin(trials, np.full((20, 2, 3), 1)).sizes["presentation"] < 20 * 3
    assert thin(trials, np.full((20, 2, 3), 6)).sizes["presentation"] == 120


def test_time_bins_and_neuroids_that_keep_as_many_keep_the_same_trials(trials):
    whole = trials.fillna(0.0)
    kept = ~np.isnan(thin(whole, np.full((20, 2, 3), 2)).values)
    assert (kept == kept[:, :1, :1]).all()


def test_fewer_are_part_of_more(trials):
    def rows(n):
        thinned = thin(trials.fillna(0.0), np.full((20, 2, 3), n))
        return set(zip(thinned["stimulus"].values, thinned["repetition"].values, strict=True))

    assert rows(2) < rows(4)


def test_the_order_of_trials_changes_nothing(trials):
    order = np.random.default_rng(2).permutation(120)
    keep = np.full((20, 2, 3), 3)
    one = thin(trials, keep, 5)
    other = thin(trials.isel(presentation=order), keep, 5)
    np.testing.assert_allclose(ck.average(one), ck.average(other), rtol=1e-12)


def test_the_seed_decides(trials):
    keep = np.full((20, 2, 3), 3)
    xr.testing.assert_identical(thin(trials, keep, 3), thin(trials, keep, 3))
    assert not np.array_equal(ck.average(thin(trials, keep, 3)), ck.average(thin(trials, keep, 4)))
