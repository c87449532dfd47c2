"""Copies of an image by their features, exact or up to rounding, however they are read."""

import numpy as np
import pytest

from cornetkit.predictivity.duplicates import Duplicates

METHODS = [
    {},
    {"method": "best-unit"},
    {"standardize": True},
    {"method": "non-negative", "alphas": 1.0},
]


def copies_that_differ_by_rounding(n, n_units, seed=0):
    """Return features (2 n, n_units) in float32, the second half the first but for its rounding."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, n_units)).astype(np.float32)
    other = np.nextafter(values, np.float32(np.inf) * rng.choice([-1, 1], values.shape))
    return np.concatenate([values, other.astype(np.float32)])


def watched(*steps, width=7):
    found = Duplicates([f"s{i}" for i in range(len(steps[0]))])
    for step in steps:
        blocks = [step[:, k : k + width] for k in range(0, step.shape[1], width)]
        for block, passed in zip(blocks, found.watch(blocks), strict=True):
            assert passed is block
    return found


def gram(values):
    centred = values - values.mean(axis=0, dtype=float)
    return centred @ centred.T


@pytest.mark.parametrize("settings", METHODS, ids=str)
@pytest.mark.parametrize("n_units", [12, 150])
def test_copies_that_differ_by_rounding_are_told(planted, quietly, settings, n_units):
    data = planted(n_stimuli=40, n_units=n_units)
    values = copies_that_differ_by_rounding(20, n_units)
    scores = quietly(data.features.copy(data=values), data.recordings, **settings)
    assert any("20 of 40 stimuli have the same features" in n for n in scores.attrs["notes"])


def test_read_or_multiplied_copies_are_the_same():
    values = copies_that_differ_by_rounding(30, 50)
    values[3], values[7] = values[11], values[41]
    by_product = Duplicates(range(60))
    by_product.look_at(gram(values))
    np.testing.assert_array_equal(watched(values).groups, by_product.groups)
    assert by_product.groups[[3, 7, 41]].tolist() == [by_product.groups[11]] * 3
    assert len(np.unique(by_product.groups)) == 30


def test_stimuli_that_differ_in_one_unit_are_no_copies():
    values = np.tile(np.random.default_rng(0).standard_normal((20, 300)), (2, 1))
    values[20:, 123] += 1e-2
    assert len(np.unique(watched(values).groups)) == 40


def test_copies_are_copies_at_every_step():
    rng = np.random.default_rng(0)
    first, second = (np.tile(rng.standard_normal((5, 20)), (2, 1)) for _ in range(2))
    second[9] += 1.0
    groups = watched(first, second).groups
    np.testing.assert_array_equal(groups[:4], groups[5:9])
    assert groups[4] != groups[9]


def test_of_constant_features_nothing_is_told():
    constant = np.tile(np.random.default_rng(0).standard_normal(20), (10, 1))
    assert watched(constant).groups is None
    far_off = 1e6 + np.random.default_rng(1).standard_normal((10, 20))
    assert len(np.unique(watched(far_off).groups)) == 10
