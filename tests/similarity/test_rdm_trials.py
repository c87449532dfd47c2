"""Mahalanobis and crossnobis RDMs of recordings."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.kernels.pairs import condense


def crossnobis(dense, method):
    """Return crossnobis distances of (repetition, stimulus, neuroid), noise by rsatoolbox."""
    noise = pytest.importorskip("rsatoolbox.data.noise")
    n_repetitions, n, p = dense.shape
    first, second = np.triu_indices(n, 1)
    found = np.zeros(len(first))
    for m in range(n_repetitions):
        others = np.delete(dense, m, axis=0)
        residuals = (others - others.mean(axis=0)).reshape(-1, p)
        precision = noise.prec_from_residuals(residuals, dof=n * (n_repetitions - 2), method=method)
        test, train = dense[m], others.mean(axis=0)
        left, right = test[first] - test[second], train[first] - train[second]
        found += np.einsum("kp,pq,kq->k", left, precision, right) / p / n_repetitions
    return found


@pytest.mark.parametrize(
    ("noise", "theirs"), [("shrinkage", "shrinkage_diag"), ("ledoit-wolf", "shrinkage_eye")]
)
def test_crossnobis_equals_its_formula(trials, noise, theirs):
    found = ck.rdm(trials, "crossnobis", noise=noise)
    for k in (0, 1):
        expected = crossnobis(trials.values[:, :, k], theirs)
        np.testing.assert_allclose(condense(found.values[k]), expected, atol=1e-10)


def test_crossnobis_in_plain_units_equals_rsatoolbox(trials):
    rsatoolbox = pytest.importorskip("rsatoolbox")
    dense = trials.values[:, :, 1]
    labels = {
        "stimulus": np.tile(np.arange(14.0), 6),
        "run": np.repeat(np.arange(6.0), 14),
    }
    data = rsatoolbox.data.Dataset(dense.reshape(-1, 24).copy(), obs_descriptors=labels)
    expected = rsatoolbox.rdm.calc_rdm(
        data, method="crossnobis", descriptor="stimulus", cv_descriptor="run"
    ).dissimilarities[0]
    found = ck.rdm(trials, "crossnobis", noise="identity").isel(time_bin=1)
    np.testing.assert_allclose(condense(found.values), expected, atol=1e-10)


def test_two_repetitions_are_noted_as_biased(trials):
    with pytest.warns(ck.CornetkitWarning, match="identity\\) has no bias"):
        ck.rdm(trials.isel(repetition=[0, 1]), "crossnobis")


def test_mahalanobis_equals_scipy(trials):
    found = ck.rdm(trials, "mahalanobis", noise="full").isel(time_bin=1)
    dense = trials.values[:, :, 1]
    residuals = (dense - dense.mean(axis=0)).reshape(-1, 24)
    covariance = residuals.T @ residuals / (14 * 5)
    expected = pdist(dense.mean(axis=0), "mahalanobis", VI=np.linalg.inv(covariance)) ** 2 / 24
    np.testing.assert_allclose(condense(found.values), expected, rtol=1e-8)


def test_only_crossnobis_is_zero_without_signal(trials):
    crossnobis = ck.rdm(trials, "crossnobis", form="pair").isel(time_bin=0)
    mahalanobis = ck.rdm(trials, "mahalanobis", form="pair").isel(time_bin=0)
    assert abs(float(crossnobis.mean())) < 0.1
    assert float(mahalanobis.mean()) > 0.25


def test_stimuli_may_have_different_numbers_of_repetitions(trials, quietly):
    fewer = trials.copy(deep=True)
    fewer[3:, 4:] = np.nan
    found = quietly(ck.rdm, fewer, "crossnobis").isel(time_bin=1)
    assert not np.isnan(found).any()
    full = ck.rdm(trials, "crossnobis").isel(time_bin=1)
    assert np.corrcoef(condense(found.values), condense(full.values))[0, 1] > 0.9


def test_neuroids_of_other_sessions_stand_in_for_common_trials(trials):
    # The same neuroids, half of them recorded in rows of their own.
    first, second = trials.copy(deep=True), trials.copy(deep=True)
    first[..., 12:], second[..., :12] = np.nan, np.nan
    second["repetition"] = second["repetition"] + 6
    import xarray as xr

    apart = xr.concat([first, second], "repetition")
    found = ck.rdm(apart, "crossnobis", noise="diagonal")
    expected = ck.rdm(trials, "crossnobis", noise="diagonal")
    np.testing.assert_allclose(found.values, expected.values, atol=1e-10)


def test_a_stimulus_with_one_trial_has_no_distance_and_a_note(trials):
    once = trials.copy(deep=True)
    once[1:, 3] = np.nan
    with pytest.warns(ck.CornetkitWarning, match="too few trials, or no pattern: 1 \\(0-70 ms\\)"):
        found = ck.rdm(once, "crossnobis")
    assert np.isnan(found.values[:, 3]).all()
    assert np.isnan(found.values[0]).sum() == 27


def test_neuroids_without_noise_are_left_out(trials):
    silent = trials.copy(deep=True)
    silent[..., 2] = 0.1
    with pytest.warns(ck.CornetkitWarning, match="without noise, were left out"):
        found = ck.rdm(silent, "crossnobis")
    assert found["n_units"].values.tolist() == [23, 23]
    rest = ck.rdm(trials.isel(neuroid=np.delete(np.arange(24), 2)), "crossnobis")
    np.testing.assert_allclose(found.values, rest.values, atol=1e-10)


def test_without_repetitions_it_is_refused(trials):
    once = trials.isel(repetition=[0])
    with pytest.raises(InputError, match="every stimulus was shown once"):
        ck.rdm(once, "crossnobis")


def test_a_neuroid_that_fires_in_one_repetition_only_is_left_out(trials):
    sparse = trials.copy(deep=True)
    sparse[..., 2] = 0.0
    sparse[4, 3, :, 2] = 1.0
    with pytest.warns(ck.CornetkitWarning, match="without noise, were left out: 1 \\(0-70 ms\\)"):
        found = ck.rdm(sparse, "crossnobis")
    rest = ck.rdm(trials.isel(neuroid=np.delete(np.arange(24), 2)), "crossnobis")
    np.testing.assert_allclose(found.values, rest.values, atol=1e-10)
