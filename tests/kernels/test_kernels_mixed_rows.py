"""Samples that mix a few steps, put together into fewest rows, and the intercept's factors."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.mixed_rows import mixed_rows
from cornetkit.kernels.offset import Offset

WEIGHTS = np.array([[1, 0, 0], [1, 0, 0], [0.25, 0.75, 0], [0, 0.5, 0.5], [0, 0, 1.0]])


def sampled(n=12, seed=0):
    """Return features (step, stimulus, unit), those of the samples, responses, what is there."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((3, n, 7))
    samples = np.einsum("bs,snu->nbu", WEIGHTS, steps)
    present = rng.random((n, 5)) > 0.3
    present[0] = False
    return steps, samples, rng.standard_normal((n, 5, 2)), present


def test_products_of_samples_are_those_of_the_rows():
    steps, samples, responses, present = sampled()
    rows = mixed_rows(WEIGHTS, present)
    X, Y = samples[present], responses[present]
    mixed = rows.to_features @ steps.reshape(-1, 7)
    Z = rows.targets(np.where(present[..., None], responses, 0.0))
    np.testing.assert_allclose(mixed.T @ mixed, X.T @ X, atol=1e-12)
    np.testing.assert_allclose(mixed.T @ Z, X.T @ Y, atol=1e-12)
    np.testing.assert_allclose(mixed.T @ rows.factors, X.sum(axis=0), atol=1e-12)
    np.testing.assert_allclose(rows.factors @ Z, Y.sum(axis=0), atol=1e-12)
    pairs = steps.reshape(-1, 7) @ steps.reshape(-1, 7).T
    np.testing.assert_allclose(rows.gram(pairs), mixed @ mixed.T, atol=1e-12)


def test_predictions_of_rows_come_back_as_those_of_the_samples():
    steps, samples, _, present = sampled()
    rows = mixed_rows(WEIGHTS, present)
    W = np.random.default_rng(1).standard_normal((7, 2))
    back = rows.samples(rows.to_features @ steps.reshape(-1, 7) @ W, len(present))
    np.testing.assert_allclose(back[present], (samples @ W)[present], atol=1e-12)


def test_bins_that_share_a_step_cost_no_rows():
    weights = np.eye(2)[[0, 0, 0, 0, 1]]
    rows = mixed_rows(weights, np.ones((6, 5), bool))
    assert len(rows.stimulus) == 12
    np.testing.assert_array_equal(rows.stimulus, np.repeat(np.arange(6), 2))


def test_a_stimulus_without_samples_has_no_row():
    _, _, _, present = sampled()
    assert 0 not in mixed_rows(WEIGHTS, present).stimulus


def test_weights_that_do_not_add_up_are_refused():
    with pytest.raises(InputError, match="must add up to 1"):
        mixed_rows(np.array([[0.5, 0.4]]), np.ones((3, 1), bool))
    with pytest.raises(InputError, match=r"expected \(n_bins, n_steps\) and \(n, n_bins\)"):
        mixed_rows(np.eye(2), np.ones((3, 5), bool))


@pytest.mark.parametrize("factors", [np.ones(6), np.arange(6.0), -np.ones(6), np.eye(6)[2]])
def test_a_reflection_turns_the_factors_into_the_direction_of_the_mean(factors):
    X = np.random.default_rng(2).standard_normal((6, 4))
    offset = Offset(factors)
    turned = offset.turn(factors[:, None])
    assert np.ptp(turned) < 1e-14
    np.testing.assert_allclose(offset.turn(offset.turn(X)), X, atol=1e-14)
    Z = offset.turn(X)
    np.testing.assert_allclose(offset.turn_gram(X @ X.T), Z @ Z.T, atol=1e-13)


def test_an_intercept_is_found_in_what_it_left():
    factors = np.array([1.0, 2.0, 0.5])
    np.testing.assert_allclose(Offset(factors).intercept(np.outer(factors, [3, -1])), [3, -1])


def test_factors_that_are_all_0_are_refused():
    with pytest.raises(InputError, match="not all 0"):
        Offset(np.zeros(3))
